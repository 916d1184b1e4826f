//! Copies of files that are verified: blocks shared where the disk can, else bytes, hashed on both sides.
//!
//! Must not know: links, drives.

use std::{
    fs::{self, File, FileTimes},
    io::{self, Read as _},
    path::Path,
    sync::atomic::AtomicBool,
};

use crate::{
    DriveError, disk,
    hash::{self, Hashed},
    space,
    stat::Stat,
};

const BUFFER_BYTES: usize = 1 << 20;

/// Copies a file to a name that does not exist yet, through a temporary one; content, permissions and time are the original's.
pub(crate) fn copy_verified(source: &Path, target: &Path, temporary: &Path) -> Result<(), DriveError> {
    copy_to(source, temporary)?;
    disk::rename_new(temporary, target).map_err(DriveError::file("name", target))
}

/// Copies to a temporary name, in place of what an earlier try left there.
pub(crate) fn copy_to(source: &Path, temporary: &Path) -> Result<(), DriveError> {
    remove_if_there(temporary)?;
    let copied = if share_blocks(source, temporary) {
        check_size(source, temporary)
    } else {
        copy_bytes(source, temporary)
    };
    let copied = copied.and_then(|()| {
        copy_attributes(source, temporary).map_err(DriveError::file("set time and permissions of", temporary))
    });
    copied.inspect_err(|_| {
        // the failure itself is reported; half a copy is of no use
        let _ = remove_if_there(temporary);
    })
}

/// Gives a file to another folder at no cost in space: shared blocks, else a second name; a verified copy where neither works.
pub(crate) fn bring(source: &Path, target: &Path, temporary: &Path) -> Result<(), DriveError> {
    remove_if_there(temporary)?;
    if share_blocks(source, temporary) {
        return copy_verified(source, target, temporary);
    }
    match disk::hard_link(source, target) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            Err(DriveError::file("name", target)(error))
        }
        Err(_) => copy_verified(source, target, temporary),
    }
}

/// A new file with the blocks of the other; false, and nothing there, where the file system cannot.
pub(crate) fn share_blocks(source: &Path, temporary: &Path) -> bool {
    let on_one_disk = || {
        let folder = temporary.parent()?.metadata().ok()?;
        let source = source.metadata().ok()?;
        use std::os::unix::fs::MetadataExt as _;
        Some(folder.dev() == source.dev())
    };
    if on_one_disk() != Some(true) || !may_share_blocks(source) {
        return false;
    }
    let share = || {
        let from = File::open(source)?;
        let to = disk::create_new(temporary)?;
        disk::share_blocks(&from, &to)
    };
    // why it cannot does not matter: the next way is tried, and tells what is wrong with the disk
    share().is_ok() || {
        let _ = remove_if_there(temporary);
        false
    }
}

/// Whether a try is worth it: asked of the file system, so that each copy elsewhere saves three calls.
#[cfg(target_os = "linux")]
pub(crate) fn may_share_blocks(path: &Path) -> bool {
    const EXT: u64 = 0xef53;
    const TMPFS: u64 = 0x0102_1994;
    const FAT: u64 = 0x4d44;
    rustix::fs::statfs(path).is_ok_and(|system| ![EXT, TMPFS, FAT].contains(&(system.f_type as u64)))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn may_share_blocks(_path: &Path) -> bool {
    true
}

fn copy_bytes(source: &Path, temporary: &Path) -> Result<(), DriveError> {
    remove_if_there(temporary)?;
    let size = fs::metadata(source).map_err(DriveError::file("read", source))?.len();
    space::check(temporary, size)?;
    let written = write_hashed(source, temporary).map_err(DriveError::file("copy", source))?;
    let never = AtomicBool::new(false);
    let read = hash::whole(temporary, &never).map_err(DriveError::file("read", temporary))?;
    match read {
        Hashed::Stable(hash, _) if hash == written => Ok(()),
        _ => Err(DriveError::CopyDiffers { path: source.to_owned() }),
    }
}

/// Copies and gives the hash of what was read.
fn write_hashed(source: &Path, temporary: &Path) -> io::Result<blake3::Hash> {
    let mut from = File::open(source)?;
    let mut to = disk::create_new(temporary)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&buffer[..count]);
                disk::write(&mut to, &buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    disk::sync(&to)?;
    Ok(hasher.finalize())
}

fn check_size(source: &Path, copy: &Path) -> Result<(), DriveError> {
    let size = |path: &Path| {
        fs::metadata(path).map(|metadata| metadata.len()).map_err(DriveError::file("read the size of", path))
    };
    if size(source)? == size(copy)? {
        Ok(())
    } else {
        Err(DriveError::CopyDiffers { path: source.to_owned() })
    }
}

fn copy_attributes(source: &Path, target: &Path) -> io::Result<()> {
    let metadata = fs::metadata(source)?;
    let times = FileTimes::new().set_modified(metadata.modified()?).set_accessed(metadata.accessed()?);
    // the owner may set times of a file open for reading too
    disk::set_times(&File::open(target)?, times)?;
    disk::set_permissions(target, metadata.permissions())
}

/// Both are files with the same content, read now; two names of one file are not read at all.
pub(crate) fn same_content(a: &Path, b: &Path) -> Result<bool, DriveError> {
    if let (Some(left), Some(right)) = (Stat::of_plain(a), Stat::of_plain(b))
        && (left.is_same_file(&right) || left.size != right.size)
    {
        return Ok(left.is_same_file(&right));
    }
    let open = |path: &Path| File::open(path).map_err(DriveError::file("read", path));
    let never = AtomicBool::new(false);
    match hash::same_bytes(&open(a)?, &open(b)?, &never) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        other => other.map_err(DriveError::file("compare", a)),
    }
}

pub(crate) fn remove_if_there(path: &Path) -> Result<(), DriveError> {
    disk::remove_file_if_there(path).map_err(DriveError::file("remove", path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn copies_content_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "weights").unwrap();
        copy_verified(&at("a"), &at("b"), &at("t")).unwrap();
        assert!(same_content(&at("a"), &at("b")).unwrap());
        let modified = |name: &str| fs::metadata(at(name)).unwrap().modified().unwrap();
        assert_eq!(modified("a"), modified("b"));
        assert!(!at("t").exists());
        fs::write(at("b"), "weighty").unwrap();
        assert!(!same_content(&at("a"), &at("b")).unwrap());
        assert!(copy_verified(&at("a"), &at("b"), &at("t")).is_err(), "a name that is taken stays");
    }

    #[test]
    fn read_only_files_are_copied_too() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "weights").unwrap();
        let mut permissions = fs::metadata(at("a")).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(at("a"), permissions.clone()).unwrap();
        copy_verified(&at("a"), &at("b"), &at("t")).unwrap();
        assert_eq!(fs::metadata(at("b")).unwrap().permissions(), permissions);
    }
}
