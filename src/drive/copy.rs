//! Copies of files that are verified: a reflink where the disk has them, else bytes, hashed on both sides.
//!
//! Must not know: links, drives.

use std::{
    fs::{self, File, FileTimes},
    io::{self, Read as _, Write as _},
    path::Path,
};

use crate::DriveError;

const BUFFER_BYTES: usize = 1 << 20;

/// Copies a file to a name that does not exist yet, through a temporary one; content, permissions and time are the original's.
pub(crate) fn copy_verified(source: &Path, target: &Path, temporary: &Path) -> Result<(), DriveError> {
    remove_if_there(temporary)?;
    if reflink_copy::reflink(source, temporary).is_ok() {
        check_size(source, temporary)?;
    } else {
        copy_bytes(source, temporary)?;
    }
    copy_attributes(source, temporary).map_err(DriveError::file("set time and permissions of", temporary))?;
    fs::rename(temporary, target).map_err(DriveError::file("name", target))
}

fn copy_bytes(source: &Path, temporary: &Path) -> Result<(), DriveError> {
    remove_if_there(temporary)?;
    let written = write_hashed(source, temporary).map_err(DriveError::file("copy", source))?;
    if hash(temporary)? == written {
        return Ok(());
    }
    remove_if_there(temporary)?;
    Err(DriveError::CopyDiffers { path: source.to_owned() })
}

/// Copies and gives the hash of what was read.
fn write_hashed(source: &Path, temporary: &Path) -> io::Result<blake3::Hash> {
    let mut from = File::open(source)?;
    let mut to = File::create_new(temporary)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            count => {
                hasher.update(&buffer[..count]);
                to.write_all(&buffer[..count])?;
            }
        }
    }
    to.sync_all()?;
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
    // times first: a read-only copy could not be opened for writing
    let times = FileTimes::new().set_modified(metadata.modified()?).set_accessed(metadata.accessed()?);
    File::options().write(true).open(target)?.set_times(times)?;
    fs::set_permissions(target, metadata.permissions())
}

/// The hash of a file's content.
pub(crate) fn hash(path: &Path) -> Result<blake3::Hash, DriveError> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(file).map(|_| ()));
    read.map_err(DriveError::file("read", path))?;
    Ok(hasher.finalize())
}

/// Both are files with the same content.
pub(crate) fn same_content(a: &Path, b: &Path) -> Result<bool, DriveError> {
    let size = |path: &Path| {
        fs::metadata(path).map(|metadata| metadata.len()).map_err(DriveError::file("read the size of", path))
    };
    Ok(size(a)? == size(b)? && hash(a)? == hash(b)?)
}

pub(crate) fn remove_if_there(path: &Path) -> Result<(), DriveError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DriveError::file("remove", path)(error)),
        _ => Ok(()),
    }
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
    }
}
