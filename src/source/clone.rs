//! Cloning beside the final place, so that a clone is seen complete or not at all.
//!
//! Must not know: what is in the repository.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use git2::{Repository, RepositoryInitOptions};

use crate::{
    Address, Phase, Revision, Source, SourceError, Watch,
    checkout::{self, Local},
    fetch::{Fetched, fetch},
    lfs, repository, submodules,
};

/// What to clone and where.
#[derive(Clone, Debug)]
pub struct CloneRequest {
    /// The repository.
    pub address: Address,
    /// Other addresses of it, tried in order when the first one fails.
    pub mirrors: Vec<Address>,
    /// Final folder; must not exist yet.
    pub target: PathBuf,
    /// What of it.
    pub revision: Revision,
    /// Commits of history; all of them without.
    pub depth: Option<u32>,
    /// Folders to write when not everything is wanted; files at the top are always written.
    pub sparse: Vec<String>,
}

impl CloneRequest {
    /// The newest commit of the default branch with all files.
    pub fn new(address: Address, target: impl Into<PathBuf>) -> Self {
        let target = target.into();
        Self {
            address,
            mirrors: Vec::new(),
            target,
            revision: Revision::Default,
            depth: Some(1),
            sparse: Vec::new(),
        }
    }
}

/// A finished clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloned {
    /// The commit that is checked out.
    pub commit: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Large files that were left as pointers because nobody could fetch them.
    pub pointers_left: usize,
    /// An earlier, interrupted clone was gone on with.
    pub resumed: bool,
}

impl Source {
    /// Clones. Interrupted, it goes on with what is there when it is called again.
    pub fn clone_repository(&self, request: &CloneRequest, watch: &Watch<'_>) -> Result<Cloned, SourceError> {
        if fs::symlink_metadata(&request.target).is_ok() {
            return Err(SourceError::Exists { path: request.target.clone() });
        }
        let folder = request.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(SourceError::file("create", folder))?;
        let partial = partial(&request.target);
        let _lock = lock(&request.target, &partial)?;
        let (repo, resumed) = open_or_make(&partial, &request.address)?;
        let (fetched, address) = self.fetch_from_any(&repo, request, watch)?;
        configure(&repo, &request.address, &fetched)?;
        checkout::make_sparse(&repo, &request.sparse)?;
        set_head(&repo, &fetched, watch)?;
        submodules::update(self, &repo, &address, watch)?;
        let pointers_left = lfs::fill(self, &repo, &address, watch)?;
        drop(repo);
        watch.check()?;
        fs::rename(&partial, &request.target).map_err(SourceError::file("name", &request.target))?;
        Ok(Cloned { commit: fetched.commit.to_string(), branch: fetched.branch, pointers_left, resumed })
    }

    fn fetch_from_any(
        &self,
        repo: &Repository,
        request: &CloneRequest,
        watch: &Watch<'_>,
    ) -> Result<(Fetched, Address), SourceError> {
        let what = (&request.revision, request.depth);
        let mut first = None;
        for address in std::iter::once(&request.address).chain(&request.mirrors) {
            match fetch(self, repo, address, what, watch) {
                Ok(fetched) => return Ok((fetched, address.clone())),
                Err(error) if error.is_of_the_server() => {
                    tracing::warn!(%error, "this address of the repository does not work");
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or(SourceError::Cancelled))
    }

    /// Removes what an interrupted clone to this place has left.
    pub fn discard_partial(&self, target: &Path) -> Result<(), SourceError> {
        let partial = partial(target);
        let _lock = lock(target, &partial)?;
        remove(&partial)
    }
}

/// Where a clone grows: a hidden folder beside its final place.
fn partial(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.partial"))
}

/// Keeps other processes away while it lives; its file goes with it.
struct Lock {
    file: PathBuf,
    _held: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // still held: nobody else can have taken it meanwhile
        let _ = fs::remove_file(&self.file);
    }
}

fn lock(target: &Path, partial: &Path) -> Result<Lock, SourceError> {
    let path = partial.with_extension("partial.lock");
    let busy = || SourceError::Busy { path: target.to_owned() };
    let file = File::create(&path).map_err(SourceError::file("create", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(busy()),
        Err(TryLockError::Error(error)) => return Err(SourceError::file("lock", &path)(error)),
    }
    // the holder before us may have removed the name between our two calls
    if !path.exists() {
        return Err(busy());
    }
    Ok(Lock { file: path, _held: file })
}

fn remove(folder: &Path) -> Result<(), SourceError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SourceError::file("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// An interrupted clone of the same repository is used again; anything else there is ours to replace.
fn open_or_make(partial: &Path, address: &Address) -> Result<(Repository, bool), SourceError> {
    if let Ok(repo) = repository::open(partial)
        && repository::origin(&repo).is_ok_and(|known| known == *address || known.text() == address.text())
    {
        remove_stale_locks(&repo);
        return Ok((repo, true));
    }
    remove(partial)?;
    let mut options = RepositoryInitOptions::new();
    options.external_template(false).no_reinit(true);
    let repo = Repository::init_opts(partial, &options).map_err(SourceError::git("make a repository"))?;
    let mut config = repo.config().map_err(SourceError::git("open its configuration"))?;
    config
        .set_str("remote.origin.url", &address.text())
        .map_err(SourceError::git("write its configuration"))?;
    Ok((repo, false))
}

/// A killed process leaves lock files of git; our own lock says that nobody is at work here.
fn remove_stale_locks(repo: &Repository) {
    let mut folders = vec![repo.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && name != "objects" {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "lock") {
                // what stays is told by git itself when it is in the way
                let _ = fs::remove_file(path);
            }
        }
    }
    // packs that were being written
    for entry in fs::read_dir(repo.path().join("objects/pack")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("pack_") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What `git pull` in a script needs later.
fn configure(repo: &Repository, address: &Address, fetched: &Fetched) -> Result<(), SourceError> {
    let write = || -> Result<(), git2::Error> {
        let mut config = repo.config()?;
        config.set_str("remote.origin.url", &address.text())?;
        let Some(branch) = &fetched.branch else {
            return config.set_str("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
        };
        config
            .set_str("remote.origin.fetch", &format!("+refs/heads/{branch}:refs/remotes/origin/{branch}"))?;
        config.set_str(&format!("branch.{branch}.remote"), "origin")?;
        config.set_str(&format!("branch.{branch}.merge"), &format!("refs/heads/{branch}"))?;
        let target = format!("refs/remotes/origin/{branch}");
        repo.reference_symbolic("refs/remotes/origin/HEAD", &target, true, "clone").map(|_| ())
    };
    write().map_err(SourceError::git("write its configuration"))
}

fn set_head(repo: &Repository, fetched: &Fetched, watch: &Watch<'_>) -> Result<(), SourceError> {
    watch.report(Phase::Checkout, "", (0, 0), 0);
    let object = repo.find_object(fetched.commit, None).map_err(SourceError::git("find the commit"))?;
    checkout::write(repo, &object, Local::Overwrite, watch)?;
    let point = || -> Result<(), git2::Error> {
        repo.reference(repository::INSTALLED, fetched.commit, true, "clone")?;
        match &fetched.branch {
            Some(branch) => {
                let name = format!("refs/heads/{branch}");
                repo.reference(&name, fetched.commit, true, "clone")?;
                repo.set_head(&name)
            }
            None => repo.set_head_detached(fetched.commit),
        }
    };
    point().map_err(SourceError::git("set HEAD"))
}
