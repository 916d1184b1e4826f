//! Events worth keeping: what happened to the home and its apps. Secrets are removed on the way in.
//!
//! Must not know: who tells them.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, bad_json, run};
use crate::{Redactor, State, StateError, now_ms, text::words};

/// Events that are kept. Counted, not dated: a clock that jumps must not empty the table.
const KEEP: i64 = 50_000;
/// How often that is looked at.
const CLEAN_EVERY: i64 = 1000;

words! {
    /// How important an event is.
    Level {
        /// For those who look for a fault.
        Debug = "debug",
        /// As it should be.
        Info = "info",
        /// Looks wrong.
        Warning = "warning",
        /// Is wrong.
        Error = "error",
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The app it is about.
    pub app: Option<String>,
    /// The run it is about.
    pub run: Option<String>,
    /// What kind of thing, a stable word.
    pub kind: String,
    /// How important.
    pub level: Level,
    /// For people.
    pub message: String,
    /// For programs.
    pub data: Option<serde_json::Value>,
}

/// An event as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventRow {
    /// Order of events.
    pub id: i64,
    /// Wall clock.
    pub at_ms: i64,
    /// The app it is about.
    pub app: Option<String>,
    /// The run it is about.
    pub run: Option<String>,
    /// What kind of thing.
    pub kind: String,
    /// How important.
    pub level: Level,
    /// For people.
    pub message: String,
    /// For programs.
    pub data: Option<serde_json::Value>,
}

/// The table of events.
pub struct Events<'a>(pub(crate) &'a State);

impl Events<'_> {
    /// Notes an event; nobody waits for the disk.
    pub fn add(&self, new: NewEvent) {
        let work = move |connection: &rusqlite::Connection| insert(connection, &new);
        self.0.post(work, |error| tracing::debug!(%error, "an event is not kept"));
    }

    /// Events after this number, the oldest first; of one app or of all.
    pub fn after(&self, id: i64, app: Option<&str>, limit: usize) -> Result<Vec<EventRow>, StateError> {
        let sql = "SELECT id, at_ms, app, run, kind, level, message, data FROM events \
                   WHERE id > ?1 AND (?2 IS NULL OR app = ?2) ORDER BY id LIMIT ?3";
        self.0.read(|connection| all(connection, sql, params![id, app, limit as i64], read))
    }

    /// The newest events, the oldest of them first.
    pub fn newest(&self, app: Option<&str>, limit: usize) -> Result<Vec<EventRow>, StateError> {
        let sql = "SELECT * FROM (SELECT id, at_ms, app, run, kind, level, message, data FROM events \
                   WHERE ?1 IS NULL OR app = ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id";
        self.0.read(|connection| all(connection, sql, params![app, limit as i64], read))
    }
}

fn insert(connection: &rusqlite::Connection, new: &NewEvent) -> Result<(), crate::writer::Fault> {
    let redactor = Redactor::shared();
    let data = new.data.as_ref().map(|data| redactor.clean_json(data).to_string());
    let message = redactor.clean(&new.message);
    let sql = "INSERT INTO events (at_ms, app, run, kind, level, message, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    run(connection, sql, params![now_ms(), new.app, new.run, new.kind, new.level, message, data])?;
    let id = connection.last_insert_rowid();
    if id % CLEAN_EVERY == 0 {
        run(connection, "DELETE FROM events WHERE id <= ?1", [id - KEEP])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let data = row.get::<_, Option<String>>(7)?;
    let data =
        data.map(|data| serde_json::from_str(&data)).transpose().map_err(|error| bad_json(7, error))?;
    Ok(EventRow {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        app: row.get(2)?,
        run: row.get(3)?,
        kind: row.get(4)?,
        level: row.get(5)?,
        message: row.get(6)?,
        data,
    })
}
