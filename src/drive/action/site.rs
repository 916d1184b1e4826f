//! Where actions work: names of temporary files, the request to stop, files that programs have open.
//!
//! Must not know: any one action.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{DriveError, disk, in_use::OpenFiles, merge::temporary_name, stat::Stat};

/// One operation at work.
pub(crate) struct Site<'a> {
    /// The operation's name.
    pub id: &'a str,
    /// Set when somebody asks to stop.
    pub stop: &'a AtomicBool,
    open_files: RefCell<OpenFiles>,
}

impl<'a> Site<'a> {
    pub(crate) fn new(id: &'a str, stop: &'a AtomicBool) -> Self {
        Self { id, stop, open_files: RefCell::default() }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The name beside `path` under which this operation prepares what will take its place.
    pub(crate) fn temporary(&self, path: &Path) -> PathBuf {
        path.with_file_name(temporary_name(self.id))
    }

    /// The name beside `path` for a whole folder that steps aside.
    pub(crate) fn aside(&self, path: &Path) -> PathBuf {
        path.with_file_name(format!(".pino-{}.aside", self.id))
    }

    /// Some program may be writing to the file.
    pub(crate) fn is_open_for_writing(&self, stat: &Stat) -> bool {
        self.open_files.borrow_mut().is_written(stat)
    }
}

/// What has the temporary name gets the real one. Afterwards the temporary name has what was there before, where the
/// file system can exchange names; elsewhere that is gone, and `false` says so.
pub(crate) fn swap_in(temporary: &Path, path: &Path) -> Result<bool, DriveError> {
    match disk::exchange(temporary, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            disk::rename(temporary, path).map_err(DriveError::file("replace", path))?;
            Ok(false)
        }
        Err(error) => Err(DriveError::file("replace", path)(error)),
    }
}

impl std::fmt::Debug for Site<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Site").field("id", &self.id).finish_non_exhaustive()
    }
}
