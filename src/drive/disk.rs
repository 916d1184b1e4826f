//! Every system call of this crate that changes the disk. Tests end or fail the program before any one of them.
//!
//! Must not know: what is changed and why. No other file of the crate may change the disk past this one.

use std::{
    fs::{self, File, FileTimes, Permissions},
    io::{self, Write as _},
    path::Path,
};

use rustix::fs::{CWD, RenameFlags};
use walkdir::WalkDir;

use crate::faults::before;

/// Makes a folder and those above it, one system call each.
pub(crate) fn create_folders(path: &Path) -> io::Result<()> {
    let missing: Vec<_> =
        path.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        before("mkdir")?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            other => other?,
        }
    }
    Ok(())
}

/// A new file, open for writing.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    before("create")?;
    File::create_new(path)
}

/// A file to append to; made when missing.
pub(crate) fn open_append(path: &Path) -> io::Result<File> {
    before("create")?;
    File::options().create(true).append(true).read(true).open(path)
}

/// A file that is only there to be locked.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    before("create")?;
    File::options().create(true).truncate(false).write(true).open(path)
}

pub(crate) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    before("write")?;
    file.write_all(bytes)
}

/// Waits until the content of the file is on the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    before("fsync")?;
    file.sync_all()
}

/// Waits until the names in a folder are on the disk; file systems that cannot are left alone.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    before("fsync folder")?;
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Gives a file a name, in place of what had it.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    before("rename")?;
    fs::rename(from, to)
}

/// Gives a file a name that nothing has.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    before("rename")?;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // file systems without that flag (NFS, FUSE)
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if to.symlink_metadata().is_err() => {
            fs::rename(from, to)
        }
        other => Ok(other?),
    }
}

/// Two names change places in one step; `Unsupported` where the file system has no such call.
pub(crate) fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    before("exchange")?;
    match rustix::fs::renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            Err(io::ErrorKind::Unsupported.into())
        }
        other => Ok(other?),
    }
}

pub(crate) fn hard_link(original: &Path, link: &Path) -> io::Result<()> {
    before("link")?;
    #[cfg(test)]
    if crate::faults::has_no_links() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    fs::hard_link(original, link)
}

pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    before("symlink")?;
    std::os::unix::fs::symlink(target, link)
}

/// The new file shares the blocks of the other until one of them is written (btrfs, XFS, …).
#[cfg(target_os = "linux")]
pub(crate) fn share_blocks(from: &File, to: &File) -> io::Result<()> {
    before("ficlone")?;
    Ok(rustix::fs::ioctl_ficlone(to, from)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn share_blocks(_from: &File, _to: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    before("unlink")?;
    fs::remove_file(path)
}

/// Removes a file; a missing one is fine.
pub(crate) fn remove_file_if_there(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    match remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Removes a folder that is empty.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    before("rmdir")?;
    fs::remove_dir(path)
}

/// Removes a file, or a folder with everything in it, name by name; links are not followed, a missing path is fine.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    for entry in WalkDir::new(path).contents_first(true).follow_root_links(false) {
        let entry = entry.map_err(io::Error::from)?;
        if entry.file_type().is_dir() { remove_folder(entry.path())? } else { remove_file(entry.path())? }
    }
    Ok(())
}

pub(crate) fn set_permissions(path: &Path, permissions: Permissions) -> io::Result<()> {
    before("chmod")?;
    fs::set_permissions(path, permissions)
}

pub(crate) fn set_times(file: &File, times: FileTimes) -> io::Result<()> {
    before("utimens")?;
    file.set_times(times)
}

/// Writes a whole file so that there is always a complete one: beside the target, synced, renamed.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folders(folder)?;
    let temporary = folder.join(format!(".pino-{}.tmp", uuid::Uuid::new_v4().simple()));
    let written = || {
        let mut file = create_new(&temporary)?;
        write(&mut file, content)?;
        sync(&file)?;
        rename(&temporary, path)?;
        sync_folder(folder)
    };
    written().inspect_err(|_| {
        // the failure itself is reported; what is left over is only a temporary file, and recovery removes those
        let _ = remove_file_if_there(&temporary);
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    /// The proof that the fault tests see everything: no other file of the crate names a call that changes the disk.
    #[test]
    fn nothing_changes_the_disk_past_this_file() {
        let changing = [
            "fs::write(",
            "fs::rename(",
            "fs::remove_",
            "fs::create_dir",
            "fs::hard_link",
            "fs::copy(",
            "File::create",
            "File::options()",
            "OpenOptions",
            "set_permissions(",
            "set_times(",
            "set_modified(",
            "set_len(",
            "unix::fs::symlink",
            "ioctl_ficlone",
            "renameat",
            ".write_all(",
            "reflink_copy",
        ];
        let sources = WalkDir::new(env!("CARGO_MANIFEST_DIR")).into_iter().flatten();
        let sources =
            sources.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
        let mut past = Vec::new();
        for source in sources.filter(|entry| {
            let path = entry.path().to_string_lossy();
            !path.ends_with("/disk.rs")
                && !path.contains("/tests")
                && !path.contains("/benches/")
                && !path.contains("/examples/")
        }) {
            let text = fs::read_to_string(source.path()).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            past.extend(
                lines
                    .filter(|line| {
                        !line.contains("disk::")
                            && !line.contains("FileTimes::new()")
                            && changing.iter().any(|call| line.contains(call))
                    })
                    .map(|line| format!("{}: {line}", source.path().display())),
            );
        }
        assert!(past.is_empty(), "{past:#?}");
    }

    #[test]
    fn exchanges_and_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "a").unwrap();
        fs::write(at("b"), "b").unwrap();
        assert!(rename_new(&at("a"), &at("b")).is_err());
        exchange(&at("a"), &at("b")).unwrap();
        assert_eq!(fs::read_to_string(at("a")).unwrap(), "b");
        rename_new(&at("a"), &at("c")).unwrap();
        assert_eq!(fs::read_to_string(at("c")).unwrap(), "b");
    }

    #[test]
    fn removes_trees_without_following_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        create_folders(&at("tree/deep")).unwrap();
        fs::write(at("kept"), "kept").unwrap();
        std::os::unix::fs::symlink(at("kept"), at("tree/deep/link")).unwrap();
        std::os::unix::fs::symlink(at("tree"), at("link")).unwrap();
        remove_tree(&at("link")).unwrap();
        assert!(at("tree/deep").is_dir());
        remove_tree(&at("tree")).unwrap();
        remove_tree(&at("tree")).unwrap();
        assert!(!at("tree").exists() && at("kept").exists());
    }
}
