//! The growing file `NAME.part` and its description `NAME.part.json`.
//!
//! Must not know: HTTP. The file is locked while somebody writes it, so two downloads of one target never mix,
//! neither in this process nor in another one.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::DownloadError;

/// Small network chunks are collected to this size before they are written.
const WRITE_BYTES: usize = 1 << 20;
const LOCK_POLL: Duration = Duration::from_millis(200);

/// Which version of the remote file the bytes of a part belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartState {
    /// Address without secrets.
    pub url: String,
    /// The server's version mark.
    pub etag: Option<String>,
    /// The server's time of change.
    pub last_modified: Option<String>,
    /// Size of the complete file.
    pub total: Option<u64>,
}

/// An open, locked part file.
#[derive(Debug)]
pub(crate) struct PartFile {
    path: PathBuf,
    state_path: PathBuf,
    file: tokio::fs::File,
    /// Bytes in the file, pending ones included.
    len: u64,
    pending: Vec<u8>,
}

/// A part file and whether somebody else had it before.
pub(crate) struct Opened {
    /// The part.
    pub part: PartFile,
    /// Another download of the same target ended meanwhile: look at the target again.
    pub waited: bool,
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// `NAME.part` beside the target.
pub(crate) fn part_path(target: &Path) -> PathBuf {
    with_suffix(target, ".part")
}

impl PartFile {
    /// Opens and locks the part of a target; waits while another download holds it.
    pub(crate) async fn open(target: &Path, cancel: &CancellationToken) -> Result<Opened, DownloadError> {
        let path = part_path(target);
        let mut waited = false;
        loop {
            if let Some(file) = try_open_locked(&path)? {
                let len = file.metadata().map_err(DownloadError::file("read the size of", &path))?.len();
                let state_path = with_suffix(target, ".part.json");
                let file = tokio::fs::File::from_std(file);
                return Ok(Opened {
                    part: Self { path, state_path, file, len, pending: Vec::new() },
                    waited,
                });
            }
            waited = true;
            tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled),
                () = tokio::time::sleep(LOCK_POLL) => {}
            }
        }
    }

    /// Bytes of the remote file that are here.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the bytes belong to; nothing when that is unknown or unreadable.
    pub(crate) fn state(&self) -> Option<PartState> {
        serde_json::from_slice(&std::fs::read(&self.state_path).ok()?).ok()
    }

    /// Notes what the bytes belong to.
    pub(crate) fn set_state(&self, state: &PartState) -> Result<(), DownloadError> {
        let text = serde_json::to_vec_pretty(state).map_err(io::Error::from);
        text.and_then(|text| std::fs::write(&self.state_path, text))
            .map_err(DownloadError::file("write", &self.state_path))
    }

    /// Takes over a file that seems to be the beginning of the remote one.
    pub(crate) async fn adopt(&mut self, existing: &Path) -> Result<(), DownloadError> {
        // an older description would vouch for bytes it does not know
        remove_if_there(&self.state_path)?;
        let copied = tokio::fs::copy(existing, &self.path).await;
        self.len = copied.map_err(DownloadError::file("copy what is there of", existing))?;
        Ok(())
    }

    /// Forgets all bytes.
    pub(crate) async fn clear(&mut self) -> Result<(), DownloadError> {
        self.pending.clear();
        self.len = 0;
        self.file.set_len(0).await.map_err(DownloadError::file("empty", &self.path))
    }

    /// The last bytes of the file.
    pub(crate) async fn tail(&mut self, count: u64) -> Result<Vec<u8>, DownloadError> {
        self.flush().await?;
        let read = async {
            self.file.seek(SeekFrom::Start(self.len - count.min(self.len))).await?;
            let mut bytes = Vec::new();
            self.file.read_to_end(&mut bytes).await?;
            Ok(bytes)
        };
        read.await.map_err(DownloadError::file("read", &self.path))
    }

    /// Adds bytes at the end.
    pub(crate) async fn append(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.pending.extend_from_slice(bytes);
        self.len += bytes.len() as u64;
        if self.pending.len() >= WRITE_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Writes what is pending. After a failure only what is really in the file counts.
    pub(crate) async fn flush(&mut self) -> Result<(), DownloadError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        let start = self.len - pending.len() as u64;
        let write = async {
            self.file.seek(SeekFrom::Start(start)).await?;
            self.file.write_all(&pending).await?;
            self.file.flush().await
        };
        let written = write.await;
        if written.is_err() {
            self.len = self.file.metadata().await.map_or(start, |metadata| metadata.len());
        }
        written.map_err(|source| self.write_error(source, pending.len() as u64))
    }

    fn write_error(&self, source: io::Error, needed_bytes: u64) -> DownloadError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                DownloadError::DiskFull { path: self.path.clone(), needed_bytes, available_bytes: 0 }
            }
            _ => DownloadError::File { action: "write", path: self.path.clone(), source },
        }
    }

    /// Gives the complete file its name.
    pub(crate) async fn finish(mut self, target: &Path) -> Result<(), DownloadError> {
        self.flush().await?;
        self.file.sync_all().await.map_err(DownloadError::file("write", &self.path))?;
        tokio::fs::rename(&self.path, target).await.map_err(DownloadError::file("name", target))?;
        remove_if_there(&self.state_path)
    }

    /// Removes the part and its description.
    pub(crate) fn discard(self) -> Result<(), DownloadError> {
        remove_if_there(&self.path)?;
        remove_if_there(&self.state_path)
    }
}

fn remove_if_there(path: &Path) -> Result<(), DownloadError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DownloadError::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The open file with its lock, or nothing while somebody else has it.
fn try_open_locked(path: &Path) -> Result<Option<File>, DownloadError> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = opened.map_err(DownloadError::file("create", path))?;
    match file.try_lock() {
        Ok(()) if is_still(&file, path) => Ok(Some(file)),
        // renamed or removed by whoever held it before
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        // some network file systems know no locks: then nothing but this process protects the part
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(Some(file)),
        Err(TryLockError::Error(error)) => Err(DownloadError::file("lock", path)(error)),
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[tokio::test]
    async fn grows_is_locked_and_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let cancel = CancellationToken::new();
        let mut part = PartFile::open(&target, &cancel).await.unwrap().part;
        part.append(b"hello ").await.unwrap();
        part.append(b"world").await.unwrap();
        assert_eq!(part.tail(5).await.unwrap(), b"world");
        assert!(try_open_locked(part.path()).unwrap().is_none());
        let state = PartState { url: "u".into(), total: Some(11), ..PartState::default() };
        part.set_state(&state).unwrap();
        assert_eq!(part.state(), Some(state));
        part.append(b"!").await.unwrap();
        part.finish(&target).await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"hello world!");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn waiting_for_a_lock_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let cancel = CancellationToken::new();
        let _held = PartFile::open(&target, &cancel).await.unwrap().part;
        cancel.cancel();
        assert!(matches!(PartFile::open(&target, &cancel).await, Err(DownloadError::Cancelled)));
    }
}
