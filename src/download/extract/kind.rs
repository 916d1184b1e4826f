//! Which kind of archive a file is: by its first bytes; names lie.
//!
//! Must not know: how it is unpacked.

use std::{fs::File, path::Path};

use super::ExtractError;
use crate::transfer::read_at;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// zip
    Zip,
    /// 7z
    SevenZip,
    /// tar without compression
    Tar,
    /// gzip, of a tar or of one file
    Gzip,
    /// xz, of a tar or of one file
    Xz,
    /// zstd, of a tar or of one file
    Zstd,
    /// bzip2, of a tar or of one file
    Bzip2,
}

const MAGIC: &[(&[u8], ArchiveKind)] = &[
    (b"PK\x03\x04", ArchiveKind::Zip),
    (b"PK\x05\x06", ArchiveKind::Zip),
    (b"7z\xbc\xaf\x27\x1c", ArchiveKind::SevenZip),
    (b"\x1f\x8b", ArchiveKind::Gzip),
    (b"\xfd7zXZ\x00", ArchiveKind::Xz),
    (b"\x28\xb5\x2f\xfd", ArchiveKind::Zstd),
    (b"BZh", ArchiveKind::Bzip2),
];

/// The kind of an open file.
pub(super) fn of(file: &File, path: &Path) -> Result<ArchiveKind, ExtractError> {
    let mut head = [0; 512];
    let count = read_at(file, &mut head, 0).map_err(ExtractError::file("read", path))?;
    let found = MAGIC.iter().find(|(magic, _)| head[..count].starts_with(magic)).map(|(_, kind)| *kind);
    let tar = is_tar(&head[..count]).then_some(ArchiveKind::Tar);
    found.or(tar).ok_or_else(|| ExtractError::Unknown { path: path.to_owned() })
}

/// A first block whose checksum is right (very old archives have no other mark), or one of zeros: an empty archive.
pub(super) fn is_tar(head: &[u8]) -> bool {
    if head.len() < 512 {
        return false;
    }
    let noted = std::str::from_utf8(&head[148..156]).unwrap_or_default();
    let noted = u32::from_str_radix(noted.trim_matches(['\0', ' ']), 8).ok();
    let sum = head[..512].iter().enumerate();
    let sum: u32 = sum.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum();
    noted == Some(sum) || head[..512].iter().all(|byte| *byte == 0)
}
