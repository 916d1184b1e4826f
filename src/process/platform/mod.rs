//! What only the operating system's own interfaces offer.
//!
//! Must not know: shells, groups.

mod exit;
mod pty;
mod signals;
mod spawn;

pub(crate) use exit::{ExitWatch, adopt_orphans, no_child_left, open_pidfd, reap, reap_adopted, reap_any};
pub(crate) use pty::{Pty, resize};
pub(crate) use signals::{asks_to_end, signals_as_descriptor, usage_of_ended};
pub(crate) use spawn::{ChildPlan, spawn};
