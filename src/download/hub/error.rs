//! Why the hub did not give what was wanted.
//!
//! Must not know: how errors are shown.

use std::{io, path::PathBuf};

use crate::DownloadError;

/// Failure at the hub. Texts hold no tokens.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A name nobody can have.
    #[error("{name:?} is no {what}")]
    BadName {
        /// As given.
        name: String,
        /// What it should be.
        what: &'static str,
    },
    /// Its owner asks who downloads it.
    #[error(
        "{repo} is gated: accept its conditions at {page}, then set HF_TOKEN to a token of that account (https://huggingface.co/settings/tokens) or log in with hf.login"
    )]
    Gated {
        /// The repository.
        repo: String,
        /// Its page.
        page: String,
    },
    /// Private, or misspelt: the hub does not say which.
    #[error(
        "the hub knows no repository {repo}, or it is private: check the name, or set HF_TOKEN to a token that may read it"
    )]
    NoRepo {
        /// The repository.
        repo: String,
    },
    /// No such branch, tag or commit.
    #[error("{repo} has no revision {revision:?}; leave it out for the newest one")]
    NoRevision {
        /// The repository.
        repo: String,
        /// As given.
        revision: String,
    },
    /// No such file.
    #[error("{repo} has no file {file:?}; check its name on the page of the repository")]
    NoFile {
        /// The repository.
        repo: String,
        /// As given.
        file: String,
    },
    /// The patterns leave nothing.
    #[error("no file of {repo} fits the patterns; check include and exclude")]
    NothingFits {
        /// The repository.
        repo: String,
    },
    /// Nothing in the cache and no network wanted.
    #[error("{repo} is not complete in the cache and HF_HUB_OFFLINE is set; unset it to download")]
    Offline {
        /// The repository.
        repo: String,
    },
    /// An answer that makes no sense.
    #[error("{url} gave an answer that cannot be used: {cause}; try again, and check HF_ENDPOINT")]
    Answer {
        /// Address without secrets.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Nobody has confirmed the code.
    #[error("the login was not confirmed: {cause}; start it again")]
    Login {
        /// What the hub says.
        cause: String,
    },
    /// The cache cannot be used.
    #[error("cannot {action} {}: {source}; check the rights of the cache folder and the space on its disk", path.display())]
    Cache {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The transfer failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
}

impl HubError {
    pub(crate) fn cache(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Cache { action, path, source }
    }

    /// It was stopped from outside.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Download(DownloadError::Cancelled))
    }
}
