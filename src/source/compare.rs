//! What an update would bring: fetches the newest state and compares, changes nothing.
//!
//! Must not know: how an update is carried out.

use std::path::Path;

use git2::{Oid, Repository};

use crate::{
    CommitLine, DiffSummary, LocalChange, Revision, Source, SourceError, Watch,
    fetch::fetch,
    repository::{self, INSTALLED},
    status, summary,
};

/// How the current commit and the newest one relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// They are the same.
    Same,
    /// The newest one follows the current one.
    FastForward,
    /// The remote has rewritten its history; nothing of the user's is in between.
    Rewritten,
    /// The user has commits of their own.
    Diverged {
        /// How many.
        own: usize,
    },
}

/// What an update would bring.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Comparison {
    /// The commit that is checked out.
    pub current: String,
    /// The one to go to.
    pub target: String,
    /// The branch it is the tip of.
    pub branch: Option<String>,
    /// How the two relate.
    pub relation: Relation,
    /// New commits, newest first, at most 50.
    pub commits: Vec<CommitLine>,
    /// Files that change.
    pub diff: DiffSummary,
    /// What was changed here.
    pub local: Vec<LocalChange>,
    /// Local changes the update would overwrite.
    pub conflicts: Vec<String>,
}

impl Source {
    /// Fetches and compares. Without a revision: the branch that is checked out, else the remote's default branch.
    pub fn compare(
        &self,
        folder: &Path,
        revision: Option<&Revision>,
        watch: &Watch<'_>,
    ) -> Result<Comparison, SourceError> {
        let repo = repository::open(folder)?;
        let address = repository::origin(&repo)?;
        let current = repository::head_commit(&repo).ok_or_else(|| SourceError::NotRepository {
            path: folder.to_owned(),
            cause: "nothing is checked out".to_owned(),
        })?;
        let branch = repository::branch(&repo);
        let revision = match (revision, &branch) {
            (Some(revision), _) => revision.clone(),
            (None, Some(branch)) => Revision::Branch(upstream(&repo, branch)),
            (None, None) => Revision::Default,
        };
        let known = known_tips(&repo, branch.as_deref());
        // a shallow clone stays shallow: the server sends what follows its end
        let fetched = fetch(self, &repo, &address, (&revision, None), watch)?;
        let local = status::local_changes(&repo)?;
        Ok(Comparison {
            current: current.to_string(),
            target: fetched.commit.to_string(),
            relation: relation(&repo, current, fetched.commit, &known),
            commits: summary::commits(&repo, current, fetched.commit),
            diff: summary::diff(&repo, current, fetched.commit)?,
            conflicts: status::conflicts(&repo, &local, fetched.commit)?,
            branch: fetched.branch,
            local,
        })
    }

    /// What lies between two commits that are here already.
    pub fn diff(&self, folder: &Path, from: &str, to: &str) -> Result<DiffSummary, SourceError> {
        let repo = repository::open(folder)?;
        let id = |text: &str| Oid::from_str(text).map_err(SourceError::git("read a commit's number"));
        summary::diff(&repo, id(from)?, id(to)?)
    }
}

/// The remote branch a local one follows.
fn upstream(repo: &Repository, branch: &str) -> String {
    let name = format!("branch.{branch}.merge");
    let merge = repo.config().and_then(|config| config.get_string(&name)).ok();
    merge.as_deref().and_then(|name| name.strip_prefix("refs/heads/")).unwrap_or(branch).to_owned()
}

/// Commits that came from the remote, as far as is known before fetching.
fn known_tips(repo: &Repository, branch: Option<&str>) -> Vec<Oid> {
    let remote = branch.map(|branch| format!("refs/remotes/origin/{}", upstream(repo, branch)));
    let names = [Some(INSTALLED.to_owned()), remote];
    names.into_iter().flatten().filter_map(|name| repo.refname_to_id(&name).ok()).collect()
}

fn relation(repo: &Repository, current: Oid, target: Oid, known: &[Oid]) -> Relation {
    if current == target {
        return Relation::Same;
    }
    if repo.graph_descendant_of(target, current).unwrap_or(false) {
        return Relation::FastForward;
    }
    match own_commits(repo, current, target, known) {
        0 => Relation::Rewritten,
        own => Relation::Diverged { own },
    }
}

/// Commits reachable from here and from nothing that came from the remote.
fn own_commits(repo: &Repository, current: Oid, target: Oid, known: &[Oid]) -> usize {
    const MOST: usize = 1000;
    if known.contains(&current) {
        return 0;
    }
    let count = || -> Result<usize, git2::Error> {
        let mut walk = repo.revwalk()?;
        walk.push(current)?;
        for id in known.iter().chain([&target]) {
            walk.hide(*id)?;
        }
        Ok(walk.take(MOST).count())
    };
    // what cannot be counted is taken for the user's work
    count().unwrap_or(1)
}
