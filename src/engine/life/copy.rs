//! Copies of folders that share their content where the file system allows it.
//!
//! Must not know: what is in them.

use std::{fs, io, os::unix::fs::symlink, path::Path};

/// How files of a copy relate to the originals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Copy on write, else a second name of the same file: for files that programs replace and never rewrite.
    Links,
    /// Copy on write, else a true copy.
    None,
}

/// Copies a folder; links are copied as links. `to` must not exist.
pub(crate) fn folder(from: &Path, to: &Path, sharing: Sharing) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folder(&source, &target, sharing)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            file(&source, &target, sharing)?;
        }
    }
    Ok(())
}

/// Copies one file. `to` must not exist.
pub(crate) fn file(from: &Path, to: &Path, sharing: Sharing) -> io::Result<()> {
    if reflink_copy::reflink(from, to).is_ok() {
        return Ok(());
    }
    if sharing == Sharing::Links && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(|_bytes| ())
}

/// Removes a folder or file; nothing there is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_files_links_and_modes() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let from = scratch.path().join("from");
        fs::create_dir_all(from.join("bin")).unwrap();
        fs::write(from.join("bin/run"), "x").unwrap();
        fs::set_permissions(from.join("bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("bin/run", from.join("link")).unwrap();
        for (name, sharing) in [("a", Sharing::Links), ("b", Sharing::None)] {
            let to = scratch.path().join(name);
            folder(&from, &to, sharing).unwrap();
            assert_eq!(fs::metadata(to.join("bin/run")).unwrap().permissions().mode() & 0o777, 0o755);
            assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("bin/run"));
            remove(&to).unwrap();
            remove(&to).unwrap();
        }
    }
}
