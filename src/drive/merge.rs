//! Brings the content of a folder into another one without losing any of it.
//!
//! Must not know: why. A file of the target keeps its name; a different one of the same name becomes `NAME.conflict-1`.
//! Doing it twice changes nothing the second time.

use std::{
    ffi::OsString,
    fs,
    path::{Component, Path, PathBuf},
};

use crate::{
    DriveError,
    action::{Member, Site},
    copy::{bring, same_content},
    disk,
};

/// One merge.
pub(crate) struct Merge<'a> {
    /// Makes names of temporary files unique.
    pub id: &'a str,
    /// Where content comes from, as links in it see it.
    pub source: &'a Path,
    /// The folder on the drive.
    pub store: &'a Path,
    /// Everything that was brought over or was there already.
    pub members: Vec<Member>,
    /// Files that were kept under another name.
    pub conflicts: Vec<PathBuf>,
}

impl<'a> Merge<'a> {
    /// A copy of a whole folder to a new place.
    pub(crate) fn new(from: &'a Path, to: &'a Path, site: &'a Site) -> Self {
        Self { id: site.id, source: from, store: to, members: Vec::new(), conflicts: Vec::new() }
    }

    /// Copies everything in `from` that `to` has not got.
    pub(crate) fn folder(&mut self, from: &Path, to: &Path) -> Result<(), DriveError> {
        disk::create_folders(to).map_err(DriveError::file("create the folder", to))?;
        for name in sorted_names(from)? {
            self.entry(&from.join(&name), &to.join(&name))?;
        }
        Ok(())
    }

    fn note(&mut self, from: &Path, to: &Path) {
        let relative = |path: &Path, base: &Path| path.strip_prefix(base).unwrap_or(path).to_owned().into();
        self.members.push(Member { name: relative(from, self.source), kept_as: relative(to, self.store) });
    }

    fn entry(&mut self, from: &Path, to: &Path) -> Result<(), DriveError> {
        let kind = fs::symlink_metadata(from).map_err(DriveError::file("read", from))?.file_type();
        if kind.is_symlink() {
            self.link(from, to)
        } else if kind.is_dir() {
            self.sub_folder(from, to)
        } else if kind.is_file() {
            self.file(from, to)
        } else {
            Err(DriveError::SpecialFile { path: from.to_owned() })
        }
    }

    fn sub_folder(&mut self, from: &Path, to: &Path) -> Result<(), DriveError> {
        if to.is_dir() || !exists(to) {
            return self.folder(from, to);
        }
        let beside =
            (1..usize::MAX).map(|n| conflict_name(to, n)).find(|path| path.is_dir() || !exists(path));
        let beside = beside.unwrap_or_else(|| conflict_name(to, 0));
        self.conflicts.push(beside.clone());
        self.folder(from, &beside)
    }

    fn file(&mut self, from: &Path, to: &Path) -> Result<(), DriveError> {
        if !exists(to) {
            self.note(from, to);
            return self.copy(from, to);
        }
        if is_file(to) && same_content(from, to)? {
            self.note(from, to);
            return Ok(());
        }
        let (beside, is_new) = free_or_same(to, |path| Ok(is_file(path) && same_content(from, path)?))?;
        self.conflicts.push(beside.clone());
        self.note(from, &beside);
        if is_new { self.copy(from, &beside) } else { Ok(()) }
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<(), DriveError> {
        bring(from, to, &to.with_file_name(temporary_name(self.id)))
    }

    /// A link inside the folder stays as written; one that leaves it would point elsewhere from its new place.
    fn link(&mut self, from: &Path, to: &Path) -> Result<(), DriveError> {
        let written = fs::read_link(from).map_err(DriveError::file("read", from))?;
        let target = self.target_seen_from_anywhere(from, &written);
        let is_same = |path: &Path| Ok(fs::read_link(path).is_ok_and(|there| there == target));
        let (place, is_new) = if exists(to) && !is_same(to)? {
            let (beside, is_new) = free_or_same(to, is_same)?;
            self.conflicts.push(beside.clone());
            (beside, is_new)
        } else {
            (to.to_owned(), !exists(to))
        };
        self.note(from, &place);
        if is_new {
            disk::symlink(&target, &place).map_err(DriveError::file("create the link", &place))
        } else {
            Ok(())
        }
    }

    fn target_seen_from_anywhere(&self, from: &Path, written: &Path) -> PathBuf {
        let folder = from.parent().unwrap_or(from);
        let absolute = lexically_normal(&folder.join(written));
        if written.is_absolute() || absolute.starts_with(self.source) { written.to_owned() } else { absolute }
    }
}

/// Something has this name, be it a link to nowhere.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

/// `NAME.conflict-1`, `-2`, … : the first that is free, or that is the same already (left by an earlier run).
fn free_or_same(
    to: &Path,
    is_same: impl Fn(&Path) -> Result<bool, DriveError>,
) -> Result<(PathBuf, bool), DriveError> {
    let mut number = 1;
    loop {
        let path = conflict_name(to, number);
        if !exists(&path) {
            return Ok((path, true));
        }
        if is_same(&path)? {
            return Ok((path, false));
        }
        number += 1;
    }
}

fn conflict_name(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".conflict-{number}"));
    path.with_file_name(name)
}

/// Name of a file that is being written; removed when the operation is completed later.
pub(crate) fn temporary_name(id: &str) -> String {
    format!(".pino-{id}.tmp")
}

fn sorted_names(folder: &Path) -> Result<Vec<OsString>, DriveError> {
    let entries = fs::read_dir(folder).map_err(DriveError::file("read the folder", folder))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(DriveError::file("read the folder", folder))?.file_name());
    }
    names.sort();
    Ok(names)
}

/// Resolves `.` and `..` in the text, without looking at the disk.
pub(crate) fn lexically_normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
