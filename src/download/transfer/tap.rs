//! What of a growing file is here, for those who read it meanwhile.
//!
//! Must not know: who writes or reads.

use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::ranges::Ranges;

/// Shared between the writer of a file and its readers.
#[derive(Debug)]
pub(crate) struct Tap {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    is_watched: bool,
}

#[derive(Debug, Default)]
struct State {
    ranges: Ranges,
    file: Option<Arc<File>>,
    is_over: bool,
    /// Counts how often the content has started again.
    generation: u64,
}

/// What a reader can do at a position.
#[derive(Debug)]
pub(crate) enum Flow {
    /// Bytes up to this position can be read from the file.
    Ready(Arc<File>, u64),
    /// Wait for the next change.
    Wait,
    /// No more will come.
    Over,
}

impl Default for Tap {
    fn default() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0), is_watched: false }
    }
}

impl Tap {
    /// With readers.
    pub(crate) fn watched() -> Self {
        Self { is_watched: true, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// These bytes are in the file.
    pub(crate) fn wrote(&self, start: u64, end: u64) {
        self.state().ranges.add(start, end);
        self.tell();
    }

    /// The content starts again, or from what an earlier run left.
    pub(crate) fn reset(&self, ranges: Ranges) {
        let mut state = self.state();
        state.ranges = ranges;
        state.generation += 1;
        drop(state);
        self.tell();
    }

    /// The file the bytes are in. Readers get a handle of their own: the writer's has the lock, which must end with the writing.
    pub(crate) fn open(&self, path: &Path) {
        if !self.is_watched {
            return;
        }
        match File::open(path) {
            Ok(file) => self.state().file = Some(Arc::new(file)),
            Err(error) => tracing::warn!(%error, "a growing file cannot be read"),
        }
        self.tell();
    }

    /// Nothing more will be written.
    pub(crate) fn end(&self) {
        self.state().is_over = true;
        self.tell();
    }

    /// What is here.
    pub(crate) fn ranges(&self) -> Ranges {
        self.state().ranges.clone()
    }

    /// What a reader can do, and in which content.
    pub(crate) fn flow(&self, position: u64) -> (Flow, u64) {
        let state = self.state();
        let end = state.ranges.end_of_run(position);
        let flow = match &state.file {
            Some(file) if end > position => Flow::Ready(Arc::clone(file), end),
            _ if state.is_over => Flow::Over,
            _ => Flow::Wait,
        };
        (flow, state.generation)
    }

    /// Wakes at every change after this call.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
