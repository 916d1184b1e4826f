//! States of apps in the home's database, for lists, history and those who install: written on a thread of its own.
//!
//! Must not know: what a state means. The record of an app counts; a database that cannot be written costs its history only.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use pino_model::AppState;
use pino_state::{Alert, Level, State, StateError};

/// What is written.
enum Entry {
    State { app: String, to: AppState, reason: Option<String> },
    GivenUp { app: String, reason: String },
}

/// Writes to the database.
pub(crate) struct Ledger {
    state: State,
    entries: Mutex<Option<Sender<Entry>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Starts the thread; `None` when the system gives none.
    pub(crate) fn new(state: State) -> Option<Self> {
        let (entries, written) = channel();
        let own = state.clone();
        let thread =
            thread::Builder::new().name("ledger".into()).spawn(move || write_all(&own, &written)).ok()?;
        Some(Self { state, entries: Mutex::new(Some(entries)), thread: Mutex::new(Some(thread)) })
    }

    /// The database, for the journals of runs.
    pub(crate) fn database(&self) -> &State {
        &self.state
    }

    /// An app has come into this state.
    pub(crate) fn state(&self, app: &str, to: AppState, reason: Option<&str>) {
        self.send(Entry::State { app: app.to_owned(), to, reason: reason.map(str::to_owned) });
    }

    /// An app is not started again any more.
    pub(crate) fn given_up(&self, app: &str, reason: &str) {
        self.send(Entry::GivenUp { app: app.to_owned(), reason: reason.to_owned() });
    }

    fn send(&self, entry: Entry) {
        if let Some(entries) = self.entries.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // the thread lives as long as the sender
            let _ = entries.send(entry);
        }
    }

    /// Waits until everything is written. Nothing is written afterwards.
    pub(crate) fn close(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // a panic there has been reported by the thread itself
            let _ = thread.join();
        }
    }
}

fn write_all(state: &State, entries: &Receiver<Entry>) {
    for entry in entries {
        let written = match &entry {
            Entry::State { app, to, reason } => write_state(state, app, *to, reason.as_deref()),
            Entry::GivenUp { app, reason } => write_alert(state, app, reason),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the database of the home does not know how an app stands");
        }
    }
}

fn write_state(state: &State, app: &str, to: AppState, reason: Option<&str>) -> Result<(), StateError> {
    let known = match state.apps().find(app)? {
        Some(known) => known,
        None => state.apps().add(app, AppState::Installed)?,
    };
    if known.state() == to {
        return Ok(());
    }
    let reason = reason.filter(|_| to == AppState::Error);
    // an app that has ended has run, even where the database was not there to see it
    let has_ended = to == AppState::Stopped && known.state() == AppState::Installed;
    let known = if has_ended { known.become_now(state, AppState::Running, None)? } else { known };
    known.become_now(state, to, reason).map(|_| ())
}

fn write_alert(state: &State, app: &str, reason: &str) -> Result<(), StateError> {
    let alert = Alert {
        app: app.to_owned(),
        rule: "given-up".to_owned(),
        level: Level::Error,
        message: format!("{app} is not started again: {reason}; `pino logs {app}` shows what it printed"),
    };
    state.alerts().raise(alert).map(|_| ())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn states_reach_the_database_by_legal_ways() {
        let scratch = tempfile::tempdir().unwrap();
        let state = State::open(&pino_state::database_path(scratch.path())).unwrap();
        let ledger = Ledger::new(state.clone()).unwrap();
        ledger.state("a", AppState::Stopped, None);
        ledger.state("a", AppState::Running, None);
        ledger.state("a", AppState::Error, Some("it broke"));
        ledger.given_up("a", "it broke");
        ledger.close();
        assert_eq!(state.apps().get("a").unwrap().state(), AppState::Error);
        assert_eq!(state.alerts().open().unwrap().len(), 1);
    }
}
