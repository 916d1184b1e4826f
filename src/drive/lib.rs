//! The virtual drive: folders with large data live in one place and are shared between apps through links.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A user's file is never lost: content is copied, compared, and only then does a link take the place of the folder.
//! Every change is noted in a journal first, so that a run that was killed anywhere is completed by the next one.

mod config;
mod copy;
mod drive;
mod error;
mod faults;
mod journal;
mod merge;
mod remote;
mod swap;
#[cfg(test)]
mod tests;

pub use drive::{Drive, LinkNote, LinkRequest, Route};
pub use error::DriveError;
pub use remote::same_repository;
