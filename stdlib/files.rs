//! Writing files so that there is always a complete one.
//!
//! Must not know: what is in them.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use crate::{MethodError, params::file_error};

/// Writes beside the target and renames; missing folders are made, rights of an existing file are kept.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), MethodError> {
    write(path, content, false).map_err(file_error("write", path))
}

/// The same for files only their owner may read.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), MethodError> {
    write(path, content, true).map_err(file_error("write", path))
}

fn write(path: &Path, content: &[u8], is_private: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(".pino-{}.tmp", uuid::Uuid::new_v4().simple()));
    let result = create(&temporary, is_private).and_then(|mut file| {
        file.write_all(content)?;
        if let Ok(metadata) = fs::symlink_metadata(path)
            && metadata.is_file()
            && !is_private
        {
            file.set_permissions(metadata.permissions())?;
        }
        fs::rename(&temporary, path)
    });
    result.inspect_err(|_| {
        // the failure itself is reported; what is left over is only a temporary file
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(unix)]
fn create(path: &Path, is_private: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mode = if is_private { 0o600 } else { 0o666 };
    File::options().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _is_private: bool) -> io::Result<File> {
    File::create_new(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn makes_folders_and_keeps_rights() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.sh");
        write_atomically(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
        let secret = folder.path().join("key.json");
        write_private(&secret, b"{}").unwrap();
        assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
