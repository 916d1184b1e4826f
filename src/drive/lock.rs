//! One process at a time changes a home's drive; the lock goes with the process that holds it.
//!
//! Must not know: what is changed.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use crate::{DriveError, disk, index};

/// Waits for the lock.
pub(crate) fn take(notes: &Path) -> Result<File, DriveError> {
    let lock = wait(notes)?;
    index::clean(notes)?;
    Ok(lock)
}

fn wait(notes: &Path) -> Result<File, DriveError> {
    let path = notes.join("lock");
    let open = || {
        disk::create_folders(notes)?;
        let file = disk::open_lock(&path)?;
        match file.lock() {
            // network file systems without locks: the journal still protects the files
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            _ => Ok(file),
        }
    };
    open().map_err(DriveError::file("lock", &path))
}

/// Removes what killed writers left directly in a folder of ours. Only for the holder of the lock.
pub(crate) fn remove_temporary(folder: &Path) -> Result<(), DriveError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name().to_string_lossy())) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            crate::copy::remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

/// `.pino-<id>.tmp`
pub(crate) fn is_temporary(name: &str) -> bool {
    name.strip_prefix(".pino-").is_some_and(|rest| rest.rsplit_once('.').is_some_and(|(_, end)| end == "tmp"))
}
