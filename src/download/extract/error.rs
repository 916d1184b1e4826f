//! Why an archive was not unpacked.
//!
//! Must not know: how errors are shown.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Failure to unpack. Nothing of the archive is left in the destination.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Not an archive, or of a kind we do not know.
    #[error("{} is no archive that can be unpacked here (zip, tar, tar.gz, tar.xz, tar.zst, tar.bz2, 7z); check that the download was the file and not a page", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// Damaged.
    #[error("{} cannot be unpacked: {cause}; download it again", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        cause: String,
    },
    /// Needs a password or a method we do not have.
    #[error("{} cannot be unpacked here: {cause}; unpack it with a tool that can", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is missing.
        cause: String,
    },
    /// Would write outside of the destination or make something dangerous.
    #[error("{} was not unpacked, because it is dangerous: {entry:?} {cause}; do not use it unless you trust its source and unpack it by hand", path.display())]
    Dangerous {
        /// The file.
        path: PathBuf,
        /// Name in the archive.
        entry: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Unpacks to more than it may.
    #[error("{} was not unpacked: {cause}; if the archive is good, raise the limit (max_bytes, max_ratio, max_files)", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Which limit was passed.
        cause: String,
    },
    /// The destination has something else there.
    #[error("{} is in the way ({what}); move it away or unpack into another folder", path.display())]
    InTheWay {
        /// What is there.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// No room.
    #[error("not enough space to unpack into {}; make room and try again", path.display())]
    DiskFull {
        /// Where it would go.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Stopped from outside.
    #[error("unpacking was stopped")]
    Cancelled,
}

impl ExtractError {
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::File { action, path, source },
        }
    }
}
