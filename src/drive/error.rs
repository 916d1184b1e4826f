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
    /// The disk has no room.
    #[error(
        "not enough room at {} for {needed_bytes} bytes: {free_bytes} are free; free some (`pino drive gc` shows what can go) and try again",
        path.display()
    )]
    NoSpace {
        /// Where it should go.
        path: PathBuf,
        /// How much it needs.
        needed_bytes: u64,
        /// How much there is.
        free_bytes: u64,
    },
    /// Something has the name already.
    #[error("{} exists already and is not replaced; name another place or remove it first", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// There is nothing.
    #[error("{} does not exist; check the path", path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// Links of apps lead into what should go.
    #[error(
        "{} is in use: {} ({count} in all) leads into it; unlink it first (`pino drive links` lists links, `pino drive undo` takes them back)",
        path.display(), link.display()
    )]
    LinksPointIn {
        /// What should go.
        path: PathBuf,
        /// One of the links.
        link: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// No operation has this name.
    #[error("no operation {id:?} in the journal; `pino drive undo` lists them")]
    UnknownOperation {
        /// As given.
        id: String,
    },
    /// The operation cannot be taken back.
    #[error("{id} cannot be undone: {why}")]
    NotUndoable {
        /// Its name.
        id: String,
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// Somebody asked to stop.
    #[error("stopped as asked; what was begun is complete, run the command again to go on")]
    Stopped,
}

impl DriveError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| DriveError::File { action, path, source }
    }
}
