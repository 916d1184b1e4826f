//! What a person or a script has changed in a working tree.
//!
//! Must not know: the network.

use std::{collections::BTreeSet, fs, path::Path};

use git2::{Oid, Repository, Status, StatusOptions, StatusShow, Tree};

use crate::{Source, SourceError, lfs::Pointer, repository};

/// Kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// New.
    Added,
    /// Other content.
    Modified,
    /// Gone.
    Deleted,
}

/// One changed path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LocalChange {
    /// Relative path; folders that are new as a whole end with `/`.
    pub path: String,
    /// What happened to it.
    pub change: Change,
}

impl Source {
    /// Changes against the commit that is checked out; ignored files are no changes.
    pub fn local_changes(&self, folder: &Path) -> Result<Vec<LocalChange>, SourceError> {
        local_changes(&repository::open(folder)?)
    }
}

pub(crate) fn local_changes(repo: &Repository) -> Result<Vec<LocalChange>, SourceError> {
    let mut options = StatusOptions::new();
    options
        .show(StatusShow::IndexAndWorkdir)
        .include_untracked(true)
        .include_ignored(false)
        .exclude_submodules(true);
    let statuses = repo.statuses(Some(&mut options)).map_err(SourceError::git("look for local changes"))?;
    let tree = repo.head().and_then(|head| head.peel_to_tree()).ok();
    let absent = absent(repo);
    let mut changes = Vec::new();
    for entry in statuses.iter() {
        let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
        let Some(change) = kind(entry.status()) else { continue };
        let is_left_out = change == Change::Deleted && absent.contains(&path);
        let is_filled = change == Change::Modified && is_filled_pointer(repo, tree.as_ref(), &path);
        if !is_left_out && !is_filled {
            changes.push(LocalChange { path, change });
        }
    }
    Ok(changes)
}

fn kind(status: Status) -> Option<Change> {
    if status.intersects(Status::WT_NEW | Status::INDEX_NEW) {
        Some(Change::Added)
    } else if status.intersects(Status::WT_DELETED | Status::INDEX_DELETED) {
        Some(Change::Deleted)
    } else if status.intersects(
        Status::WT_MODIFIED
            | Status::INDEX_MODIFIED
            | Status::WT_TYPECHANGE
            | Status::INDEX_TYPECHANGE
            | Status::WT_RENAMED
            | Status::INDEX_RENAMED
            | Status::CONFLICTED,
    ) {
        Some(Change::Modified)
    } else {
        None
    }
}

/// Files a sparse checkout leaves out.
fn absent(repo: &Repository) -> BTreeSet<String> {
    let flag = git2::IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
    let Ok(index) = repo.index() else { return BTreeSet::new() };
    let left_out = index.iter().filter(|entry| entry.flags_extended & flag != 0);
    left_out.map(|entry| String::from_utf8_lossy(&entry.path).into_owned()).collect()
}

/// The commit holds a pointer and the working tree the large file itself, by its size.
fn is_filled_pointer(repo: &Repository, tree: Option<&Tree<'_>>, path: &str) -> bool {
    let pointer = || {
        let object = tree?.get_path(Path::new(path)).ok()?.to_object(repo).ok()?;
        Pointer::parse(object.as_blob().filter(|blob| blob.size() <= 1024)?.content())
    };
    let size =
        repo.workdir().and_then(|root| fs::symlink_metadata(root.join(path)).ok()).map(|meta| meta.len());
    pointer().is_some_and(|pointer| Some(pointer.size) == size)
}

/// Local changes that the step from the current commit to `target` would overwrite.
pub(crate) fn conflicts(
    repo: &Repository,
    local: &[LocalChange],
    target: Oid,
) -> Result<Vec<String>, SourceError> {
    let failed = || SourceError::git("compare commits");
    let new = repo.find_commit(target).and_then(|commit| commit.tree()).map_err(failed())?;
    let old = repo.head().and_then(|head| head.peel_to_tree()).ok();
    let diff = repo.diff_tree_to_tree(old.as_ref(), Some(&new), None).map_err(failed())?;
    let root = repo.workdir().unwrap_or(repo.path()).to_owned();
    let mut found = Vec::new();
    for delta in diff.deltas() {
        let Some(path) = delta.new_file().path().or(delta.old_file().path()) else { continue };
        let text = path.to_string_lossy();
        let touches = |change: &LocalChange| {
            change.path == text || change.path.ends_with('/') && text.starts_with(&change.path)
        };
        let is_local = local.iter().any(touches) && fs::symlink_metadata(root.join(path)).is_ok();
        let is_same = || {
            let own = Oid::hash_file(git2::ObjectType::Blob, root.join(path));
            own.is_ok_and(|own| own == delta.new_file().id())
        };
        if is_local && !is_same() {
            found.push(text.into_owned());
        }
    }
    Ok(found)
}

impl Source {
    /// Files the repository knows, by relative path.
    pub fn tracked(&self, folder: &Path) -> Result<BTreeSet<String>, SourceError> {
        let repo = repository::open(folder)?;
        let index = repo.index().map_err(SourceError::git("read its index"))?;
        Ok(index.iter().map(|entry| String::from_utf8_lossy(&entry.path).into_owned()).collect())
    }
}
