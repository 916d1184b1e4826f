//! Writing files of a commit, all of them or those of a sparse checkout.
//!
//! Must not know: the network.

use std::{fs, path::Path};

use git2::{IndexEntryExtendedFlag, IndexEntryFlag, Object, Repository, build::CheckoutBuilder};

use crate::{Phase, SourceError, Watch};

/// How local changes are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Local {
    /// Files that were changed stay; a conflict is an error.
    Keep,
    /// Everything becomes as in the commit.
    Overwrite,
}

/// Writes the files of a commit. HEAD stays.
pub(crate) fn write(
    repo: &Repository,
    commit: &Object<'_>,
    local: Local,
    watch: &Watch<'_>,
) -> Result<(), SourceError> {
    let sparse = sparse_paths(repo, commit);
    let mut options = CheckoutBuilder::new();
    match local {
        Local::Keep => options.safe().recreate_missing(false),
        Local::Overwrite => options.force().recreate_missing(true),
    };
    for path in &sparse {
        options.path(path.as_str());
    }
    options.disable_pathspec_match(true);
    options.progress(|path, done, total| {
        let name = path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        watch.report(Phase::Checkout, &name, (done as u64, total as u64), 0);
    });
    repo.checkout_tree(commit, Some(&mut options)).map_err(SourceError::git("write the files"))?;
    drop(options);
    if sparse.is_empty() { Ok(()) } else { mark_absent(repo, commit) }
}

/// Remembers which folders are wanted, in git's own files, so that git itself leaves the others alone.
pub(crate) fn make_sparse(repo: &Repository, folders: &[String]) -> Result<(), SourceError> {
    if folders.is_empty() {
        return Ok(());
    }
    let mut config = repo.config().map_err(SourceError::git("open its configuration"))?;
    for name in ["core.sparseCheckout", "core.sparseCheckoutCone"] {
        config.set_bool(name, true).map_err(SourceError::git("write its configuration"))?;
    }
    let lines = folders.iter().map(|folder| format!("/{}/\n", folder.trim_matches('/')));
    let text = format!("/*\n!/*/\n{}", lines.collect::<String>());
    let file = repo.path().join("info/sparse-checkout");
    let write = || {
        fs::create_dir_all(repo.path().join("info"))?;
        fs::write(&file, text)
    };
    write().map_err(SourceError::file("write", &file))
}

/// Paths to write: files at the top and the wanted folders. Empty means everything.
fn sparse_paths(repo: &Repository, commit: &Object<'_>) -> Vec<String> {
    let is_sparse = repo.config().and_then(|config| config.get_bool("core.sparseCheckout")).unwrap_or(false);
    let text = is_sparse.then(|| fs::read_to_string(repo.path().join("info/sparse-checkout")).ok()).flatten();
    let (Some(text), Ok(tree)) = (text, commit.peel_to_tree()) else { return Vec::new() };
    let is_file = |entry: &git2::TreeEntry<'_>| entry.kind() == Some(git2::ObjectType::Blob);
    let files = tree.iter().filter(is_file).filter_map(|entry| entry.name().ok().map(str::to_owned));
    let folders = text.lines().filter(|line| line.starts_with('/') && *line != "/*");
    files.chain(folders.map(|line| line.trim_matches('/').to_owned())).collect()
}

/// Entries whose files were not written are marked, so that they do not count as deleted.
fn mark_absent(repo: &Repository, commit: &Object<'_>) -> Result<(), SourceError> {
    let failed = || SourceError::git("mark files that are left out");
    let Some(root) = repo.workdir().map(Path::to_owned) else { return Ok(()) };
    let mut index = repo.index().map_err(failed())?;
    let tree = commit.peel_to_tree().map_err(failed())?;
    index.read_tree(&tree).map_err(failed())?;
    let entries: Vec<_> = index.iter().collect();
    for mut entry in entries {
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        if fs::symlink_metadata(root.join(path)).is_err() {
            entry.flags |= IndexEntryFlag::EXTENDED.bits();
            entry.flags_extended |= IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
            index.add(&entry).map_err(failed())?;
        }
    }
    index.write().map_err(failed())
}
