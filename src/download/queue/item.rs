//! A download as it is noted, and as it is shown.
//!
//! Must not know: where notes are kept.

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Checksum, DownloadRequest, Target};

/// What is wanted. Addresses may hold secrets (signed links), so the files are for their owner only; tokens are never noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) target: PathBuf,
    /// The target is a folder, the server names the file.
    pub(super) is_folder: bool,
    #[serde(default)]
    pub(super) checksum: Option<String>,
    #[serde(default)]
    pub(super) checksum_file: Option<String>,
    #[serde(default)]
    pub(super) mirrors: Vec<String>,
    #[serde(default)]
    pub(super) connections: Option<usize>,
    /// Higher ones go first.
    #[serde(default)]
    pub(super) priority: i32,
    pub(super) created_at_ms: u64,
    /// The queue runs it; otherwise whoever asked for it does.
    #[serde(default)]
    pub(super) is_queued: bool,
}

/// A download to add to the queue.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Address.
    pub url: String,
    /// Where it goes.
    pub target: Target,
    /// What the content must be.
    pub checksum: Option<Checksum>,
    /// Address of a checksum file.
    pub checksum_file: Option<String>,
    /// Other addresses of the same content.
    pub mirrors: Vec<String>,
    /// Higher ones go first; 0 is usual.
    pub priority: i32,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DownloadState {
    /// Waits for its turn.
    #[default]
    Queued,
    /// Is being fetched.
    Running,
    /// Stopped by a person; goes on when told.
    Paused,
    /// Whoever fetched it is gone; goes on when it is asked for again.
    Interrupted,
    /// The file is there.
    Done,
    /// Given up.
    Failed,
    /// Stopped for good by a person.
    Cancelled,
}

/// What the one who runs it notes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) state: DownloadState,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
    /// The file, once its name is known.
    pub(super) path: Option<PathBuf>,
    pub(super) error: Option<String>,
    pub(super) updated_at_ms: u64,
}

/// A download as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name for `pause`, `resume`, `cancel`.
    pub id: String,
    /// State.
    pub state: DownloadState,
    /// Address without secrets.
    pub url: String,
    /// File, or folder while the name is not known.
    pub target: PathBuf,
    /// Bytes that are here.
    pub done: u64,
    /// Size, when known.
    pub total: Option<u64>,
    /// Higher ones go first.
    pub priority: i32,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at_ms: u64,
}

/// Failure of the queue itself.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No such download.
    #[error("there is no download {id:?}; `pino downloads list` shows all")]
    Unknown {
        /// As given.
        id: String,
    },
    /// The address is none.
    #[error(transparent)]
    BadUrl(#[from] crate::DownloadError),
    /// Notes cannot be read or written.
    #[error("cannot {action} {}: {source}; check the rights of the folder and the space on its disk", path.display())]
    Notes {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The same address and target have the same name.
pub(super) fn id_of(url: &str, target: &Target) -> String {
    let path = match target {
        Target::File(path) | Target::Directory(path) => path,
    };
    let mut hasher = Sha256::new();
    hasher.update(url.as_bytes());
    hasher.update([0]);
    hasher.update(path.as_os_str().as_encoded_bytes());
    crate::request::hex_text(&hasher.finalize())[..12].to_owned()
}

impl Item {
    pub(super) fn of_request(request: &DownloadRequest) -> Self {
        let (target, is_folder) = match &request.target {
            Target::File(path) => (path.clone(), false),
            Target::Directory(path) => (path.clone(), true),
        };
        Self {
            id: id_of(&request.url, &request.target),
            url: request.url.clone(),
            target,
            is_folder,
            checksum: request.checksum.as_ref().map(ToString::to_string),
            checksum_file: request.checksum_file.clone(),
            mirrors: request.mirrors.clone(),
            connections: request.connections,
            priority: 0,
            created_at_ms: now_ms(),
            is_queued: false,
        }
    }

    pub(super) fn of_new(new: NewItem) -> Self {
        let mut request = DownloadRequest::new(new.url, new.target);
        (request.checksum, request.checksum_file) = (new.checksum, new.checksum_file);
        request.mirrors = new.mirrors;
        Self { priority: new.priority, is_queued: true, ..Self::of_request(&request) }
    }

    pub(super) fn to_request(&self) -> DownloadRequest {
        let target = self.target.clone();
        let target = if self.is_folder { Target::Directory(target) } else { Target::File(target) };
        let mut request = DownloadRequest::new(&*self.url, target);
        request.checksum = self.checksum.as_deref().and_then(|text| text.parse().ok());
        request.checksum_file.clone_from(&self.checksum_file);
        request.mirrors.clone_from(&self.mirrors);
        request.connections = self.connections;
        request
    }

    /// The address without secrets.
    pub(super) fn visible_url(&self) -> String {
        reqwest::Url::parse(self.url.trim()).map_or_else(|_| "?".to_owned(), |url| crate::visible_url(&url))
    }
}

pub(super) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
