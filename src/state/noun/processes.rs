//! Processes of apps, by their shims: who is meant, how it ended, what it used.
//!
//! Must not know: how to start or stop one.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, run};
use crate::{ProcessMark, Redactor, State, StateError};

const COLUMNS: &str = "id, app, run, label, shim, pid, start_ticks, command, cwd, started_at_ms, ended_at_ms, exit_code, \
                       peak_rss_bytes, cpu_ms";

/// A process that was started.
#[derive(Clone, Debug)]
pub struct NewProcess {
    /// The app it belongs to.
    pub app: Option<String>,
    /// The run that started it.
    pub run: Option<String>,
    /// The script it belongs to.
    pub label: String,
    /// Its shim's folder below `<home>/pino/shims`.
    pub shim: Option<String>,
    /// Which process.
    pub mark: ProcessMark,
    /// What it runs; secrets are removed.
    pub command: String,
    /// Where.
    pub cwd: String,
    /// Wall clock.
    pub started_at_ms: i64,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessEnd {
    /// Wall clock.
    pub at_ms: i64,
    /// `None` when it was killed.
    pub exit_code: Option<i32>,
    /// Most memory it had.
    pub peak_rss_bytes: Option<i64>,
    /// Time it used.
    pub cpu_ms: Option<i64>,
}

/// A process as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProcessRow {
    /// Its number here.
    pub id: i64,
    /// The app it belongs to.
    pub app: Option<String>,
    /// The run that started it.
    pub run: Option<String>,
    /// The script it belongs to.
    pub label: String,
    /// Its shim.
    pub shim: Option<String>,
    /// Which process.
    pub mark: ProcessMark,
    /// What it runs.
    pub command: String,
    /// Where.
    pub cwd: String,
    /// Wall clock.
    pub started_at_ms: i64,
    /// Wall clock; `None` while it runs.
    pub ended_at_ms: Option<i64>,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// Most memory it had.
    pub peak_rss_bytes: Option<i64>,
    /// Time it used.
    pub cpu_ms: Option<i64>,
}

/// The table of processes.
pub struct Processes<'a>(pub(crate) &'a State);

impl Processes<'_> {
    /// Notes a process. One with the same shim is replaced.
    pub fn add(&self, new: NewProcess) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT OR REPLACE INTO processes (app, run, label, shim, pid, start_ticks, command, cwd, started_at_ms) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            let NewProcess { app, run: of, label, shim, mark, command, cwd, started_at_ms } = new;
            let command = Redactor::shared().clean(&command);
            let values = params![app, of, label, shim, mark.pid, mark.start_ticks, command, cwd, started_at_ms];
            run(connection, sql, values)?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Notes its end.
    pub fn end(&self, id: i64, end: ProcessEnd) -> Result<(), StateError> {
        self.0.write(move |connection| {
            let sql = "UPDATE processes SET ended_at_ms = ?2, exit_code = ?3, peak_rss_bytes = ?4, cpu_ms = ?5 WHERE id = ?1";
            let ProcessEnd { at_ms, exit_code, peak_rss_bytes, cpu_ms } = end;
            run(connection, sql, params![id, at_ms, exit_code, peak_rss_bytes, cpu_ms]).map(|_| ())
        })
    }

    /// Processes without an end, of one app or of all.
    pub fn alive(&self, app: Option<&str>) -> Result<Vec<ProcessRow>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM processes WHERE ended_at_ms IS NULL AND (?1 IS NULL OR app = ?1) ORDER BY id"
        );
        self.0.read(|connection| all(connection, &sql, params![app], read))
    }

    /// The newest processes of an app.
    pub fn list(&self, app: &str, limit: usize) -> Result<Vec<ProcessRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM processes WHERE app = ?1 ORDER BY id DESC LIMIT ?2");
        self.0.read(|connection| all(connection, &sql, params![app, limit as i64], read))
    }

    /// Forgets all but the newest that have ended.
    pub fn prune(&self, keep: usize) -> Result<usize, StateError> {
        self.0.write(move |connection| {
            let sql = "DELETE FROM processes WHERE id IN (SELECT id FROM processes WHERE ended_at_ms IS NOT NULL \
                       ORDER BY id DESC LIMIT -1 OFFSET ?1)";
            run(connection, sql, [keep as i64])
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProcessRow> {
    Ok(ProcessRow {
        id: row.get(0)?,
        app: row.get(1)?,
        run: row.get(2)?,
        label: row.get(3)?,
        shim: row.get(4)?,
        mark: ProcessMark { pid: row.get(5)?, start_ticks: row.get(6)? },
        command: row.get(7)?,
        cwd: row.get(8)?,
        started_at_ms: row.get(9)?,
        ended_at_ms: row.get(10)?,
        exit_code: row.get(11)?,
        peak_rss_bytes: row.get(12)?,
        cpu_ms: row.get(13)?,
    })
}
