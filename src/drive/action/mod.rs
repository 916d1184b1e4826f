//! The changes operations are made of. Each can be run, recovered after a kill at any point, and inverted.
//!
//! Must not know: why something is changed, nor the journal.

mod fold;
mod link;
mod relocate;
mod replace;
mod restore;
mod site;
mod store_entry;
mod trash;

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    fold::{FolderLink, Member, Unfold},
    link::{Copy, Link, RemoveCopy, RemoveLink},
    relocate::Relocate,
    replace::Replace,
    restore::Restore,
    site::Site,
    store_entry::StoreEntry,
    trash::Purge,
};
use crate::{DriveError, text_path::TextPath};

/// How two equal files share their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Two files with shared blocks; each may change without the other.
    Reflink,
    /// Two names of one file, read-only.
    HardLink,
    /// A link to the store, where the file systems differ.
    Symlink,
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done.
    Done {
        /// How bytes are shared now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Way>,
        /// The file that is there now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ino: Option<u64>,
    },
    /// Nothing was changed, on purpose.
    Skipped {
        /// Why.
        why: String,
    },
    /// Nothing was changed: the program ended before, or was asked to stop.
    Interrupted,
    /// Nothing was changed, because it did not work.
    Failed {
        /// Why.
        why: String,
    },
}

impl Outcome {
    pub(crate) fn done() -> Self {
        Self::Done { way: None, ino: None }
    }

    pub(crate) fn skipped(why: &str) -> Self {
        Self::Skipped { why: why.to_owned() }
    }

    /// It was meant to work and did not.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// It was not tried to its end: the same operation again may do it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Interrupted)
    }

    /// Something is different now.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

/// Said when neither reflinks nor hard links work: the caller may try symbolic links.
pub(crate) const NO_WAY: &str = "this file system shares no bytes between files";

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(crate) enum Action {
    Replace(Replace),
    Restore(Restore),
    StoreEntry(StoreEntry),
    Relocate(Relocate),
    Purge(Purge),
    Link(Link),
    RemoveLink(RemoveLink),
    Copy(Copy),
    RemoveCopy(RemoveCopy),
    FolderLink(FolderLink),
    Unfold(Unfold),
}

impl Action {
    /// Does it. An error means that nothing was changed, or that `recover` has to look.
    pub(crate) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        match self {
            Self::Replace(action) => action.run(site),
            Self::Restore(action) => action.run(site),
            Self::StoreEntry(action) => action.run(site),
            Self::Relocate(action) => action.run(site),
            Self::Purge(action) => action.run(),
            Self::Link(action) => action.run(),
            Self::RemoveLink(action) => action.run(),
            Self::Copy(action) => action.run(site),
            Self::RemoveCopy(action) => action.run(),
            // done by `fs.link` itself, which has notes of its own
            Self::FolderLink(_) => Ok(Outcome::skipped("only fs.link does this")),
            Self::Unfold(action) => action.run(site),
        }
    }

    /// After a kill: removes what is half done, completes what has to be, says which it was.
    pub(crate) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        match self {
            Self::Replace(action) => action.recover(site),
            Self::Restore(action) => action.recover(site),
            Self::StoreEntry(action) => action.recover(site),
            Self::Relocate(action) => action.recover(site),
            Self::Purge(action) => action.run(),
            Self::Link(action) => Ok(action.recover()),
            Self::RemoveLink(action) => Ok(action.recover()),
            Self::Copy(action) => action.recover(site),
            Self::RemoveCopy(action) => Ok(action.recover()),
            Self::FolderLink(action) => Ok(action.recover()),
            Self::Unfold(action) => action.recover(site),
        }
    }

    /// What takes it back; nothing when it left nothing, or nothing that can be taken back.
    pub(crate) fn inverse(&self, outcome: &Outcome) -> Option<Action> {
        let Outcome::Done { way, .. } = outcome else { return None };
        match self {
            Self::Replace(action) => Some(Self::Restore(action.inverse((*way)?))),
            Self::Restore(_) | Self::StoreEntry(_) | Self::Purge(_) | Self::Unfold(_) => None,
            Self::Relocate(action) => Some(Self::Relocate(action.inverse())),
            Self::Link(action) => Some(Self::RemoveLink(action.inverse())),
            Self::RemoveLink(action) => Some(Self::Link(action.inverse())),
            Self::Copy(action) => Some(Self::RemoveCopy(action.inverse())),
            Self::RemoveCopy(action) => Some(Self::Copy(action.inverse())),
            Self::FolderLink(action) => Some(Self::Unfold(action.inverse())),
        }
    }

    /// For people and programs: what, where, and what it has to do with.
    pub(crate) fn describe(&self) -> (&'static str, &TextPath, Option<&TextPath>) {
        match self {
            Self::Replace(action) => ("share", &action.path, Some(&action.keeper)),
            Self::Restore(action) => ("give-own-copy", &action.path, Some(&action.keeper)),
            Self::StoreEntry(action) => ("keep-in-store", &action.from, Some(&action.path)),
            Self::Relocate(action) => ("move", &action.from, Some(&action.to)),
            Self::Purge(action) => ("delete", &action.path, None),
            Self::Link(action) => ("link", &action.path, Some(&action.target)),
            Self::RemoveLink(action) => ("remove-link", &action.path, Some(&action.target)),
            Self::Copy(action) => ("copy", &action.from, Some(&action.path)),
            Self::RemoveCopy(action) => ("remove-copy", &action.path, Some(&action.from)),
            Self::FolderLink(action) => ("link-folder", &action.folder, Some(&action.store)),
            Self::Unfold(action) => ("unlink-folder", &action.folder, Some(&action.store)),
        }
    }
}
