//! What can go wrong with a repository, each with its next step.
//!
//! Must not know: who reads it. Addresses in messages carry no user, password or query.

use std::{io, path::PathBuf};

/// Failure of a repository operation.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not an address git understands.
    #[error(
        "{text:?} is no repository address: {reason}; write https://host/owner/name.git, git@host:owner/name or a folder"
    )]
    BadAddress {
        /// As given, without secrets.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No answer.
    #[error(
        "{address} cannot be reached: {cause}; check the network and the address, then repeat the command (what has arrived is kept)"
    )]
    Unreachable {
        /// The repository.
        address: String,
        /// In the network library's words.
        cause: String,
    },
    /// The answer broke off.
    #[error("the connection to {address} broke off: {cause}; repeat the command to go on")]
    Interrupted {
        /// The repository.
        address: String,
        /// In the network library's words.
        cause: String,
    },
    /// Nothing came for too long.
    #[error("{address} has sent nothing for {seconds} s; repeat the command to go on")]
    Stalled {
        /// The repository.
        address: String,
        /// The patience that ended.
        seconds: u64,
    },
    /// The server says no.
    #[error("{address} answers {status}: {}", refusal(*.status, *.had_token))]
    Refused {
        /// The repository.
        address: String,
        /// HTTP status.
        status: u16,
        /// A token was sent along.
        had_token: bool,
    },
    /// A page instead of a repository.
    #[error("{address} is no git repository: the server answers with {kind}; check the address in a browser")]
    NotGit {
        /// The address.
        address: String,
        /// What came instead.
        kind: String,
    },
    /// A redirect that is not followed.
    #[error(
        "{address} redirects to {target}, which is refused: {reason}; use the final address directly if you trust it"
    )]
    Redirect {
        /// Where it began.
        address: String,
        /// Where it leads.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// More than is sane or fits.
    #[error("{address} sends more {what} than the {limit} bytes allowed; {next_step}")]
    TooLarge {
        /// The repository.
        address: String,
        /// Kind of data.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What helps.
        next_step: &'static str,
    },
    /// A branch, tag or commit that is not there.
    #[error("{address} has no {name:?}; it has: {known}")]
    NoRevision {
        /// The repository.
        address: String,
        /// What was asked for.
        name: String,
        /// Some of what there is.
        known: String,
    },
    /// Nothing has been committed there yet.
    #[error("{address} is an empty repository; nothing can be cloned from it")]
    Empty {
        /// The repository.
        address: String,
    },
    /// What arrived is damaged.
    #[error(
        "{address} sent damaged data: {cause}; repeat the command, and report it to the server's owner if it stays so"
    )]
    Damaged {
        /// The repository.
        address: String,
        /// In libgit2's words.
        cause: String,
    },
    /// The place is taken.
    #[error("{} exists already; choose another name or remove it first", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// Another process is cloning to the same place.
    #[error("{} is being cloned by another process right now; wait for it to end", path.display())]
    Busy {
        /// The place.
        path: PathBuf,
    },
    /// The folder is no repository.
    #[error("{} is no git repository, so it cannot be updated or rolled back: {cause}", path.display())]
    NotRepository {
        /// The folder.
        path: PathBuf,
        /// In libgit2's words.
        cause: String,
    },
    /// Local changes would be overwritten.
    #[error("{} has local changes in files the other version changes too: {}; save or undo them (`git -C {} stash`), or force it", path.display(), list(files), path.display())]
    Conflicts {
        /// The repository.
        path: PathBuf,
        /// The files.
        files: Vec<String>,
    },
    /// Commits of the user's own.
    #[error("{} has {commits} commits of its own that the remote does not have; merge by hand (`git -C {} pull`), or force it", path.display(), path.display())]
    Diverged {
        /// The repository.
        path: PathBuf,
        /// How many.
        commits: usize,
    },
    /// ssh failed.
    #[error(
        "ssh to {address} failed: {cause}; try `ssh -T {host}` by hand once (unknown host key, missing key?)"
    )]
    Ssh {
        /// The repository.
        address: String,
        /// The host with its user.
        host: String,
        /// ssh's last words.
        cause: String,
    },
    /// A large file could not be fetched.
    #[error("the large file {file} cannot be fetched: {cause}; repeat the command to go on")]
    LargeFile {
        /// Path in the repository.
        file: String,
        /// Why.
        cause: String,
    },
    /// A submodule could not be fetched.
    #[error("submodule {name}: {source}")]
    Submodule {
        /// Its name.
        name: String,
        /// Why.
        source: Box<SourceError>,
    },
    /// The disk said no.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The library failed at something that is neither network nor user.
    #[error("git could not {doing}: {cause}")]
    Git {
        /// What was tried.
        doing: &'static str,
        /// In libgit2's words.
        cause: String,
    },
    /// All attempts failed.
    #[error("{last} ({attempts} attempts)")]
    GaveUp {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        last: Box<SourceError>,
    },
    /// Stopped from outside.
    #[error("stopped; what has arrived is kept, so repeating the command goes on from there")]
    Cancelled,
}

/// What another attempt can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Nothing.
    Never,
    /// Perhaps help.
    Often,
    /// Perhaps help, but not often.
    Once,
}

impl SourceError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| SourceError::File { action, path, source }
    }

    pub(crate) fn git(doing: &'static str) -> impl FnOnce(git2::Error) -> Self {
        move |error| SourceError::Git { doing, cause: error.message().to_owned() }
    }

    pub(crate) fn retry(&self) -> Retry {
        match self {
            SourceError::Interrupted { .. }
            | SourceError::Stalled { .. }
            | SourceError::Refused { status: 408 | 429 | 500..=599, .. } => Retry::Often,
            SourceError::Unreachable { .. } | SourceError::Damaged { .. } => Retry::Once,
            _ => Retry::Never,
        }
    }

    /// Another address of the same repository may do better.
    pub(crate) fn is_of_the_server(&self) -> bool {
        match self {
            SourceError::GaveUp { last, .. } => last.is_of_the_server(),
            SourceError::Refused { .. }
            | SourceError::NotGit { .. }
            | SourceError::Redirect { .. }
            | SourceError::NoRevision { .. }
            | SourceError::Empty { .. }
            | SourceError::Ssh { .. } => true,
            other => other.retry() != Retry::Never,
        }
    }
}

fn refusal(status: u16, had_token: bool) -> &'static str {
    match (status, had_token) {
        (401 | 403 | 404, false) => {
            "no such repository, or a private one; correct the address, or give a token (GITHUB_TOKEN, GITLAB_TOKEN, HF_TOKEN or the home's secrets.json)"
        }
        (401 | 403 | 404, true) => "no such repository, or the token may not read it; check both",
        (408 | 429 | 500..=599, _) => "the server has a problem; repeat the command later",
        _ => "this is not what a git server answers; check the address",
    }
}

fn list(files: &[String]) -> String {
    const SHOWN: usize = 8;
    let text = files.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match files.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
