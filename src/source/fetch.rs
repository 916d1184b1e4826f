//! Fetching one branch, tag or commit into a repository, with retries and as little history as the server allows.
//!
//! Must not know: working trees.

use git2::{
    AutotagOption, Direction, ErrorClass, ErrorCode, FetchOptions, Oid, Remote, RemoteCallbacks, Repository,
};

use crate::{Address, Phase, Source, SourceError, Watch, session::Session};

/// What of a repository is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Revision {
    /// The branch the server shows first.
    #[default]
    Default,
    /// A branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// A commit, all 40 digits.
    Commit(String),
    /// A branch, else a tag, else a commit of this name.
    Named(String),
}

/// What has been fetched.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub(crate) commit: Oid,
    /// The branch it is the tip of, when a branch was asked for.
    pub(crate) branch: Option<String>,
}

/// One thing a server offers.
struct Offer {
    name: String,
    id: Oid,
    leads_to: Option<String>,
}

/// What to ask for.
struct Choice {
    refspec: String,
    commit: Oid,
    branch: Option<String>,
    /// The server may refuse commits by number.
    is_bare_commit: bool,
}

/// Fetches; `depth` is the number of commits, all without.
pub(crate) fn fetch(
    source: &Source,
    repo: &Repository,
    address: &Address,
    (revision, depth): (&Revision, Option<u32>),
    watch: &Watch<'_>,
) -> Result<Fetched, SourceError> {
    let real = source.resolve(address)?;
    if let Some(path) = real.local_path()
        && !path.exists()
    {
        let cause = format!("{} does not exist", path.display());
        return Err(SourceError::Unreachable { address: address.shown(), cause });
    }
    // a folder is read directly, and libgit2 knows no shallow way of that
    let depth = depth.filter(|_| real.local_path().is_none());
    source.retrying(&watch.cancel, || {
        watch.check()?;
        let session = Session::new(source, &real, &watch.cancel)?;
        let _entered = session.enter();
        attempt(repo, &real, revision, depth, watch).map_err(|error| match error {
            Attempt::Told(error) => error,
            Attempt::Library(error) => {
                session.take_failure().unwrap_or_else(|| classify(&real, watch, &error))
            }
        })
    })
}

enum Attempt {
    Told(SourceError),
    Library(git2::Error),
}

impl From<git2::Error> for Attempt {
    fn from(error: git2::Error) -> Self {
        Self::Library(error)
    }
}

fn attempt(
    repo: &Repository,
    real: &Address,
    revision: &Revision,
    depth: Option<u32>,
    watch: &Watch<'_>,
) -> Result<Fetched, Attempt> {
    watch.report(Phase::Connect, &real.shown(), (0, 0), 0);
    let mut remote = repo.remote_anonymous(&real.text())?;
    let mut connection = remote.connect_auth(Direction::Fetch, Some(callbacks(watch)), None)?;
    let offers = offers(connection.remote())?;
    let choice = choose(&offers, revision, real).map_err(Attempt::Told)?;
    if is_complete(repo, choice.commit) {
        // an interrupted call had fetched it already
        if let Some((_, name)) = choice.refspec.split_once(':') {
            repo.reference(name, choice.commit, true, "fetch")?;
        }
    } else {
        let fetched = connection.remote().fetch(&[&choice.refspec], Some(&mut options(depth, watch)), None);
        match fetched {
            // many servers give commits only by a name that leads to them
            Err(_) if choice.is_bare_commit && !watch.cancel.is_cancelled() => {
                let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
                drop(connection);
                let mut again = repo.remote_anonymous(&real.text())?;
                again.fetch(&all, Some(&mut options(None, watch)), None)?;
            }
            other => other?,
        }
    }
    let object = repo.find_object(choice.commit, None).map_err(|error| match revision {
        Revision::Commit(name) | Revision::Named(name) if choice.is_bare_commit => {
            Attempt::Told(unknown(&offers, name, real))
        }
        _ => Attempt::Library(error),
    })?;
    let commit = object.peel_to_commit()?.id();
    Ok(Fetched { commit, branch: choice.branch })
}

/// The commit is here, and where its history ends, that end is known as one.
fn is_complete(repo: &Repository, commit: Oid) -> bool {
    let has = |id: Oid| repo.find_commit(id).is_ok();
    repo.find_commit(commit).is_ok_and(|commit| repo.is_shallow() || commit.parent_ids().all(has))
}

fn offers(remote: &Remote<'_>) -> Result<Vec<Offer>, git2::Error> {
    let offer = |head: &git2::RemoteHead<'_>| Offer {
        name: head.name().to_owned(),
        id: head.oid(),
        leads_to: head.symref_target().map(str::to_owned),
    };
    Ok(remote.list()?.iter().map(offer).collect())
}

