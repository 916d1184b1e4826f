//! Writes down what a run does: off the hot path, in batches, so that an interrupted run can go on.
//!
//! Must not know: how steps are executed; the step loop tells.

mod definition;
mod launcher;
mod place;
pub(crate) mod restore;
mod resume;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use pino_model::{Event, ExitStatus};
use pino_state::{
    Batch, NewRun, NewScript, ProcessMark, Redactor, RunEnd, RunState, ScriptState, State, StateError,
    StepRow, StepState, database_path, now_ms,
};
use pino_vm::Value;

use crate::{events::Events, program::Program, script::Script};

pub(crate) use place::Place;
pub use resume::{ResumeError, Resumption, resume};

/// Steps that may wait for others before they are written.
const MAX_WAITING_STEPS: usize = 256;
/// How long a step may wait for others.
const MAX_WAIT: Duration = Duration::from_millis(50);

/// Where a run is written down.
#[derive(Clone, Debug, Default)]
pub enum Journalling {
    /// In the database of its home, opened when the first steps are written.
    #[default]
    Home,
    /// In a database that is open already.
    Shared(State),
    /// Nowhere.
    Off,
}

/// The journal of one run.
pub(crate) struct Journal {
    run: Arc<str>,
    events: Arc<Events>,
    state: OnceLock<State>,
    numbers: AtomicU32,
    sequences: AtomicU32,
    /// Nothing more is written: it is off, or the disk has refused.
    silent: Arc<AtomicBool>,
    /// The run's end has begun: daemons that are stopped now are to be started again on resuming.
    ending: AtomicBool,
    waiting: Mutex<Waiting>,
    resumption: Option<Resumption>,
}

/// News that are not with the writer yet.
struct Waiting {
    batch: Batch,
    since: Instant,
    error: Option<String>,
}

/// What begins.
pub(crate) struct Beginning<'a> {
    pub(crate) home: &'a Path,
    pub(crate) app: Option<String>,
    pub(crate) app_folder: &'a Path,
    pub(crate) script: &'a Path,
    pub(crate) args: &'a Value,
}

impl Journal {
    pub(crate) fn new(
        run: &str,
        events: Arc<Events>,
        to: Journalling,
        resumption: Option<Resumption>,
    ) -> Self {
        let run: Arc<str> = run.into();
        let state = match &to {
            Journalling::Shared(state) => OnceLock::from(state.clone()),
            Journalling::Home | Journalling::Off => OnceLock::new(),
        };
        let batch = Batch { run: Arc::clone(&run), ..Batch::default() };
        Self {
            run,
            events,
            state,
            numbers: AtomicU32::new(0),
            sequences: AtomicU32::new(0),
            silent: Arc::new(AtomicBool::new(matches!(to, Journalling::Off))),
            ending: AtomicBool::new(false),
            waiting: Mutex::new(Waiting { batch, since: Instant::now(), error: None }),
            resumption,
        }
    }

    fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run begins. The database is opened by the writer's thread.
    pub(crate) fn run_begins(&self, beginning: &Beginning<'_>) {
        if self.is_silent() {
            return;
        }
        if self.state.get().is_none() {
            match State::lazy(&database_path(beginning.home)) {
                // set once: a run begins once
                Ok(state) => drop(self.state.set(state)),
                Err(error) => return trouble(&self.silent, &self.events, &error),
            }
        }
        self.waiting().batch.begin = Some(NewRun {
            uuid: self.run.to_string(),
            app: beginning.app.clone(),
            script: beginning.script.to_string_lossy().into_owned(),
            args: place::json(beginning.args),
            launcher_commit: launcher::commit(beginning.app_folder),
            resumes: self.resumption.as_ref().map(|resumption| resumption.run().to_owned()),
            process: ProcessMark::own(),
            started_at_ms: now_ms(),
        });
    }

