//! The hidden folder an archive is unpacked into, and the move into the destination when all of it is good.
//!
//! Must not know: formats. While files are written there is no link in the folder: links are made last.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, Permissions},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::ExtractError;

const PREFIX: &str = ".pino-extract-";

/// What an archive says about an entry beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) mode: Option<u32>,
    pub(super) modified: Option<SystemTime>,
}

/// A half-unpacked archive; dropped, it is gone.
pub(super) struct Stage {
    folder: tempfile::TempDir,
    /// Says to others that somebody is at work here.
    _lock: Option<File>,
    into: PathBuf,
    links: BTreeMap<PathBuf, PathBuf>,
    folder_modes: BTreeMap<PathBuf, u32>,
    files: u64,
}

impl Stage {
    pub(super) fn new(into: &Path) -> Result<Self, ExtractError> {
        fs::create_dir_all(into).map_err(ExtractError::file("create the folder", into))?;
        let into = into.canonicalize().map_err(ExtractError::file("find", into))?;
        remove_left_behind(&into);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&into);
        let folder = folder.map_err(ExtractError::file("create a folder in", &into))?;
        let lock = File::open(folder.path()).ok().filter(|file| file.try_lock().is_ok());
        let (links, folder_modes) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { folder, _lock: lock, into, links, folder_modes, files: 0 })
    }

    pub(super) fn files(&self) -> u64 {
        self.files + self.links.len() as u64
    }

    /// A folder with everything above it.
    pub(super) fn folder(&mut self, path: &Path, marks: Marks) -> Result<(), ExtractError> {
        self.make_folders(path)?;
        if let Some(mode) = marks.mode {
            self.folder_modes.insert(path.to_owned(), mode & 0o777 | 0o700);
        }
        Ok(())
    }

    /// A new file, to be filled.
    pub(super) fn file(&mut self, path: &Path, marks: Marks) -> Result<File, ExtractError> {
        let at = self.place(path)?;
        let file = OpenOptions::new().write(true).create_new(true).open(&at);
        let file = file.map_err(ExtractError::file("create", &at))?;
        // no set-user-id, and always readable by its owner
        let mode = marks.mode.map(|mode| mode & 0o777 | 0o600);
        set_mode(&file, mode).map_err(ExtractError::file("set the mode of", &at))?;
        self.files += 1;
        Ok(file)
    }

    /// A second name of a file of this archive.
    pub(super) fn hard_link(&mut self, path: &Path, original: &Path) -> Result<(), ExtractError> {
        let source = self.folder.path().join(original);
        let is_file = fs::symlink_metadata(&source).is_ok_and(|metadata| metadata.is_file());
        if !is_file || self.links.contains_key(original) {
            let source =
                io::Error::new(io::ErrorKind::NotFound, "it is a link to a file the archive does not hold");
            return Err(ExtractError::file("unpack", path)(source));
        }
        if path == original {
            return Ok(());
        }
        let at = self.place(path)?;
        fs::hard_link(&source, &at).map_err(ExtractError::file("link", &at))?;
        self.files += 1;
        Ok(())
    }

    /// A link, made at the end. The target has been checked.
    pub(super) fn link(&mut self, path: &Path, target: PathBuf) {
        self.links.insert(path.to_owned(), target);
    }

    /// Where a file goes: folders above it exist, nothing is there.
    fn place(&mut self, path: &Path) -> Result<PathBuf, ExtractError> {
        self.make_folders(path.parent().unwrap_or(Path::new("")))?;
        self.links.remove(path);
        let at = self.folder.path().join(path);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_dir() => Err(self.in_the_way(path, "a folder of the archive")),
            Ok(_) => fs::remove_file(&at).map(|()| at.clone()).map_err(ExtractError::file("replace", &at)),
            Err(_) => Ok(at),
        }
    }

    fn make_folders(&self, path: &Path) -> Result<(), ExtractError> {
        let at = self.folder.path().join(path);
        fs::create_dir_all(&at).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                self.in_the_way(path, "a file of the archive where it wants a folder")
            }
            _ => ExtractError::file("create the folder", &at)(error),
        })
    }

    fn in_the_way(&self, path: &Path, what: &'static str) -> ExtractError {
        ExtractError::InTheWay { path: self.into.join(path), what }
    }

    /// Makes the links, checks that nothing is in the way, moves everything into the destination.
    pub(super) fn commit(mut self) -> Result<(), ExtractError> {
        for (path, target) in std::mem::take(&mut self.links) {
            self.make_link(&path, &target)?;
        }
        for (path, mode) in std::mem::take(&mut self.folder_modes).iter().rev() {
            let at = self.folder.path().join(path);
            set_path_mode(&at, *mode).map_err(ExtractError::file("set the mode of", &at))?;
        }
        check(self.folder.path(), &self.into)?;
        merge(self.folder.path(), &self.into)
    }

    fn make_link(&self, path: &Path, target: &Path) -> Result<(), ExtractError> {
        let parent = path.parent().unwrap_or(Path::new(""));
        // from a folder that itself is a link, the target would be another one than was checked
        for above in parent.ancestors().filter(|above| !above.as_os_str().is_empty()) {
            let at = self.folder.path().join(above);
            if fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(self.in_the_way(path, "a link inside of a link"));
            }
        }
        self.make_folders(parent)?;
        let at = self.folder.path().join(path);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_dir() => return Err(self.in_the_way(path, "a folder of the archive")),
            Ok(_) => fs::remove_file(&at).map_err(ExtractError::file("replace", &at))?,
            Err(_) => {}
        }
        symlink(target, &at).map_err(ExtractError::file("link", &at))
    }
}

/// What an extraction that was killed left here.
fn remove_left_behind(into: &Path) {
    let entries = fs::read_dir(into).into_iter().flatten().flatten();
    for path in entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
    {
        let is_free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_free && let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(%error, path = %path.display(), "a half-unpacked archive could not be removed");
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, ExtractError> {
    let read = fs::read_dir(folder).and_then(Iterator::collect);
    read.map_err(ExtractError::file("read the folder", folder))
}

/// Whether everything of `from` can go to `to`; links already there are never followed.
fn check(from: &Path, to: &Path) -> Result<(), ExtractError> {
    for entry in entries(from)? {
        let target = to.join(entry.file_name());
        let Ok(there) = fs::symlink_metadata(&target) else { continue };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match (is_folder, there.is_dir()) {
            (true, true) => check(&entry.path(), &target)?,
            (true, false) if there.is_symlink() => {
                return Err(ExtractError::InTheWay { path: target, what: "a link, which is not followed" });
            }
            (true, false) => return Err(ExtractError::InTheWay { path: target, what: "a file" }),
            (false, true) => return Err(ExtractError::InTheWay { path: target, what: "a folder" }),
            (false, false) => {}
        }
    }
    Ok(())
}

fn merge(from: &Path, to: &Path) -> Result<(), ExtractError> {
    for entry in entries(from)? {
        let target = to.join(entry.file_name());
        let both_folders = entry.file_type().is_ok_and(|kind| kind.is_dir())
            && fs::symlink_metadata(&target).is_ok_and(|there| there.is_dir());
        if both_folders {
            merge(&entry.path(), &target)?;
        } else {
            fs::rename(entry.path(), &target).map_err(ExtractError::file("move into place", &target))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    mode.map_or(Ok(()), |mode| file.set_permissions(Permissions::from_mode(mode)))
}

#[cfg(unix)]
fn set_path_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: Option<u32>) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_path_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}
