//! Free space of the disk a file goes to, and which start of the machine this is.
//!
//! Must not know: downloads.

use std::{path::Path, sync::OnceLock};

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

/// A mark that changes when the machine starts again; nothing where there is none.
pub(crate) fn boot_id() -> Option<String> {
    static ID: OnceLock<Option<String>> = OnceLock::new();
    let read =
        || std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|text| text.trim().to_owned());
    ID.get_or_init(read).clone()
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
