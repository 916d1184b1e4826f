//! Finds the run to go on with, and says why one cannot.
//!
//! Must not know: how a script is put back to its place.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pino_model::Data;
use pino_state::{RunRow, ScriptRow, ScriptState, State, StateError};

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// The database cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// Neither an app nor a run.
    #[error(
        "there is nothing to resume for \"{0}\": no run of such an app was interrupted. `pino runs` lists what ran"
    )]
    Nothing(String),
    /// It came to its end.
    #[error("the run {run} of {script} came to its end; start it again with `pino run {script}`")]
    Ended {
        /// Its name.
        run: String,
        /// Its main script.
        script: String,
    },
    /// Somebody is at work on it.
    #[error("the run {run} is still at work (process {pid}); stop it first")]
    AtWork {
        /// Its name.
        run: String,
        /// Who carries it.
        pid: i64,
    },
    /// A program has no steps to go on with.
    #[error(
        "{script} is a program or was interrupted before its steps were known, so there is no step to go on with; run it again with `pino run {script}`"
    )]
    NoSteps {
        /// Its main script.
        script: String,
    },
    /// The script is gone.
    #[error("{0} does not exist any more; install the app again")]
    Gone(PathBuf),
}

/// What a run goes on with.
#[derive(Clone, Debug)]
pub struct Resumption {
    run: RunRow,
    /// The step its main script goes on with.
    pub position: usize,
    /// Go on even when steps before that one have changed.
    pub force: bool,
    /// Scripts that were not at their end; taken as they begin again.
    pub(super) open: Arc<Mutex<Vec<ScriptRow>>>,
}

/// Finds what to go on with: the newest interrupted run of an app, or a run by the beginning of its name.
pub fn resume(state: &State, target: &str, force: bool) -> Result<Resumption, ResumeError> {
    let run = match state.runs().to_resume(target)? {
        Some(run) => run,
        None => state.runs().find(target)?.ok_or_else(|| ResumeError::Nothing(target.to_owned()))?,
    };
    if !run.can_go_on() {
        let (name, script) = (run.uuid.clone(), run.script.clone());
        let is_at_work = run.state == pino_state::RunState::Running;
        return Err(if is_at_work {
            ResumeError::AtWork { run: name, pid: run.process.pid }
        } else {
            ResumeError::Ended { run: name, script }
        });
    }
    if !Path::new(&run.script).is_file() {
        return Err(ResumeError::Gone(PathBuf::from(&run.script)));
    }
    let scripts = state.scripts().of(&run.uuid)?;
    let main = scripts.first().filter(|main| main.definition.is_some());
    let Some(position) = main.map(|main| main.position as usize) else {
        return Err(ResumeError::NoSteps { script: run.script });
    };
    // one that never came to its steps begins as if it had not been called
    let has_place = |script: &ScriptRow| script.state != ScriptState::Done && script.definition.is_some();
    let open: Vec<_> = scripts.into_iter().filter(has_place).collect();
    Ok(Resumption { run, position, force, open: Arc::new(Mutex::new(open)) })
}

impl Resumption {
    /// Name of the interrupted run.
    pub fn run(&self) -> &str {
        &self.run.uuid
    }

    /// Its main script.
    pub fn script(&self) -> PathBuf {
        PathBuf::from(&self.run.script)
    }

    /// Why it ended.
    pub fn reason(&self) -> Option<&str> {
        self.run.error.as_deref()
    }

    /// Its start payload.
    pub fn input(&self) -> Data {
        let args = serde_json::from_str::<serde_json::Value>(&self.run.args);
        args.map_or_else(|_| Data::default(), Data::from)
    }

    /// The place of a script that begins, when it was interrupted: the main one, or one called by the same step with the same
    /// start payload. Each is taken once.
    pub(super) fn take(&self, path: &str, caller: Option<(&str, usize)>, args: &str) -> Option<ScriptRow> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let path_of = |number: u32| open.iter().find(|row| row.number == number).map(|row| row.path.as_str());
        let fits = |row: &ScriptRow| {
            let called_alike = match (row.caller, caller) {
                (None, None) => true,
                (Some(number), Some((caller, step))) => {
                    path_of(number).is_none_or(|known| known == caller)
                        && row.caller_step == Some(step as u32)
                }
                _ => false,
            };
            row.state != ScriptState::Ready && row.path == path && called_alike && row.args == args
        };
        // the latest one: a script that was called in a loop has many rows
        let at = open.iter().rposition(fits)?;
        // the main script's row stays for its number
        Some(if caller.is_none() { open[at].clone() } else { open.remove(at) })
    }

    /// Scripts this one had started that were up: they have to be up again before it goes on.
    pub(super) fn daemons_of(&self, number: u32) -> Vec<ScriptRow> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (daemons, rest) =
            open.drain(..).partition(|row| row.state == ScriptState::Ready && row.caller == Some(number));
        *open = rest;
        daemons
    }
}
