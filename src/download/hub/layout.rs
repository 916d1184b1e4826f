//! The cache as `huggingface_hub` lays it out: `blobs` by content, `snapshots` of links by commit, `refs` by name.
//!
//! Must not know: HTTP.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{HubError, RepoId, names::safe_file};
use crate::{Algorithm, Checksum, DownloadError, transfer::write_atomically};

const LOCK_POLL: Duration = Duration::from_millis(200);

/// One repository in the cache.
#[derive(Clone, Debug)]
pub(crate) struct RepoCache {
    folder: PathBuf,
    locks: PathBuf,
}

impl RepoCache {
    pub(crate) fn new(cache: &Path, repo: &RepoId) -> Self {
        Self { folder: cache.join(repo.folder()), locks: cache.join(".locks").join(repo.folder()) }
    }

    /// Where content of this name is kept.
    pub(crate) fn blob(&self, etag: &str) -> PathBuf {
        self.folder.join("blobs").join(etag)
    }

    /// The folder of a commit.
    pub(crate) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// The commit a name meant when it was asked last.
    pub(crate) fn commit_of(&self, revision: &str) -> Option<String> {
        let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit(revision) {
            return Some(revision.to_owned());
        }
        let text = fs::read_to_string(self.folder.join("refs").join(safe_file(revision).ok()?)).ok()?;
        Some(text.trim().to_owned()).filter(|text| is_commit(text))
    }

    /// Notes what a name means now.
    pub(crate) fn set_commit(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if revision == commit {
            return Ok(());
        }
        let path = self.folder.join("refs").join(safe_file(revision)?);
        make_parent(&path)?;
        write_atomically(&path, commit.as_bytes()).map_err(HubError::cache("write", &path))
    }

    /// Makes a file of a snapshot a link to its content.
    pub(crate) fn link(&self, commit: &str, file: &str, etag: &str) -> Result<PathBuf, HubError> {
        let name = safe_file(file)?;
        let path = self.snapshot(commit).join(&name);
        make_parent(&path)?;
        let up: PathBuf = (0..=name.components().count()).map(|_| "..").collect();
        let target = up.join("blobs").join(etag);
        if fs::read_link(&path).is_ok_and(|there| there == target) {
            return Ok(path);
        }
        put_link(&target, &self.blob(etag), &path).map_err(HubError::cache("link", &path))?;
        Ok(path)
    }

    /// Waits until no other program fetches this content; the lock is the one `huggingface_hub` takes.
    pub(crate) async fn lock(&self, etag: &str, cancel: &CancellationToken) -> Result<File, HubError> {
        let path = self.locks.join(format!("{etag}.lock"));
        make_parent(&path)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(HubError::cache("create", &path))?;
        loop {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {}
                // a file system without locks
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
            }
            tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled.into()),
                () = tokio::time::sleep(LOCK_POLL) => {}
            }
        }
    }

    /// What `huggingface_hub` left unfinished becomes our beginning. Only with the lock.
    pub(crate) fn adopt_incomplete(&self, etag: &str) -> Result<(), HubError> {
        let blob = self.blob(etag);
        make_parent(&blob)?;
        let (theirs, ours) = (blob.with_extension("incomplete"), blob.with_extension("part"));
        if !ours.exists() && theirs.is_file() {
            fs::rename(&theirs, &ours).map_err(HubError::cache("take over", &theirs))?;
        }
        Ok(())
    }
}

/// What content of this name must be.
pub(crate) fn checksum_of(etag: &str) -> Option<Checksum> {
    let algorithm = match etag.len() {
        64 => Algorithm::Sha256,
        40 => Algorithm::GitSha1,
        _ => return None,
    };
    let is_hex = etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| Checksum { algorithm, hex: etag.to_lowercase() })
}

pub(super) fn make_parent(path: &Path) -> Result<(), HubError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(HubError::cache("create the folder", folder))
}

/// A link, replaced at once; a copy where there are no links.
fn put_link(target: &Path, content: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".pino-").tempdir_in(folder)?;
    let beside = temporary.path().join("link");
    if symlink(target, &beside).is_err() {
        fs::copy(content, &beside)?;
    }
    fs::rename(&beside, path)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;
    use crate::hub::RepoKind;

    #[test]
    fn lays_files_out_as_apps_expect() {
        let folder = tempfile::tempdir().unwrap();
        let repo = RepoId::new(RepoKind::Model, "org/model").unwrap();
        let cache = RepoCache::new(folder.path(), &repo);
        let (commit, etag) = ("c".repeat(40), "e".repeat(64));
        let blob = cache.blob(&etag);
        make_parent(&blob).unwrap();
        fs::write(&blob, "weights").unwrap();
        let path = cache.link(&commit, "unet/x.bin", &etag).unwrap();
        assert_eq!(path, folder.path().join("models--org--model/snapshots").join(&commit).join("unet/x.bin"));
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("../../../blobs").join(&etag));
        assert_eq!(fs::read_to_string(&path).unwrap(), "weights");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        cache.set_commit("refs/pr/1", &commit).unwrap();
        assert_eq!(cache.commit_of("refs/pr/1"), Some(commit.clone()));
        assert_eq!(cache.commit_of(&commit), Some(commit.clone()));
        assert!(cache.set_commit("../../x", &commit).is_err());
        assert!(cache.link(&commit, "../x", &etag).is_err());
    }

    #[test]
    fn names_of_content_are_checksums() {
        assert_eq!(checksum_of(&"A".repeat(64)).map(|sum| sum.hex), Some("a".repeat(64)));
        assert_eq!(checksum_of(&"a".repeat(40)).map(|sum| sum.algorithm), Some(Algorithm::GitSha1));
        assert_eq!(checksum_of("abc-5"), None);
    }
}
