//! Opening a repository and saying where it stands.
//!
//! Must not know: the network.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository, RepositoryOpenFlags};

use crate::{Address, Source, SourceError};

/// The commit an app was brought to by us: what is reachable from it is not the user's own work.
pub(crate) const INSTALLED: &str = "refs/pino/installed";

/// Where a repository stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Head {
    /// The commit that is checked out.
    pub commit: String,
    /// The branch, unless a commit or tag is checked out by itself.
    pub branch: Option<String>,
    /// Where it was cloned from, without secrets.
    pub origin: Option<String>,
    /// First line of the commit's message.
    pub summary: String,
    /// Seconds since 1970 of the commit.
    pub time_secs: i64,
}

/// Opens exactly this folder, never a repository around it.
pub(crate) fn open(folder: &Path) -> Result<Repository, SourceError> {
    let none: [&Path; 0] = [];
    Repository::open_ext(folder, RepositoryOpenFlags::NO_SEARCH, none).map_err(|error| {
        SourceError::NotRepository { path: folder.to_owned(), cause: error.message().to_owned() }
    })
}

/// The commit that is checked out; none in a repository that has just been made.
pub(crate) fn head_commit(repo: &Repository) -> Option<Oid> {
    repo.head().ok()?.peel_to_commit().ok().map(|commit| commit.id())
}

/// The branch that is checked out.
pub(crate) fn branch(repo: &Repository) -> Option<String> {
    let head = repo.head().ok()?;
    head.is_branch().then(|| head.shorthand().ok().map(str::to_owned)).flatten()
}

/// Where it was cloned from.
pub(crate) fn origin(repo: &Repository) -> Result<Address, SourceError> {
    let url = repo
        .config()
        .and_then(|mut config| config.snapshot()?.get_str("remote.origin.url").map(str::to_owned));
    match url {
        Ok(url) => Address::parse(&url),
        Err(error) if error.code() == ErrorCode::NotFound => Err(SourceError::NotRepository {
            path: repo.workdir().unwrap_or(repo.path()).to_owned(),
            cause: "it has no remote named origin".to_owned(),
        }),
        Err(error) => Err(SourceError::git("read its configuration")(error)),
    }
}

impl Source {
    /// Where a repository stands.
    pub fn head(&self, folder: &Path) -> Result<Head, SourceError> {
        let repo = open(folder)?;
        let commit = repo.head().and_then(|head| head.peel_to_commit()).map_err(|error| {
            SourceError::NotRepository { path: folder.to_owned(), cause: error.message().to_owned() }
        })?;
        Ok(Head {
            commit: commit.id().to_string(),
            branch: branch(&repo),
            origin: origin(&repo).ok().map(|address| address.shown()),
            summary: commit.summary().ok().flatten().unwrap_or_default().to_owned(),
            time_secs: commit.time().seconds(),
        })
    }

    /// A file as it is in a commit; none when it is not there or larger than `limit_bytes`.
    pub fn file_at(&self, folder: &Path, commit: &str, path: &str, limit_bytes: usize) -> Option<Vec<u8>> {
        let repo = open(folder).ok()?;
        let tree = repo.find_commit(Oid::from_str(commit).ok()?).ok()?.tree().ok()?;
        let object = tree.get_path(Path::new(path)).ok()?.to_object(&repo).ok()?;
        let blob = object.as_blob()?;
        (blob.size() <= limit_bytes).then(|| blob.content().to_vec())
    }
}
