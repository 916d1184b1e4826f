//! One script of a run: its place, its variables, how far it is.
//!
//! Must not know: how steps are executed.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use pino_vm::{Table, Value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{events::ScriptName, journal::Place, source::Source};

/// A script that has been started.
pub(crate) struct Script {
    /// Absolute path; identifies it in the run.
    pub(crate) path: PathBuf,
    /// As the request named it (template variable `uri`).
    pub(crate) uri: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The app it belongs to.
    pub(crate) app: PathBuf,
    /// Its name in events.
    pub(crate) name: ScriptName,
    /// Who started it.
    pub(crate) caller: Option<PathBuf>,
    /// Start payload; replaced when the script restarts itself.
    args: Mutex<Value>,
    /// Variables of this run of it.
    pub(crate) local: Table,
    /// Variables that survive its end.
    pub(crate) global: Table,
    /// Cancelled when it or one of its callers is stopped.
    pub(crate) token: CancellationToken,
    /// Milliseconds of the run at which it began.
    pub(crate) began_ms: u64,
    /// The script object (`self`).
    pub(crate) source: Source,
    /// Template variables, made before the first step.
    pub(crate) scope: OnceLock<Table>,
    /// How far it is.
    state: Mutex<State>,
    /// Its part of the journal.
    place: Mutex<Place>,
    ended: watch::Sender<bool>,
}

/// What changes while a script runs.
#[derive(Default)]
pub(crate) struct State {
    /// Where the step at work wants to go.
    pub(crate) jump: Option<Jumped>,
    /// It has run its last step and stays up.
    pub(crate) ready: bool,
    /// Its end has begun.
    pub(crate) ending: bool,
    /// How many steps ran.
    pub(crate) steps: usize,
    /// Result of the last step that ran.
    pub(crate) result: Value,
    /// The port handed out to templates of the step at work.
    pub(crate) port: Option<u16>,
    /// Index of the step at work.
    pub(crate) index: usize,
    /// Ids of the script's steps by index, as written.
    pub(crate) ids: Arc<[Option<String>]>,
}

/// Where a jump goes.
#[derive(Clone, Debug)]
pub(crate) enum Jumped {
    /// To this index.
    To(usize),
    /// To the normal end.
    End,
    /// To the beginning, with this start payload.
    Restart(Value),
}

/// What is needed to make a [`Script`].
pub(crate) struct NewScript {
    pub(crate) path: PathBuf,
    pub(crate) uri: String,
    pub(crate) app: PathBuf,
    pub(crate) name: ScriptName,
    pub(crate) caller: Option<PathBuf>,
    pub(crate) args: Value,
    pub(crate) local: Table,
    pub(crate) global: Table,
    pub(crate) token: CancellationToken,
    pub(crate) began_ms: u64,
}

impl Script {
    pub(crate) fn new(new: NewScript) -> Self {
        let folder = new.path.parent().unwrap_or(Path::new("/")).to_owned();
        Self {
            source: Source::new(&new.path),
            folder,
            path: new.path,
            uri: new.uri,
            app: new.app,
            name: new.name,
            caller: new.caller,
            args: Mutex::new(new.args),
            local: new.local,
            global: new.global,
            token: new.token,
            began_ms: new.began_ms,
            scope: OnceLock::new(),
            state: Mutex::default(),
            place: Mutex::default(),
            ended: watch::Sender::new(false),
        }
    }

    /// Start payload.
    pub(crate) fn args(&self) -> Value {
        self.args.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the start payload.
    pub(crate) fn set_args(&self, args: Value) {
        *self.args.lock().unwrap_or_else(PoisonError::into_inner) = args;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its processes have ended and `exit` has been written.
    pub(crate) fn mark_ended(&self) {
        self.ended.send_replace(true);
    }

    /// Waits for [`Script::mark_ended`].
    pub(crate) async fn wait_ended(&self) {
        // the sender lives in `self`, so this cannot fail
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}
