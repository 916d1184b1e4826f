//! What only the operating system's own interfaces offer.
//!
//! Must not know: shells, groups.

mod exit;
mod pty;
mod spawn;

pub(crate) use exit::{ExitWatch, adopt_orphans, no_child_left, open_pidfd, reap, reap_adopted};
pub(crate) use pty::{Pty, resize};
pub(crate) use spawn::{ChildPlan, spawn};
