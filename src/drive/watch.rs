//! Long work tells how far it is and asks whether to go on.
//!
//! Must not know: who listens.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::DriveError;

/// How far a piece of work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum Progress {
    /// Looking at files.
    Scanning {
        /// Files so far.
        files: u64,
    },
    /// Reading contents.
    Hashing {
        /// Bytes read.
        done_bytes: u64,
        /// Bytes to read.
        total_bytes: u64,
    },
    /// Changing files.
    Working {
        /// Changes made.
        done: usize,
        /// Changes to make.
        total: usize,
    },
}

/// Who listens, and the request to stop.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Called now and then, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set by whoever wants the work to end early.
    pub stop: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Watch<'static> {
    /// Nobody listens and nobody stops.
    pub fn nobody() -> Self {
        Self { progress: &|_| {}, stop: &NEVER }
    }
}

impl Watch<'_> {
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<(), DriveError> {
        if self.is_stopped() { Err(DriveError::Stopped) } else { Ok(()) }
    }

    pub(crate) fn tell(&self, progress: Progress) {
        (self.progress)(progress);
    }
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Watch").field("stop", self.stop).finish_non_exhaustive()
    }
}
