//! Going to another commit: forward (update) or back (roll back, pin), without losing what was changed here.
//!
//! Must not know: why.

use std::path::Path;

use git2::Oid;

use crate::{
    Source, SourceError, Watch,
    checkout::{self, Local},
    lfs,
    repository::{self, INSTALLED},
    status, submodules,
};

impl Source {
    /// Brings the files, the branch that is checked out, submodules and large files to a commit that is here already.
    /// Local changes stay; where the commit changes the same file it is an error, unless `overwrite`.
    pub fn go_to(
        &self,
        folder: &Path,
        commit: &str,
        overwrite: bool,
        watch: &Watch<'_>,
    ) -> Result<(), SourceError> {
        let repo = repository::open(folder)?;
        let target = Oid::from_str(commit).map_err(SourceError::git("read a commit's number"))?;
        let object = repo.find_object(target, None).map_err(SourceError::git("find the commit"))?;
        if !overwrite {
            let conflicts = status::conflicts(&repo, &status::local_changes(&repo)?, target)?;
            if !conflicts.is_empty() {
                return Err(SourceError::Conflicts { path: folder.to_owned(), files: conflicts });
            }
        }
        let local = if overwrite { Local::Overwrite } else { Local::Keep };
        checkout::write(&repo, &object, local, watch)?;
        point(&repo, target).map_err(SourceError::git("set HEAD"))?;
        let address = repository::origin(&repo)?;
        submodules::update(self, &repo, &address, watch)?;
        lfs::fill(self, &repo, &address, watch).map(|_pointers_left| ())
    }

    /// The commit is in the repository, so going there needs no network.
    pub fn has_commit(&self, folder: &Path, commit: &str) -> bool {
        let find =
            || repository::open(folder).ok()?.find_commit(Oid::from_str(commit).ok()?).ok().map(|_| ());
        find().is_some()
    }
}

/// A branch follows; without one HEAD stands at the commit itself.
fn point(repo: &git2::Repository, target: Oid) -> Result<(), git2::Error> {
    match repository::branch(repo) {
        Some(branch) => {
            repo.reference(&format!("refs/heads/{branch}"), target, true, "pino")?;
        }
        None => repo.set_head_detached(target)?,
    }
    repo.reference(INSTALLED, target, true, "pino").map(|_| ())
}
