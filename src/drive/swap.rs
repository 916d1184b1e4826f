//! One folder becomes a link to the drive: merge, swap, clean; and what a killed run left is completed.
//!
//! Must not know: which folder goes where.

use std::{
    fs,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{
    DriveError,
    faults::Faults,
    journal::{Journal, Operation, Phase},
    merge::{Merge, exists, symlink, temporary_name},
};

/// Works on one folder.
pub(crate) struct Swap<'a> {
    pub journal: &'a Journal,
    pub faults: &'a Faults,
}

impl Swap<'_> {
    /// Makes `folder` a link to `store`, its content merged into it. Gives the files kept under another name.
    pub(crate) fn run(&self, folder: &Path, store: &Path) -> Result<Vec<PathBuf>, DriveError> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let aside = beside(folder, &format!("pino-{id}"));
        let mut operation = Operation {
            id,
            folder: folder.to_owned(),
            store: store.to_owned(),
            aside,
            phase: Phase::Merging,
        };
        let had_content = exists(folder);
        self.journal.note(&operation)?;
        self.faults.point("after the first note")?;
        let conflicts = if had_content { self.merge(&operation, folder)? } else { Vec::new() };
        self.enter(&mut operation, Phase::Swapping)?;
        self.put_link(&operation)?;
        let late = self.clean(&mut operation)?;
        Ok(union(conflicts, late))
    }

    /// Completes an operation that was cut off. Gives the files kept under another name.
    pub(crate) fn complete(&self, mut operation: Operation) -> Result<Vec<PathBuf>, DriveError> {
        remove_temporary_files(&operation)?;
        match operation.phase {
            // the folder is as it was; whoever wants the link starts again
            Phase::Merging => self.journal.forget(&operation).map(|()| Vec::new()),
            Phase::Swapping
                if !exists(&operation.aside) && exists(&operation.folder) && !is_link(&operation.folder) =>
            {
                self.journal.forget(&operation).map(|()| Vec::new())
            }
            Phase::Swapping => {
                self.put_link(&operation)?;
                self.clean(&mut operation)
            }
            Phase::Cleaning => self.clean(&mut operation),
        }
    }

    fn enter(&self, operation: &mut Operation, phase: Phase) -> Result<(), DriveError> {
        operation.phase = phase;
        self.journal.note(operation)?;
        self.faults.point("after a note")
    }

    fn merge(&self, operation: &Operation, from: &Path) -> Result<Vec<PathBuf>, DriveError> {
        let mut merge = Merge {
            id: &operation.id,
            source: &operation.folder,
            faults: self.faults,
            conflicts: Vec::new(),
        };
        merge.folder(from, &operation.store)?;
        Ok(merge.conflicts)
    }

    /// The folder steps aside and the link takes its name.
    fn put_link(&self, operation: &Operation) -> Result<(), DriveError> {
        let Operation { folder, store, aside, id, .. } = operation;
        if exists(folder) && !is_link(folder) {
            fs::rename(folder, aside).map_err(DriveError::file("rename", folder))?;
        }
        self.faults.point("between folder and link")?;
        if is_link(folder) {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(DriveError::file("create the folder", parent))?;
        let temporary = parent.join(temporary_name(id));
        crate::copy::remove_if_there(&temporary)?;
        let target = relative_target(parent, store);
        symlink(&target, &temporary).map_err(DriveError::file("create the link", &temporary))?;
        fs::rename(&temporary, folder).map_err(DriveError::file("create the link", folder))
    }

    /// What a program wrote during the merge is brought over too; then the old folder goes.
    fn clean(&self, operation: &mut Operation) -> Result<Vec<PathBuf>, DriveError> {
        self.enter(operation, Phase::Cleaning)?;
        let mut conflicts = Vec::new();
        if exists(&operation.aside) {
            conflicts = self.merge_aside(operation)?;
            self.faults.point("before the removal")?;
            fs::remove_dir_all(&operation.aside).map_err(DriveError::file("remove", &operation.aside))?;
        }
        self.faults.point("before the end")?;
        self.journal.finish(operation)?;
        Ok(conflicts)
    }

    fn merge_aside(&self, operation: &Operation) -> Result<Vec<PathBuf>, DriveError> {
        let mut merge =
            Merge { id: &operation.id, source: &operation.aside, faults: self.faults, conflicts: Vec::new() };
        merge.folder(&operation.aside, &operation.store)?;
        Ok(merge.conflicts)
    }
}

/// From the folder a link lies in to its target; relative, so that a moved home keeps its links.
fn relative_target(parent: &Path, store: &Path) -> PathBuf {
    let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    if cfg!(windows) {
        return store;
    }
    let shared = parent.components().zip(store.components()).take_while(|(a, b)| a == b).count();
    let up = parent.components().skip(shared).map(|_| Path::new(".."));
    let down: PathBuf = store.components().skip(shared).collect();
    up.collect::<PathBuf>().join(down)
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{suffix}"))
}

fn remove_temporary_files(operation: &Operation) -> Result<(), DriveError> {
    let name = temporary_name(&operation.id);
    for entry in WalkDir::new(&operation.store)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_name() == name.as_str())
    {
        crate::copy::remove_if_there(entry.path())?;
    }
    let parent = operation.folder.parent().unwrap_or(&operation.folder);
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
