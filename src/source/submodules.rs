//! Submodules: each is a repository of its own inside the app, fetched like any other (address rules and tokens included).
//!
//! Must not know: what they hold.

use git2::{Repository, Submodule};

use crate::{
    Address, Phase, Revision, Source, SourceError, Watch,
    checkout::{self, Local},
    fetch::fetch,
    lfs,
};

/// Submodules inside submodules are followed this deep.
const DEEPEST: usize = 8;

/// Brings all submodules to the commits the repository names. `address` is where the repository came from.
pub(crate) fn update(
    source: &Source,
    repo: &Repository,
    address: &Address,
    watch: &Watch<'_>,
) -> Result<(), SourceError> {
    update_below(source, repo, address, watch, 0)
}

fn update_below(
    source: &Source,
    repo: &Repository,
    address: &Address,
    watch: &Watch<'_>,
    depth: usize,
) -> Result<(), SourceError> {
    let submodules = repo.submodules().map_err(SourceError::git("read .gitmodules"))?;
    for mut submodule in submodules {
        watch.check()?;
        let name = String::from_utf8_lossy(submodule.name_bytes()).into_owned();
        let named = |source: SourceError| match source {
            SourceError::Cancelled => SourceError::Cancelled,
            other => SourceError::Submodule { name: name.clone(), source: Box::new(other) },
        };
        // an entry of .gitmodules without a commit in the tree is nothing to fetch
        let Some(commit) = submodule.head_id() else { continue };
        let was_absent = repo.workdir().is_some_and(|root| !root.join(submodule.path()).exists());
        if was_absent && is_sparse(repo) {
            continue;
        }
        watch.report(Phase::Submodule, &name, (0, 0), 0);
        let url = submodule.url().ok().flatten().unwrap_or_default().to_owned();
        let child_address = child_address(address, &url).map_err(named)?;
        let child = bring(source, &mut submodule, (commit, &child_address), watch).map_err(named)?;
        if depth < DEEPEST {
            update_below(source, &child, &child_address, watch, depth + 1).map_err(named)?;
        }
    }
    Ok(())
}

fn is_sparse(repo: &Repository) -> bool {
    repo.config().and_then(|config| config.get_bool("core.sparseCheckout")).unwrap_or(false)
}

fn child_address(parent: &Address, url: &str) -> Result<Address, SourceError> {
    if url.starts_with("./") || url.starts_with("../") {
        return parent.join(url);
    }
    let child = Address::parse(url)?;
    if child.local_path().is_some() && parent.local_path().is_none() {
        let reason = "a repository from the network must not name a folder of this machine as its submodule";
        return Err(SourceError::BadAddress { text: url.to_owned(), reason });
    }
    Ok(child)
}

fn bring(
    source: &Source,
    submodule: &mut Submodule<'_>,
    (commit, address): (git2::Oid, &Address),
    watch: &Watch<'_>,
) -> Result<Repository, SourceError> {
    submodule.init(true).map_err(SourceError::git("set up a submodule"))?;
    let child = match submodule.open() {
        Ok(child) => child,
        Err(_) => submodule.repo_init(true).map_err(SourceError::git("make the submodule's repository"))?,
    };
    let wanted = Revision::Commit(commit.to_string());
    if child.find_commit(commit).is_err() {
        fetch(source, &child, address, (&wanted, Some(1)), watch)?;
    }
    // what a person changed in an existing one is kept, or is a conflict
    let is_new = crate::repository::head_commit(&child).is_none();
    let object = child.find_object(commit, None).map_err(SourceError::git("find the submodule's commit"))?;
    let local = if is_new { Local::Overwrite } else { Local::Keep };
    checkout::write(&child, &object, local, watch)?;
    child.set_head_detached(commit).map_err(SourceError::git("set the submodule's HEAD"))?;
    lfs::fill(source, &child, address, watch)?;
    drop(object);
    Ok(child)
}
