//! Scripts of a run: where each stands and with which variables, so that an interrupted one can go on.
//!
//! Must not know: what a step is.

use rusqlite::{Row, params};
use serde::Serialize;

use super::all;
use crate::{State, StateError, text::words};

words! {
    /// How far a script is.
    ScriptState {
        /// At work.
        Running = "running",
        /// It has run its last step and stays up.
        Ready = "ready",
        /// It came to its end.
        Done = "done",
        /// A step failed.
        Error = "error",
        /// It was stopped.
        Stopped = "stopped",
        /// The run's time was over.
        Timeout = "timeout",
        /// A daemon that was stopped as soon as it was up.
        Daemon = "daemon",
    }
}

/// A script that begins.
#[derive(Clone, Debug)]
pub struct NewScript {
    /// Its number in the run; the main script is 0.
    pub number: u32,
    /// Absolute path.
    pub path: String,
    /// As the request named it.
    pub uri: String,
    /// The calling script and its step.
    pub caller: Option<(u32, u32)>,
    /// Start payload, JSON.
    pub args: String,
}

/// Where a script stands.
#[derive(Clone, Debug, Default)]
pub struct ScriptPlace {
    /// Its number in the run.
    pub number: u32,
    /// The step that is next or at work.
    pub position: u32,
    /// Input of that step, JSON.
    pub input: String,
    /// Its variables, JSON; `None` when they have not changed.
    pub local: Option<String>,
    /// Its global variables, JSON; `None` when they have not changed.
    pub global: Option<String>,
}

/// A script of a run as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScriptRow {
    /// Its number in the run.
    pub number: u32,
    /// Absolute path.
    pub path: String,
    /// As the request named it.
    pub uri: String,
    /// Number of the calling script.
    pub caller: Option<u32>,
    /// The calling step.
    pub caller_step: Option<u32>,
    /// Start payload, JSON.
    pub args: String,
    /// Hash of the file's bytes.
    pub source_hash: Option<i64>,
    /// Hash of every step as written, a JSON list.
    pub definition: Option<String>,
    /// How far it is.
    pub state: ScriptState,
    /// The step that is next or at work.
    pub position: u32,
    /// Input of that step, JSON.
    pub input: Option<String>,
    /// Its variables, JSON.
    pub local: Option<String>,
    /// Its global variables, JSON.
    pub global: Option<String>,
}

/// The table of scripts.
pub struct Scripts<'a>(pub(crate) &'a State);

impl Scripts<'_> {
    /// The scripts of a run in the order they began.
    pub fn of(&self, run: &str) -> Result<Vec<ScriptRow>, StateError> {
        let sql = "SELECT number, path, uri, caller, caller_step, scripts.args, source_hash, definition, scripts.state, position, \
                   input, local, global FROM scripts JOIN runs ON runs.id = run_id WHERE uuid = ?1 ORDER BY number";
        self.0.read(|connection| all(connection, sql, params![run], read))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ScriptRow> {
    Ok(ScriptRow {
        number: row.get(0)?,
        path: row.get(1)?,
        uri: row.get(2)?,
        caller: row.get(3)?,
        caller_step: row.get(4)?,
        args: row.get(5)?,
        source_hash: row.get(6)?,
        definition: row.get(7)?,
        state: row.get(8)?,
        position: row.get(9)?,
        input: row.get(10)?,
        local: row.get(11)?,
        global: row.get(12)?,
    })
}
