//! One download of an address at a time, in all processes of a home; the next one learns where the file already is.
//!
//! Must not know: HTTP.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::DownloadError;

const POLL: Duration = Duration::from_millis(200);

/// A file that was fetched from this address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Where it was put.
    pub path: PathBuf,
    /// Its version mark.
    pub etag: String,
    /// Its size.
    pub total: u64,
    /// When it was written: a file that has been changed since is another one.
    pub modified_ns: u64,
}

impl Known {
    /// The file as it is now.
    pub(crate) fn of(path: &Path, etag: &str) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let modified_ns = u64::try_from(modified.as_nanos()).ok()?;
        Some(Self { path: path.to_owned(), etag: etag.to_owned(), total: metadata.len(), modified_ns })
    }

    /// Still there and unchanged.
    pub(crate) fn is_intact(&self) -> bool {
        Self::of(&self.path, &self.etag).as_ref() == Some(self)
    }
}

/// The right to fetch an address.
#[derive(Debug)]
pub(crate) enum UrlLock {
    /// For all processes of a home.
    File(File),
    /// For this process.
    Memory { _guard: OwnedMutexGuard<()> },
}

type Locks = Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>;
static IN_MEMORY: LazyLock<Locks> = LazyLock::new(Locks::default);

impl UrlLock {
    /// Waits for the right to fetch `url`.
    pub(crate) async fn acquire(
        folder: Option<&Path>,
        url: &str,
        cancel: &CancellationToken,
    ) -> Result<Self, DownloadError> {
        let Some(folder) = folder else {
            let lock = in_memory(url);
            return tokio::select! {
                () = cancel.cancelled() => Err(DownloadError::Cancelled),
                guard = lock.lock_owned() => Ok(Self::Memory { _guard: guard }),
            };
        };
        let folder = folder.join("urls");
        std::fs::create_dir_all(&folder).map_err(DownloadError::file("create the folder", &folder))?;
        let path = folder.join(crate::request::hex_text(&Sha256::digest(url.as_bytes())));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(DownloadError::file("create", &path))?;
        loop {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {}
                // a file system without locks: the lock of the part is left
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(Self::File(file)),
            }
            tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled),
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// The file fetched from here last, if it still is as it was.
    pub(crate) fn known(&self) -> Option<Known> {
        let Self::File(file) = self else { return None };
        let mut text = String::new();
        let mut file = file;
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        serde_json::from_str::<Known>(&text).ok().filter(Known::is_intact)
    }

    /// Remembers a file; only a hint, so failures do not matter.
    pub(crate) fn remember(&self, known: &Known) {
        let Self::File(file) = self else { return };
        let write = || {
            let mut file = file;
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&serde_json::to_vec(known)?)
        };
        let result: std::io::Result<()> = write();
        if let Err(error) = result {
            tracing::debug!(%error, "where a file is was not noted");
        }
    }
}

fn in_memory(url: &str) -> Arc<tokio::sync::Mutex<()>> {
    let mut locks = IN_MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    // those nobody holds or waits for
    locks.retain(|_, lock| Arc::strong_count(lock) > 1);
    Arc::clone(locks.entry(url.to_owned()).or_default())
}
