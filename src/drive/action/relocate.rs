//! A file or folder moves: by name on one disk, by verified copy between disks.
//!
//! Must not know: why. The old place is given up only when the new one has everything; nothing is ever replaced.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::{Outcome, Site};
use crate::{
    DriveError, copy, disk,
    merge::{Merge, exists},
    space,
    text_path::TextPath,
};

/// `from` becomes `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Relocate {
    pub from: TextPath,
    pub to: TextPath,
    /// Whether it may be copied to another disk.
    pub may_copy: bool,
}

impl Relocate {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        if !exists(&self.from) {
            return Ok(Outcome::skipped("it is gone"));
        }
        if exists(&self.to) {
            return Ok(Outcome::skipped("something has the new name already"));
        }
        let folder = self.to.parent().unwrap_or(&self.to);
        disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
        match disk::rename_new(&self.from, &self.to) {
            Ok(()) => Ok(Outcome::done()),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices && self.may_copy => self.carry(site),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                Ok(Outcome::skipped("it lies on another disk than the trash; remove it by hand"))
            }
            Err(error) => Err(DriveError::file("move", &self.from.0)(error)),
        }
    }

    fn carry(&self, site: &Site) -> Result<Outcome, DriveError> {
        let temporary = site.aside(&self.to);
        disk::remove_tree(&temporary).map_err(DriveError::file("remove", &temporary))?;
        space::check(&self.to, bytes_below(&self.from))?;
        copy_tree(&self.from, &temporary, site).inspect_err(|_| {
            // the failure itself is reported; half a copy is of no use
            let _ = disk::remove_tree(&temporary);
        })?;
        disk::rename_new(&temporary, &self.to).map_err(DriveError::file("name", &self.to.0))?;
        self.give_up_old_place(site)
    }

    /// What programs wrote at the old place since it was copied keeps both places alive.
    fn give_up_old_place(&self, site: &Site) -> Result<Outcome, DriveError> {
        let aside = site.aside(&self.from);
        if exists(&self.from) && !exists(&aside) {
            disk::rename_new(&self.from, &aside).map_err(DriveError::file("move", &self.from.0))?;
        }
        if !is_all_in(&aside, &self.to)? {
            if !exists(&self.from) {
                disk::rename_new(&aside, &self.from).map_err(DriveError::file("move", &aside))?;
            }
            return Ok(Outcome::skipped("it was written to meanwhile: both places are kept"));
        }
        // the new names have to be on the disk before the old ones go
        let folder = self.to.parent().unwrap_or(&self.to);
        disk::sync_folder(folder).map_err(DriveError::file("sync", folder))?;
        disk::remove_tree(&aside).map_err(DriveError::file("remove", &aside))?;
        Ok(Outcome::done())
    }

    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        let temporary = site.aside(&self.to);
        disk::remove_tree(&temporary).map_err(DriveError::file("remove", &temporary))?;
        let is_here = exists(&self.from);
        let was_copied = exists(&self.to) && (is_here || exists(&site.aside(&self.from)));
        match (was_copied, is_here) {
            (true, _) if self.may_copy => self.give_up_old_place(site),
            (_, true) => Ok(Outcome::Interrupted),
            (_, false) => Ok(Outcome::done()),
        }
    }

    pub(super) fn inverse(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone(), may_copy: self.may_copy }
    }
}

fn bytes_below(path: &Path) -> u64 {
    let files = WalkDir::new(path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    files.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn copy_tree(from: &Path, to: &Path, site: &Site) -> Result<(), DriveError> {
    let metadata = from.symlink_metadata().map_err(DriveError::file("read", from))?;
    if metadata.is_symlink() {
        let target = fs::read_link(from).map_err(DriveError::file("read", from))?;
        return disk::symlink(&target, to).map_err(DriveError::file("create the link", to));
    }
    if metadata.is_file() {
        return copy::copy_to(from, to);
    }
    if !metadata.is_dir() {
        return Err(DriveError::SpecialFile { path: from.to_owned() });
    }
    let mut merge = Merge::new(from, to, site);
    merge.folder(from, to)?;
    for entry in WalkDir::new(from).into_iter().flatten().filter(|entry| entry.file_type().is_dir()) {
        let (Ok(relative), Ok(metadata)) = (entry.path().strip_prefix(from), entry.metadata()) else {
            continue;
        };
        let copied = to.join(relative);
        disk::set_permissions(&copied, metadata.permissions())
            .map_err(DriveError::file("set permissions of", &copied))?;
    }
    Ok(())
}

/// Everything in `old` is in `new` with the same content. What is gone from `old` was there: it is removed name by name.
fn is_all_in(old: &Path, new: &Path) -> Result<bool, DriveError> {
    for entry in WalkDir::new(old) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => {
                continue;
            }
            Err(error) => return Err(DriveError::file("read", old)(error.into())),
        };
        let twin =
            entry.path().strip_prefix(old).map_or_else(|_| new.to_owned(), |relative| join(new, relative));
        let is_same = if entry.file_type().is_file() {
            twin.is_file() && copy::same_content(entry.path(), &twin)?
        } else {
            // links may have been made absolute; folders need only be there
            exists(&twin)
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `join("")` would add a slash to the name of a file.
fn join(base: &Path, relative: &Path) -> std::path::PathBuf {
    if relative.as_os_str().is_empty() { base.to_owned() } else { base.join(relative) }
}
