//! What the standard library asks of the engine. `engine` implements it; tests implement it in memory.
//!
//! Must not know: how the engine does any of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use futures::future::BoxFuture;
use mlua::{Table, Value};
use pino_model::{Data, Event};
use tokio_util::sync::CancellationToken;

use crate::MethodError;

/// Which step of which script is at work.
#[derive(Clone, Debug)]
pub struct StepPlace {
    /// Absolute path of the running script.
    pub script: PathBuf,
    /// Index of the step as written.
    pub index: usize,
    /// Directory relative paths start from: the script's, or the request's own.
    pub cwd: PathBuf,
}

/// Where a jump goes.
#[derive(Clone, Debug)]
pub enum Jump {
    /// To this index.
    Index(f64),
    /// To the first step with this id.
    Id(String),
    /// To the normal end.
    End,
    /// To the beginning of the script, with this start payload; what it started is stopped first.
    Restart(Value),
}

/// A call of another script.
#[derive(Debug)]
pub struct ScriptCall {
    /// As given: relative, `~/…`, absolute or a git URI.
    pub uri: String,
    /// `args` of the callee.
    pub params: Value,
}

/// The answer to a packet that waits.
#[derive(Debug)]
pub enum AskOutcome {
    /// Somebody answered.
    Answer(Data),
    /// Nobody is there and no prepared answer is left.
    Nobody,
}

/// The engine, as a method sees it. All calls are about the run the method belongs to.
pub trait Host: Send + Sync {
    /// Writes an event of this script (`t`, `ms`, `script` are added).
    fn emit(&self, place: &StepPlace, event: Event);
    /// Cancelled when this script is stopped.
    fn cancellation(&self, place: &StepPlace) -> CancellationToken;
    /// Sends a packet that waits and gives the answer.
    fn ask<'a>(
        &'a self,
        place: &'a StepPlace,
        kind: &'a str,
        data: Data,
    ) -> BoxFuture<'a, Result<AskOutcome, MethodError>>;

    /// The launcher home.
    fn home(&self) -> &Path;
    /// Resolves a path or URI as spec 00 §4 says (`http…` git URIs, `~/`, absolute, relative to `cwd`).
    fn resolve(&self, cwd: &Path, uri: &str) -> Result<PathBuf, MethodError>;
    /// Refuses a path this script may not write (DESIGN.md §4 "Where scripts may write").
    fn check_write(&self, place: &StepPlace, path: &Path) -> Result<(), MethodError>;
    /// Refuses files of the home that hold secrets.
    fn check_read(&self, path: &Path) -> Result<(), MethodError>;
    /// The app folder the script belongs to: `<home>/api/<app>`, or outside the home the nearest folder that is a launcher.
    fn app_root(&self, script: &Path) -> Option<PathBuf>;

    /// Effective environment of a script for templates and shells: engine < home ENVIRONMENT < app ENVIRONMENT.
    fn environment(&self, script: &Path) -> BTreeMap<String, String>;
    /// `environment` for a shell: the folders its `./…` and absolute values name exist afterwards.
    fn shell_environment(&self, script: &Path) -> BTreeMap<String, String>;
    /// An executable on the managed PATH.
    fn which(&self, name: &str) -> Option<PathBuf>;
    /// A free port, reserved for this run until it ends.
    fn free_port(&self) -> Result<u16, MethodError>;

    /// `local` of this script (a live VM object).
    fn local(&self, place: &StepPlace) -> Result<Table, MethodError>;
    /// `global` of this script (a live VM object).
    fn global(&self, place: &StepPlace) -> Result<Table, MethodError>;
    /// The freshly loaded script object (`self`), or undefined.
    fn script_object(&self, place: &StepPlace) -> Value;
    /// `local` of another running script, by absolute path.
    fn local_of(&self, script: &Path) -> Option<Table>;

    /// Makes secrets readable for this run's templates as `key(host)` (`set` with `key`).
    fn publish_key(&self, host: &str, values: Data);

    /// Sets where the run goes after this step (`jump`, `goto`); an unknown target is `BadTarget`.
    fn jump(&self, place: &StepPlace, to: Jump) -> Result<(), MethodError>;
    /// Starts a script and waits for its end; the result is its last step's.
    fn start_script<'a>(
        &'a self,
        place: &'a StepPlace,
        call: ScriptCall,
    ) -> BoxFuture<'a, Result<Value, MethodError>>;
    /// Stops another script and starts it again, beside the running step (`script.restart`).
    fn restart_script(&self, place: &StepPlace, path: &Path, params: Value);
    /// Stops a running script of this run (absolute path) and waits until its processes are gone. False when it was not running.
    fn stop_script<'a>(
        &'a self,
        place: &'a StepPlace,
        script: &'a Path,
    ) -> BoxFuture<'a, Result<bool, MethodError>>;
    /// The script is running in this run.
    fn is_running(&self, script: &Path) -> bool;
    /// The script has reached its end since its last start.
    fn is_ready(&self, script: &Path) -> bool;

    /// Starts another step array of the script beside the running one, with `{event, trigger}` as input (`on[].trigger`).
    fn trigger(&self, place: &StepPlace, action: &str, event: Value);

    /// The app folder that was cloned from this remote, however the address is spelled.
    fn find_clone(&self, remote: &str) -> Option<PathBuf>;
    /// A module or JSON file as a value; null when it is missing (`load`).
    fn load<'a>(&'a self, place: &'a StepPlace, path: &'a Path) -> BoxFuture<'a, Result<Value, MethodError>>;

    /// Renders a value with `{event: …}` as the only variable (`on[].notify`, `on[].return`; spec 20 §6.3).
    fn render_event(&self, place: &StepPlace, value: &Value, event: Value) -> Result<Value, MethodError>;

    /// The process service of this run: everything started is stopped with it.
    fn processes(&self) -> &pino_process::ProcessGroup;
    /// The download service.
    fn downloads(&self) -> &pino_download::Downloads;
    /// The drive.
    fn drive(&self) -> &pino_drive::Drive;
}
