//! Free space of the disk a file goes to.
//!
//! Must not know: downloads.

use std::path::Path;

/// Bytes this process may still write where `folder` is; nothing where the system cannot say.
#[cfg(unix)]
pub(crate) fn available_bytes(folder: &Path) -> Option<u64> {
    let stats = nix::sys::statvfs::statvfs(folder).ok()?;
    // the field widths differ between systems
    #[expect(clippy::useless_conversion, reason = "u32 on some systems, u64 on others")]
    let (blocks, size) = (u64::from(stats.blocks_available()), u64::from(stats.fragment_size()));
    blocks.checked_mul(size)
}

/// Bytes this process may still write where `folder` is; nothing where the system cannot say.
#[cfg(not(unix))]
pub(crate) fn available_bytes(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn knows_the_space_of_a_folder() {
        assert!(available_bytes(Path::new("/")).is_some());
        assert!(available_bytes(Path::new("/no/such/folder")).is_none());
    }
}
