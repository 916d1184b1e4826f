//! Steps of a run, in the order they happened.
//!
//! Must not know: what a method does.

use rusqlite::{Row, params};
use serde::Serialize;

use super::all;
use crate::{State, StateError, text::words};

words! {
    /// How far a step is.
    StepState {
        /// At work.
        Running = "running",
        /// It ended well.
        Done = "done",
        /// Its condition was false.
        Skipped = "skipped",
        /// It failed.
        Error = "error",
        /// It was stopped.
        Stopped = "stopped",
    }
}

/// One step that was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRow {
    /// Order within the run. A row with the number of an earlier one replaces it.
    pub sequence: u32,
    /// Number of its script.
    pub script: u32,
    /// Its index in the script.
    pub position: u32,
    /// `None` for functions.
    pub method: Option<String>,
    /// Hash of the parameters as rendered.
    pub params_hash: Option<i64>,
    /// How far it is.
    pub state: StepState,
    /// Since the run began, by the monotonic clock.
    pub began_ms: u64,
    /// Duration.
    pub wall_ms: Option<u64>,
    /// Exit code of its last shell.
    pub exit_code: Option<i32>,
    /// Its result as JSON; left out when it is large.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// The table of steps.
pub struct Steps<'a>(pub(crate) &'a State);

impl Steps<'_> {
    /// The newest steps of a run, in the order they happened.
    pub fn of(&self, run: &str, limit: usize) -> Result<Vec<StepRow>, StateError> {
        let sql = "SELECT sequence, steps.script, position, method, params_hash, steps.state, began_ms, steps.wall_ms, exit_code, result, \
                   steps.error FROM steps JOIN runs ON runs.id = run_id WHERE uuid = ?1 ORDER BY sequence DESC LIMIT ?2";
        let mut rows = self.0.read(|connection| all(connection, sql, params![run, limit as i64], read))?;
        rows.reverse();
        Ok(rows)
    }

    /// How many steps of a run are kept.
    pub fn count(&self, run: &str) -> Result<u64, StateError> {
        let sql = "SELECT count(*) FROM steps JOIN runs ON runs.id = run_id WHERE uuid = ?1";
        let count: Option<i64> =
            self.0.read(|connection| super::first(connection, sql, [run], |row| row.get(0)))?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StepRow> {
    Ok(StepRow {
        sequence: row.get(0)?,
        script: row.get(1)?,
        position: row.get(2)?,
        method: row.get(3)?,
        params_hash: row.get(4)?,
        state: row.get(5)?,
        began_ms: row.get::<_, i64>(6)?.unsigned_abs(),
        wall_ms: row.get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
        exit_code: row.get(8)?,
        result: row.get(9)?,
        error: row.get(10)?,
    })
}
