//! Free space of disks.
//!
//! Must not know: who wants to write.

use std::path::Path;

/// Bytes this process may still write on the disk of `path`; nothing where the system cannot say.
#[cfg(unix)]
pub fn free_disk_bytes(path: &Path) -> Option<u64> {
    let stats = nix::sys::statvfs::statvfs(path).ok()?;
    stats.blocks_available().checked_mul(stats.fragment_size())
}

/// Bytes this process may still write on the disk of `path`; nothing where the system cannot say.
#[cfg(not(unix))]
pub fn free_disk_bytes(_path: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn knows_the_space_of_a_folder() {
        assert!(free_disk_bytes(Path::new("/")).is_some());
        assert!(free_disk_bytes(Path::new("/no/such/folder")).is_none());
    }
}
