//! Schedules: what shall be done with an app and when, as cron expressions.
//!
//! Must not know: how a cron expression is read.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, bad_json, run};
use crate::{Redactor, State, StateError, text::words};

words! {
    /// What a schedule does.
    Action {
        /// Starts the app.
        Start = "start",
        /// Stops it.
        Stop = "stop",
        /// Stops and starts it.
        Restart = "restart",
        /// Updates it.
        Update = "update",
        /// Runs a script of it.
        Run = "run",
    }
}

/// A schedule that is made.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// The app.
    pub app: String,
    /// When.
    pub cron: String,
    /// What.
    pub action: Action,
    /// The script of [`Action::Run`] and [`Action::Start`].
    pub script: Option<String>,
    /// Its start payload.
    pub args: serde_json::Value,
}

/// A schedule as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleRow {
    /// Its number.
    pub id: i64,
    /// The app.
    pub app: String,
    /// When.
    pub cron: String,
    /// What.
    pub action: Action,
    /// The script.
    pub script: Option<String>,
    /// Its start payload.
    pub args: serde_json::Value,
    /// It counts.
    pub enabled: bool,
    /// Wall clock.
    pub last_run_at_ms: Option<i64>,
    /// How that ended.
    pub last_outcome: Option<String>,
}

/// The table of schedules.
pub struct Schedules<'a>(pub(crate) &'a State);

impl Schedules<'_> {
    /// Makes a schedule.
    pub fn add(&self, new: NewSchedule) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT INTO schedules (app, cron, action, script, args) VALUES (?1, ?2, ?3, ?4, ?5)";
            run(connection, sql, params![new.app, new.cron, new.action, new.script, new.args.to_string()])?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Schedules of an app, or of all.
    pub fn list(&self, app: Option<&str>) -> Result<Vec<ScheduleRow>, StateError> {
        let sql = "SELECT id, app, cron, action, script, args, enabled, last_run_at_ms, last_outcome FROM schedules \
                   WHERE ?1 IS NULL OR app = ?1 ORDER BY id";
        self.0.read(|connection| all(connection, sql, params![app], read))
    }

    /// Lets it count or not.
    pub fn enable(&self, id: i64, enabled: bool) -> Result<bool, StateError> {
        self.0.write(move |connection| {
            let sql = "UPDATE schedules SET enabled = ?2 WHERE id = ?1";
            Ok(run(connection, sql, params![id, enabled])? > 0)
        })
    }

    /// Notes that it was done.
    pub fn ran(&self, id: i64, at_ms: i64, outcome: &str) -> Result<(), StateError> {
        let outcome = Redactor::shared().clean(outcome).into_owned();
        self.0.write(move |connection| {
            let sql = "UPDATE schedules SET last_run_at_ms = ?2, last_outcome = ?3 WHERE id = ?1";
            run(connection, sql, params![id, at_ms, outcome]).map(|_| ())
        })
    }

    /// Drops it.
    pub fn remove(&self, id: i64) -> Result<bool, StateError> {
        self.0.write(move |connection| Ok(run(connection, "DELETE FROM schedules WHERE id = ?1", [id])? > 0))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ScheduleRow> {
    Ok(ScheduleRow {
        id: row.get(0)?,
        app: row.get(1)?,
        cron: row.get(2)?,
        action: row.get(3)?,
        script: row.get(4)?,
        args: serde_json::from_str(&row.get::<_, String>(5)?).map_err(|error| bad_json(5, error))?,
        enabled: row.get(6)?,
        last_run_at_ms: row.get(7)?,
        last_outcome: row.get(8)?,
    })
}
