//! Why the drive refuses or fails.
//!
//! Must not know: how errors are shown.

use std::{io, path::PathBuf};

/// Failure of a drive operation. What was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The name of a route cannot be a folder of the drive.
    #[error(
        "{route:?} cannot name a folder of the drive; use a relative name such as \"checkpoints\", without leading dot"
    )]
    BadRoute {
        /// As given.
        route: String,
    },
    /// The folder contains the drive or lies in the part of it that it would become.
    #[error("{} and its place on the drive {} contain each other; link a folder outside the drive", folder.display(), store.display())]
    Circular {
        /// Folder of the app.
        folder: PathBuf,
        /// Folder of the drive.
        store: PathBuf,
    },
    /// There is a file where a folder should be.
    #[error("{} is a file, not a folder; move it away or link another folder", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// Sockets, pipes and devices cannot be moved.
    #[error("{} is neither file, folder nor link; remove it and run the step again", path.display())]
    SpecialFile {
        /// The special file.
        path: PathBuf,
    },
    /// A copy differs from its original.
    #[error("the copy of {} does not match it; nothing was changed, so check the disk and run the step again", path.display())]
    CopyDiffers {
        /// The original.
        path: PathBuf,
    },
    /// The index of the drive cannot be read.
    #[error("{} is damaged ({cause}); repair or remove it, then run the step again", path.display())]
    BrokenIndex {
        /// `drives.json`.
        path: PathBuf,
        /// What the parser says.
        cause: String,
    },
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, such as "copy".
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A test ended the operation here, as a kill would.
    #[cfg(test)]
    #[error("ended at {point}")]
    Ended {
        /// Name of the point.
        point: &'static str,
    },
}

impl DriveError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| DriveError::File { action, path, source }
    }
}
