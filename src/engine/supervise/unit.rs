//! One app under supervision: what is known about it, and who waits for it to change.
//!
//! Must not know: why it changes; that is `life`.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pino_model::{AppState, AppStatus, Health, Phase};
use pino_process::{ProcessGroup, Restarts};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{record::Record, running::Running};

/// An app.
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// Whoever starts or stops it holds this: one at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
    state: Mutex<UnitState>,
    changed: watch::Sender<u64>,
}

/// What changes.
#[derive(Default)]
pub(crate) struct UnitState {
    pub(crate) record: Record,
    pub(crate) phase: Phase,
    pub(crate) live: Live,
    pub(crate) health: Option<Health>,
    /// Somebody asked for its end.
    pub(crate) asked: bool,
    /// Failure that ended it although its processes did not (its health).
    pub(crate) forced: Option<String>,
    pub(crate) restarts: Option<Restarts>,
    /// The state that was told last.
    pub(crate) told: Option<AppState>,
}

/// What there is of it at the moment.
#[derive(Clone, Default)]
pub(crate) enum Live {
    /// Nothing.
    #[default]
    None,
    /// A run of ours.
    Run(Arc<Running>),
    /// Processes of a run that an earlier server began.
    Adopted(ProcessGroup),
    /// A start to come; cancelled when it shall not.
    Waiting(CancellationToken),
}

impl Unit {
    pub(crate) fn new(name: &str, folder: PathBuf, record: Option<Record>) -> Self {
        let state = UnitState { record: record.unwrap_or_default(), ..UnitState::default() };
        Self {
            name: name.to_owned(),
            folder,
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, UnitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever waits looks again.
    pub(crate) fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Waits until `test` holds.
    pub(crate) async fn wait_for<T>(&self, mut test: impl FnMut(&UnitState) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = test(&self.state()) {
                return found;
            }
            if changes.changed().await.is_err() {
                // the sender lives in `self`, so this cannot be
                std::future::pending::<()>().await;
            }
        }
    }

    /// The group of its processes, while it has any.
    pub(crate) fn group(&self) -> Option<ProcessGroup> {
        match &self.state().live {
            Live::Run(running) => Some(running.group.clone()),
            Live::Adopted(group) => Some(group.clone()),
            Live::None | Live::Waiting(_) => None,
        }
    }

    pub(crate) fn status(&self) -> AppStatus {
        let pids =
            self.group().map(|group| group.shells().iter().map(pino_process::ShellHandle::pid).collect());
        let state = self.state();
        let record = &state.record;
        let is_up = matches!(state.live, Live::Run(_) | Live::Adopted(_));
        AppStatus {
            name: self.name.clone(),
            state: if is_up { AppState::Running } else { record.state },
            phase: state.phase,
            script: record.script.clone(),
            run: record.run.clone(),
            url: record.url.clone().filter(|_| is_up),
            pids: pids.unwrap_or_default(),
            started_at_ms: record.started_at_ms,
            ready_at_ms: record.ready_at_ms,
            ended_at_ms: record.ended_at_ms,
            exit: record.exit,
            restarts: record.restarts,
            reason: record.reason.clone(),
            health: state.health,
            adopted: matches!(state.live, Live::Adopted(_)),
        }
    }
}

impl UnitState {
    /// Nothing of it runs and nothing is to come.
    pub(crate) fn is_down(&self) -> bool {
        matches!(self.live, Live::None)
    }
}

/// What a list shows of an app that is not under supervision.
pub(crate) fn resting_status(name: &str, record: Option<Record>) -> AppStatus {
    Unit::new(name, PathBuf::new(), record).status()
}