    /// A script begins.
    pub(crate) fn script_begins(&self, script: &Script, caller: Option<&Script>) {
        if self.is_silent() {
            return;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        script.place().number = Some(number);
        let caller = caller.and_then(|caller| Some((caller.place().number?, caller.state().index as u32)));
        let path = script.path.to_string_lossy().into_owned();
        let args = place::json(&script.args());
        self.waiting().batch.scripts.push(NewScript { number, path, uri: script.uri.clone(), caller, args });
        self.send(&mut self.waiting());
    }

    /// Its steps are known.
    pub(crate) fn script_is_loaded(&self, script: &Script, program: &Program) {
        let Some(number) = script.place().number.filter(|_| !self.is_silent()) else { return };
        let definition = definition::of(program).to_json();
        let source = definition::source_hash(&script.path);
        self.waiting().batch.definitions.push((number, source, definition));
    }

    /// A step is about to be called. One that may touch anything is written before it does.
    pub(crate) fn step_begins(
        &self,
        script: &Script,
        index: usize,
        method: Option<&str>,
        params: &Value,
        input: &Value,
    ) {
        if self.is_silent() {
            return;
        }
        let sequence = self.sequences.fetch_add(1, Ordering::Relaxed);
        let mut place = script.place();
        let began_ms = self.events.now_ms();
        let step = place.open_step(sequence, index, method, params, began_ms);
        if !step.touches {
            return;
        }
        let row = step.row(StepState::Running, None, None);
        let snapshot = place.snapshot(script, index, input);
        let mut waiting = self.waiting();
        waiting.batch.steps.extend(row);
        place::add(&mut waiting.batch, snapshot);
        self.send(&mut waiting);
    }

    /// A shell of the step at work has ended.
    pub(crate) fn shell_ends(&self, script: &Script, event: &Event) {
        if let Event::Shell { index, state: pino_model::ShellState::End { code }, .. } = event
            && !self.is_silent()
        {
            script.place().note_exit(*index, *code);
        }
    }

    /// The step has ended well.
    pub(crate) fn step_ends(&self, script: &Script, result: &Value) {
        let row = script.place().close_step(StepState::Done, Some(result), None);
        self.add_step(row);
    }

    /// The step's condition was false.
    pub(crate) fn step_is_skipped(&self, script: &Script, index: usize) {
        let Some(number) = script.place().number.filter(|_| !self.is_silent()) else { return };
        let sequence = self.sequences.fetch_add(1, Ordering::Relaxed);
        self.add_step(Some(StepRow {
            sequence,
            script: number,
            position: index as u32,
            method: None,
            params_hash: None,
            state: StepState::Skipped,
            began_ms: self.events.now_ms(),
            wall_ms: None,
            exit_code: None,
            result: None,
            error: None,
        }));
    }

    fn add_step(&self, row: Option<StepRow>) {
        if self.is_silent() {
            return;
        }
        let mut waiting = self.waiting();
        waiting.batch.steps.extend(row);
        if waiting.batch.steps.len() >= MAX_WAITING_STEPS {
            self.send(&mut waiting);
        }
    }

    /// The script goes on to a step with this input.
    pub(crate) fn moves_on(&self, script: &Script, index: usize, input: &Value) {
        if self.is_silent() {
            return;
        }
        let mut place = script.place();
        let is_due = place.move_to(index, input);
        if !is_due && self.waiting().since.elapsed() < MAX_WAIT {
            return;
        }
        let snapshot = place.snapshot(script, index, input);
        let mut waiting = self.waiting();
        place::add(&mut waiting.batch, snapshot);
        self.send(&mut waiting);
    }

    /// The step at work did not end well.
    pub(crate) fn step_fails(&self, script: &Script, error: Option<&str>) {
        if self.is_silent() {
            return;
        }
        let error = error.map(|error| Redactor::shared().clean(error).into_owned());
        let state = if error.is_some() { StepState::Error } else { StepState::Stopped };
        let mut place = script.place();
        let row = place.close_step(state, None, error.clone());
        let snapshot = place.snapshot_if_moved(script);
        let mut waiting = self.waiting();
        waiting.batch.steps.extend(row);
        place::add(&mut waiting.batch, snapshot);
        if place.number == Some(0) {
            waiting.error = error;
        }
        self.send(&mut waiting);
    }

    /// A script could not be loaded, or failed outside its steps.
    pub(crate) fn script_fails(&self, script: &Script, error: &str) {
        if script.place().number == Some(0) {
            self.waiting().error = Some(Redactor::shared().clean(error).into_owned());
        }
    }

    /// A daemon has run its last step.
    pub(crate) fn script_is_ready(&self, script: &Script) {
        self.script_is(script, ScriptState::Ready);
    }

    /// From now on scripts are stopped because the run ends.
    pub(crate) fn run_is_ending(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// A script is over.
    pub(crate) fn script_ends(&self, script: &Script, status: ExitStatus) {
        let stays_ready = self.ending.load(Ordering::Relaxed) && script.state().ready;
        if !stays_ready || script.place().number == Some(0) {
            self.script_is(script, script_state(status));
        }
    }

    fn script_is(&self, script: &Script, state: ScriptState) {
        let Some(number) = script.place().number.filter(|_| !self.is_silent()) else { return };
        let mut waiting = self.waiting();
        waiting.batch.states.push((number, state));
        self.send(&mut waiting);
    }

    /// The run is over; everything about it is in the database when this returns.
    pub(crate) fn run_ends(&self, status: ExitStatus) {
        if self.is_silent() {
            return;
        }
        {
            let mut waiting = self.waiting();
            let error = waiting.error.take();
            let wall_ms = self.events.now_ms() as i64;
            waiting.batch.end = Some(RunEnd { state: run_state(status), error, wall_ms });
            self.send(&mut waiting);
        }
        // a failure has been told by the batch that met it
        let _ = self.state.get().map(State::flush);
    }

    /// Hands what waits to the writer.
    fn send(&self, waiting: &mut Waiting) {
        let Some(state) = self.state.get() else { return };
        let fresh = Batch { run: Arc::clone(&self.run), ..Batch::default() };
        let batch = std::mem::replace(&mut waiting.batch, fresh);
        waiting.since = Instant::now();
        let (silent, events) = (Arc::clone(&self.silent), Arc::clone(&self.events));
        state.journal(batch, move |error| trouble(&silent, &events, &error));
    }

    /// What the run goes on with.
    pub(crate) fn resumption(&self) -> Option<&Resumption> {
        self.resumption.as_ref()
    }
}

/// The run goes on without its journal; that is told once.
fn trouble(silent: &AtomicBool, events: &Events, error: &StateError) {
    if silent.swap(true, Ordering::Relaxed) {
        return;
    }
    let message = format!("this run is not written down any more, so it cannot be resumed: {error}");
    let extra = serde_json::Map::new();
    events.inner(None, Event::Warning { index: None, code: "journal", message, extra });
}

fn run_state(status: ExitStatus) -> RunState {
    match status {
        ExitStatus::Done => RunState::Done,
        ExitStatus::Error => RunState::Error,
        ExitStatus::Stopped => RunState::Stopped,
        ExitStatus::Timeout => RunState::Timeout,
        ExitStatus::Daemon => RunState::Daemon,
    }
}

fn script_state(status: ExitStatus) -> ScriptState {
    match status {
        ExitStatus::Done => ScriptState::Done,
        ExitStatus::Error => ScriptState::Error,
        ExitStatus::Stopped => ScriptState::Stopped,
        ExitStatus::Timeout => ScriptState::Timeout,
        ExitStatus::Daemon => ScriptState::Daemon,
    }
}
