//! One folder becomes a link to the drive: merge, swap, clean; and what a killed run left is completed.
//!
//! Must not know: which folder goes where.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{
    DriveError, disk,
    merge::{Merge, exists, temporary_name},
    pending::{Change, Pending, Phase},
    space,
};

/// Works on one folder.
pub(crate) struct Swap<'a> {
    pub pending: &'a Pending,
}

impl Swap<'_> {
    /// Makes `folder` a link to `store`, its content merged into it. Gives the files kept under another name.
    pub(crate) fn run(&self, folder: &Path, store: &Path) -> Result<Vec<PathBuf>, DriveError> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let aside = beside(folder, &format!("pino-{id}"));
        let mut change = Change {
            id,
            folder: folder.into(),
            store: store.into(),
            aside: aside.into(),
            phase: Phase::Merging,
            members: BTreeSet::new(),
        };
        let had_content = exists(folder);
        check_room(folder, store)?;
        self.pending.note(&change)?;
        let conflicts = if had_content { merge_now(&mut change)? } else { Vec::new() };
        self.enter(&mut change, Phase::Swapping)?;
        put_link(&change)?;
        let late = self.clean(&mut change)?;
        Ok(union(conflicts, late))
    }

    /// Completes a change that was cut off. Gives the files kept under another name.
    pub(crate) fn complete(&self, mut change: Change) -> Result<Vec<PathBuf>, DriveError> {
        remove_temporary_files(&change)?;
        let is_untouched = !exists(&change.aside) && exists(&change.folder) && !is_link(&change.folder);
        match change.phase {
            // the folder is as it was; whoever wants the link starts again
            Phase::Merging => self.pending.forget(&change).map(|()| Vec::new()),
            Phase::Swapping if is_untouched => self.pending.forget(&change).map(|()| Vec::new()),
            Phase::Swapping => {
                put_link(&change)?;
                self.clean(&mut change)
            }
            Phase::Cleaning => self.clean(&mut change),
        }
    }

    fn enter(&self, change: &mut Change, phase: Phase) -> Result<(), DriveError> {
        change.phase = phase;
        self.pending.note(change)
    }

    /// What a program wrote during the merge is brought over too; then the old folder goes.
    fn clean(&self, change: &mut Change) -> Result<Vec<PathBuf>, DriveError> {
        let mut conflicts = Vec::new();
        if exists(&change.aside) {
            let aside = change.aside.0.clone();
            conflicts = merge_from(change, &aside)?;
            self.enter(change, Phase::Cleaning)?;
            disk::remove_tree(&aside).map_err(DriveError::file("remove", &aside))?;
        }
        self.pending.finish(change)?;
        Ok(conflicts)
    }
}

fn merge_now(change: &mut Change) -> Result<Vec<PathBuf>, DriveError> {
    let folder = change.folder.0.clone();
    merge_from(change, &folder)
}

/// The folder steps aside and the link takes its name.
fn put_link(change: &Change) -> Result<(), DriveError> {
    let Change { folder, store, aside, id, .. } = change;
    if exists(folder) && !is_link(folder) {
        disk::rename(folder, aside).map_err(DriveError::file("rename", &folder.0))?;
    }
    if is_link(folder) {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(folder);
    disk::create_folders(parent).map_err(DriveError::file("create the folder", parent))?;
    let temporary = parent.join(temporary_name(id));
    crate::copy::remove_if_there(&temporary)?;
    let target = relative_target(parent, store);
    disk::symlink(&target, &temporary).map_err(DriveError::file("create the link", &temporary))?;
    disk::rename(&temporary, folder).map_err(DriveError::file("create the link", &folder.0))
}

/// Merges the folder, under the name it has now, into its place on the drive.
fn merge_from(change: &mut Change, seen_from: &Path) -> Result<Vec<PathBuf>, DriveError> {
    let mut merge = Merge {
        id: &change.id,
        source: seen_from,
        store: &change.store,
        members: Vec::new(),
        conflicts: Vec::new(),
    };
    merge.folder(seen_from, &change.store)?;
    let Merge { members, conflicts, .. } = merge;
    change.members.extend(members);
    Ok(conflicts)
}

/// A move between disks copies: there must be room for all of it before the first byte.
fn check_room(folder: &Path, store: &Path) -> Result<(), DriveError> {
    use std::os::unix::fs::MetadataExt as _;
    let disk_of =
        |path: &Path| path.ancestors().find_map(|above| above.metadata().ok()).map(|metadata| metadata.dev());
    if !exists(folder) || disk_of(folder) == disk_of(store) {
        return Ok(());
    }
    let files = WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let new = files.filter(|entry| {
        entry.path().strip_prefix(folder).is_ok_and(|relative| !exists(&store.join(relative)))
    });
    let needed_bytes = new.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
    space::check(store, needed_bytes)
}

/// From the folder a link lies in to its target; relative, so that a moved home keeps its links.
pub(crate) fn relative_target(parent: &Path, store: &Path) -> PathBuf {
    let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let shared = parent.components().zip(store.components()).take_while(|(a, b)| a == b).count();
    let up = parent.components().skip(shared).map(|_| Path::new(".."));
    let down: PathBuf = store.components().skip(shared).collect();
    up.collect::<PathBuf>().join(down)
}

pub(crate) fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{suffix}"))
}

fn remove_temporary_files(change: &Change) -> Result<(), DriveError> {
    let name = temporary_name(&change.id);
    let entries = WalkDir::new(&change.store).into_iter().flatten();
    for entry in entries.filter(|entry| entry.file_name() == name.as_str()) {
        crate::copy::remove_if_there(entry.path())?;
    }
    let parent = change.folder.parent().unwrap_or(&change.folder);
    crate::copy::remove_if_there(&parent.join(name))
}

fn union(mut some: Vec<PathBuf>, more: Vec<PathBuf>) -> Vec<PathBuf> {
    for path in more {
        if !some.contains(&path) {
            some.push(path);
        }
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative() {
        let target = relative_target(
            Path::new("/no/home/api/x/app"),
            Path::new("/no/home/drive/drives/peers/d1/models"),
        );
        assert_eq!(target, Path::new("../../../drive/drives/peers/d1/models"));
    }
}
