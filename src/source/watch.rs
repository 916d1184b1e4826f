//! Who watches an operation: progress, cancelling, and the way large files come.
//!
//! Must not know: what is done.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::lfs::LfsFetch;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Asking the server what it has.
    Connect,
    /// Objects arrive; counted in objects.
    Fetch,
    /// Deltas are resolved; counted in deltas.
    Resolve,
    /// Files are written; counted in files.
    Checkout,
    /// A submodule begins.
    Submodule,
    /// Large files arrive; counted in files.
    LargeFiles,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Of what: a submodule's or file's name, else empty.
    pub name: String,
    /// Done so far.
    pub done: u64,
    /// Of so many; 0 while unknown.
    pub total: u64,
    /// Bytes that have arrived in this phase.
    pub bytes: u64,
}

/// Watches an operation.
pub struct Watch<'a> {
    /// Ends it early.
    pub cancel: CancellationToken,
    /// Gets reports, at most ten a second and the last one of each phase.
    pub on_progress: &'a (dyn Fn(&Progress) + Send + Sync),
    /// Fetches large files; without it pointer files stay as they are.
    pub large_files: Option<&'a LfsFetch<'a>>,
    pub(crate) last: Mutex<Option<(Phase, Instant)>>,
}

const INTERVAL: Duration = Duration::from_millis(100);

impl<'a> Watch<'a> {
    /// A watch.
    pub fn new(cancel: CancellationToken, on_progress: &'a (dyn Fn(&Progress) + Send + Sync)) -> Self {
        Self { cancel, on_progress, large_files: None, last: Mutex::new(None) }
    }

    /// With a way to fetch large files.
    #[must_use]
    pub fn with_large_files(mut self, fetch: &'a LfsFetch<'a>) -> Self {
        self.large_files = Some(fetch);
        self
    }

    pub(crate) fn report(&self, phase: Phase, name: &str, (done, total): (u64, u64), bytes: u64) {
        let is_end = total > 0 && done >= total;
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_due = last.is_none_or(|(known, at)| known != phase || at.elapsed() >= INTERVAL);
        if is_due || is_end {
            *last = Some((phase, Instant::now()));
            drop(last);
            (self.on_progress)(&Progress { phase, name: name.to_owned(), done, total, bytes });
        }
    }

    pub(crate) fn check(&self) -> Result<(), crate::SourceError> {
        if self.cancel.is_cancelled() { Err(crate::SourceError::Cancelled) } else { Ok(()) }
    }
}