fn choose(offers: &[Offer], revision: &Revision, address: &Address) -> Result<Choice, SourceError> {
    let find = |name: String| offers.iter().find(|offer| offer.name == name);
    let branch = |name: &str| find(format!("refs/heads/{name}")).map(|offer| of_branch(name, offer.id));
    let tag = |name: &str| {
        let found = find(format!("refs/tags/{name}^{{}}")).or_else(|| find(format!("refs/tags/{name}")))?;
        let refspec = format!("+refs/tags/{name}:refs/tags/{name}");
        Some(Choice { refspec, commit: found.id, branch: None, is_bare_commit: false })
    };
    let commit = |name: &str| {
        let id = Oid::from_str(name).ok().filter(|_| name.len() == 40)?;
        let refspec = format!("+{id}:refs/pino/wanted");
        Some(Choice { refspec, commit: id, branch: None, is_bare_commit: true })
    };
    let missing = |name: &str| unknown(offers, name, address);
    match revision {
        Revision::Default => default_branch(offers, address),
        Revision::Branch(name) => branch(name).ok_or_else(|| missing(name)),
        Revision::Tag(name) => tag(name).ok_or_else(|| missing(name)),
        Revision::Commit(name) => commit(name).ok_or_else(|| missing(name)),
        Revision::Named(name) => {
            branch(name).or_else(|| tag(name)).or_else(|| commit(name)).ok_or_else(|| missing(name))
        }
    }
}

fn of_branch(name: &str, id: Oid) -> Choice {
    let refspec = format!("+refs/heads/{name}:refs/remotes/origin/{name}");
    Choice { refspec, commit: id, branch: Some(name.to_owned()), is_bare_commit: false }
}

/// What HEAD leads to; servers too old to say so: the branch with HEAD's commit, `main` and `master` first.
fn default_branch(offers: &[Offer], address: &Address) -> Result<Choice, SourceError> {
    let empty = || SourceError::Empty { address: address.shown() };
    let branches =
        || offers.iter().filter_map(|offer| Some((offer.name.strip_prefix("refs/heads/")?, offer.id)));
    let Some(head) = offers.iter().find(|offer| offer.name == "HEAD") else {
        let usual =
            branches().find(|(name, _)| matches!(*name, "main" | "master")).or_else(|| branches().next());
        return usual.map(|(name, id)| of_branch(name, id)).ok_or_else(empty);
    };
    let named = head.leads_to.as_deref().and_then(|target| target.strip_prefix("refs/heads/"));
    let same = || branches().filter(|(_, id)| *id == head.id);
    let guessed = same().find(|(name, _)| matches!(*name, "main" | "master")).or_else(|| same().next());
    let name = named.or_else(|| guessed.map(|(name, _)| name)).ok_or_else(empty)?;
    Ok(of_branch(name, head.id))
}

fn unknown(offers: &[Offer], name: &str, address: &Address) -> SourceError {
    const SHOWN: usize = 10;
    let short = |offer: &Offer| {
        let name =
            offer.name.strip_prefix("refs/heads/").or_else(|| offer.name.strip_prefix("refs/tags/"))?;
        (!name.ends_with("^{}")).then(|| name.to_owned())
    };
    let known: Vec<_> = offers.iter().filter_map(short).take(SHOWN).collect();
    let known = if known.is_empty() { "nothing yet".to_owned() } else { known.join(", ") };
    SourceError::NoRevision { address: address.shown(), name: name.to_owned(), known }
}

fn options<'a>(depth: Option<u32>, watch: &'a Watch<'_>) -> FetchOptions<'a> {
    let mut options = FetchOptions::new();
    options.remote_callbacks(callbacks(watch)).download_tags(AutotagOption::None).update_fetchhead(false);
    if let Some(depth) = depth.and_then(|depth| i32::try_from(depth).ok()) {
        options.depth(depth);
    }
    options
}

fn callbacks<'a>(watch: &'a Watch<'_>) -> RemoteCallbacks<'a> {
    let mut callbacks = RemoteCallbacks::new();
    callbacks.transfer_progress(|progress| {
        let bytes = progress.received_bytes() as u64;
        if progress.received_objects() < progress.total_objects() || progress.total_deltas() == 0 {
            let counted = (progress.received_objects() as u64, progress.total_objects() as u64);
            watch.report(Phase::Fetch, "", counted, bytes);
        } else {
            let counted = (progress.indexed_deltas() as u64, progress.total_deltas() as u64);
            watch.report(Phase::Resolve, "", counted, bytes);
        }
        !watch.cancel.is_cancelled()
    });
    callbacks.sideband_progress(|_text| !watch.cancel.is_cancelled());
    callbacks
}

/// What libgit2's own words mean.
fn classify(address: &Address, watch: &Watch<'_>, error: &git2::Error) -> SourceError {
    if watch.cancel.is_cancelled() {
        return SourceError::Cancelled;
    }
    let (address, cause) = (address.shown(), error.message().to_owned());
    match (error.class(), error.code()) {
        (_, ErrorCode::Eof) | (ErrorClass::Net | ErrorClass::Http | ErrorClass::Ssh, _) => {
            SourceError::Interrupted { address, cause }
        }
        (
            ErrorClass::Zlib | ErrorClass::Indexer | ErrorClass::Odb | ErrorClass::Object | ErrorClass::Sha1,
            _,
        ) => SourceError::Damaged { address, cause },
        (ErrorClass::Repository, ErrorCode::NotFound) => SourceError::NotGit { address, kind: cause },
        _ => SourceError::Git { doing: "fetch", cause },
    }
}
