//! How much room a disk has, asked before a copy begins.
//!
//! Must not know: what is copied.

use std::path::Path;

use crate::DriveError;

/// Left free for everything else that writes: logs, databases, the system.
const RESERVE_BYTES: u64 = 16 << 20;

/// Size and free bytes of the disk a path (or the nearest existing folder above it) lies on.
pub(crate) fn of_disk(path: &Path) -> Option<(u64, u64)> {
    let existing = path.ancestors().find(|above| above.exists())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some((disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize))
}

/// Refuses when so many bytes would not fit beside `path`.
pub(crate) fn check(path: &Path, needed_bytes: u64) -> Result<(), DriveError> {
    match of_disk(path) {
        Some((_, free_bytes))
            if needed_bytes > 0 && free_bytes < needed_bytes.saturating_add(RESERVE_BYTES) =>
        {
            Err(DriveError::NoSpace { path: path.to_owned(), needed_bytes, free_bytes })
        }
        // what cannot be asked shows when it is written; nothing is lost by trying
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_fit() {
        let here = std::env::temp_dir();
        assert!(check(&here, 0).is_ok());
        assert!(matches!(check(&here.join("not/there"), u64::MAX), Err(DriveError::NoSpace { .. })));
    }
}
