//! What lies between two commits, for people.
//!
//! Must not know: the network, the working tree.

use git2::{Delta, DiffOptions, Oid, Patch, Repository};

use crate::{Change, SourceError};

/// Files listed one by one; of further ones only the number is told.
const MOST_FILES: usize = 200;
const MOST_COMMITS: usize = 50;

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CommitLine {
    /// Short number.
    pub id: String,
    /// First line of its message.
    pub summary: String,
    /// Seconds since 1970.
    pub time_secs: i64,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileChange {
    /// Relative path.
    pub path: String,
    /// What happened to it.
    pub change: Change,
    /// Lines that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
}

/// Everything between two commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DiffSummary {
    /// Number of files.
    pub files_changed: usize,
    /// Lines that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
    /// The files, the first 200.
    pub files: Vec<FileChange>,
}

pub(crate) fn diff(repo: &Repository, from: Oid, to: Oid) -> Result<DiffSummary, SourceError> {
    let failed = || SourceError::git("compare commits");
    let tree = |id: Oid| repo.find_commit(id).and_then(|commit| commit.tree());
    let (old, new) = (tree(from).map_err(failed())?, tree(to).map_err(failed())?);
    let mut options = DiffOptions::new();
    options.ignore_submodules(false).context_lines(0);
    let diff = repo.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options)).map_err(failed())?;
    let stats = diff.stats().map_err(failed())?;
    let mut files = Vec::new();
    for (index, delta) in diff.deltas().enumerate().take(MOST_FILES) {
        let path = delta.new_file().path().or(delta.old_file().path());
        let path = path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let change = match delta.status() {
            Delta::Added | Delta::Copied => Change::Added,
            Delta::Deleted => Change::Deleted,
            _ => Change::Modified,
        };
        // a binary file has no lines
        let lines = Patch::from_diff(&diff, index).ok().flatten().and_then(|patch| patch.line_stats().ok());
        let (_, added, removed) = lines.unwrap_or_default();
        files.push(FileChange { path, change, added, removed });
    }
    Ok(DiffSummary {
        files_changed: stats.files_changed(),
        added: stats.insertions(),
        removed: stats.deletions(),
        files,
    })
}

/// Commits reachable from `to` and not from `from`, newest first.
pub(crate) fn commits(repo: &Repository, from: Oid, to: Oid) -> Vec<CommitLine> {
    let walk = || -> Result<Vec<CommitLine>, git2::Error> {
        let mut walk = repo.revwalk()?;
        walk.push(to)?;
        walk.hide(from)?;
        let mut lines = Vec::new();
        for id in walk.take(MOST_COMMITS) {
            let commit = repo.find_commit(id?)?;
            let summary = commit.summary().ok().flatten().unwrap_or_default().to_owned();
            let id = commit.id().to_string()[..10].to_owned();
            lines.push(CommitLine { id, summary, time_secs: commit.time().seconds() });
        }
        Ok(lines)
    };
    // a shallow history may end before the two meet; then the files alone tell
    walk().unwrap_or_default()
}
