//! The virtual drive: folders with large data live in one place and are shared between apps through links; equal models
//! share their bytes.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A user's file is never lost: content is compared before anything changes, and the old file keeps a name until the new one
//! is in place. Every change is noted in a journal first, so that a run that was killed anywhere is completed or cleaned up by
//! the next one, and most can be taken back.

mod action;
mod config;
mod copy;
mod dedupe;
mod disk;
mod drive;
mod equal;
mod error;
mod faults;
mod gc;
mod hash;
mod health;
mod import;
mod in_use;
mod index;
mod journal;
mod layout;
mod lock;
mod merge;
mod operate;
mod pending;
mod remote;
mod removal;
mod scan;
mod space;
mod stat;
mod status;
mod store;
mod swap;
#[cfg(test)]
mod tests;
mod text_path;
mod undo;
mod verify;
mod watch;

pub use action::{Outcome, Way};
pub use dedupe::{DedupePlan, DedupeReport, SharedGroup};
pub use drive::{Drive, LinkNote, LinkRequest, Route};
pub use error::DriveError;
pub use gc::{GcPlan, GcReport, Unneeded};
pub use health::{Health, LinkHealth, LinksReport};
pub use import::ImportPlan;
pub use journal::Kind;
pub use layout::{Class, Owner};
pub use operate::{Part, Report};
pub use remote::same_repository;
pub use removal::Removal;
pub use scan::Problem;
pub use status::{Bytes, LookAlike, OwnerSpace, SafeToDelete, Status, StoreSpace, StoreUse};
pub use store::{Scope, Store};
pub use text_path::TextPath;
pub use undo::{Entry, UndoPlan};
pub use verify::{Damage, VerifyReport};
pub use watch::{Progress, Watch};

/// BLAKE3 of a file, on all cores; for whoever wants to compare files as the drive does.
pub fn blake3_of(path: &std::path::Path) -> std::io::Result<String> {
    let never = std::sync::atomic::AtomicBool::new(false);
    match hash::whole(path, &never)? {
        hash::Hashed::Stable(hash, _) => Ok(hash.to_hex().to_string()),
        hash::Hashed::Changing => Err(std::io::Error::other("it changes while it is read")),
    }
}
