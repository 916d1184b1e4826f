//! Runs: what was executed, by which process, how it ended.
//!
//! Must not know: how a run goes on; that is in the journal's scripts.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, first, run};
use crate::{ProcessMark, State, StateError, text::words};

const COLUMNS: &str = "uuid, app, script, args, launcher_commit, resumes, pid, start_ticks, started_at_ms, state, error, \
                       steps, wall_ms";

words! {
    /// How far a run is.
    RunState {
        /// At work, as far as the database knows; see [`RunRow::is_interrupted`].
        Running = "running",
        /// It came to its end.
        Done = "done",
        /// A step failed.
        Error = "error",
        /// It was stopped.
        Stopped = "stopped",
        /// Its time was over.
        Timeout = "timeout",
        /// A daemon that was stopped as soon as it was up.
        Daemon = "daemon",
    }
}

/// A run that begins.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its name in events.
    pub uuid: String,
    /// The app it belongs to.
    pub app: Option<String>,
    /// Absolute path of its main script.
    pub script: String,
    /// Start payload, JSON.
    pub args: String,
    /// Commit of the launcher, when it is a clone.
    pub launcher_commit: Option<String>,
    /// The interrupted run it goes on with.
    pub resumes: Option<String>,
    /// Who carries it.
    pub process: ProcessMark,
    /// Wall clock.
    pub started_at_ms: i64,
}

/// A run that ends.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// How.
    pub state: RunState,
    /// Why, when it failed.
    pub error: Option<String>,
    /// Duration by the monotonic clock.
    pub wall_ms: i64,
}

/// A run as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRow {
    /// Its name in events.
    pub uuid: String,
    /// The app it belongs to.
    pub app: Option<String>,
    /// Absolute path of its main script.
    pub script: String,
    /// Start payload, JSON.
    pub args: String,
    /// Commit of the launcher.
    pub launcher_commit: Option<String>,
    /// The interrupted run it went on with.
    pub resumes: Option<String>,
    /// Who carries or carried it.
    pub process: ProcessMark,
    /// Wall clock.
    pub started_at_ms: i64,
    /// How far it is.
    pub state: RunState,
    /// Why it failed.
    pub error: Option<String>,
    /// How many steps were journalled.
    pub steps: i64,
    /// Duration; none while it runs or when it was killed.
    pub wall_ms: Option<i64>,
}

impl RunRow {
    /// It never ended, and the process that carried it is gone.
    pub fn is_interrupted(&self) -> bool {
        self.state == RunState::Running && !self.process.is_alive()
    }

    /// It did not come to its end, and nobody is at work on it.
    pub fn can_go_on(&self) -> bool {
        match self.state {
            RunState::Done | RunState::Daemon => false,
            RunState::Running => self.is_interrupted(),
            RunState::Error | RunState::Stopped | RunState::Timeout => true,
        }
    }
}

/// The table of runs.
pub struct Runs<'a>(pub(crate) &'a State);

impl Runs<'_> {
    /// The newest runs first; all apps without a name.
    pub fn list(&self, app: Option<&str>, limit: usize) -> Result<Vec<RunRow>, StateError> {
        let sql =
            format!("SELECT {COLUMNS} FROM runs WHERE ?1 IS NULL OR app = ?1 ORDER BY id DESC LIMIT ?2");
        self.0.read(|connection| all(connection, &sql, params![app, limit as i64], read))
    }

    /// The run with this name, or the only one whose name begins so.
    pub fn find(&self, uuid: &str) -> Result<Option<RunRow>, StateError> {
        let is_name = uuid.len() >= 4 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE uuid >= ?1 AND uuid < ?1 || 'g' LIMIT 2");
        let mut found = self.0.read(|connection| all(connection, &sql, [uuid.to_ascii_lowercase()], read))?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The newest run of an app that did not come to its end, unless a later run of the same script did. A run that was to
    /// go on with another one and came to no step leaves that one to be resumed.
    pub fn to_resume(&self, app: &str) -> Result<Option<RunRow>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM runs AS candidate WHERE app = ?1 AND state NOT IN ('done', 'daemon') \
             AND (resumes IS NULL OR steps > 0) AND NOT EXISTS \
             (SELECT 1 FROM runs AS later WHERE later.app = ?1 AND later.script = candidate.script \
             AND later.id > candidate.id AND later.state IN ('done', 'daemon')) ORDER BY id DESC LIMIT 1"
        );
        self.0.read(|connection| first(connection, &sql, [app], read))
    }

    /// Keeps the newest runs and the steps of fewer still.
    pub fn prune(&self, keep_runs: usize, keep_steps_of: usize) -> Result<(), StateError> {
        self.0.write(move |connection| prune(connection, keep_runs, keep_steps_of))
    }
}

/// Runs that are still at work are kept whatever their age.
pub(crate) fn prune(
    connection: &rusqlite::Connection,
    keep_runs: usize,
    keep_steps_of: usize,
) -> Result<(), crate::writer::Fault> {
    let old = "SELECT id FROM runs WHERE state <> 'running' ORDER BY id DESC LIMIT -1 OFFSET ?1";
    run(connection, &format!("DELETE FROM steps WHERE run_id IN ({old})"), [keep_steps_of as i64])?;
    run(connection, &format!("DELETE FROM runs WHERE id IN ({old})"), [keep_runs as i64])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        uuid: row.get(0)?,
        app: row.get(1)?,
        script: row.get(2)?,
        args: row.get(3)?,
        launcher_commit: row.get(4)?,
        resumes: row.get(5)?,
        process: ProcessMark { pid: row.get(6)?, start_ticks: row.get(7)? },
        started_at_ms: row.get(8)?,
        state: row.get(9)?,
        error: row.get(10)?,
        steps: row.get(11)?,
        wall_ms: row.get(12)?,
    })
}
