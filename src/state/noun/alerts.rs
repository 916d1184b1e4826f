//! Alerts: what needs somebody's attention. One open alert a rule and app; raised again it counts up.
//!
//! Must not know: when something is alarming.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, events::Level, run};
use crate::{Redactor, State, StateError, now_ms};

/// Something alarming.
#[derive(Clone, Debug)]
pub struct Alert {
    /// The app; empty for the home.
    pub app: String,
    /// What kind of thing, a stable word.
    pub rule: String,
    /// How important; [`Level::Debug`] is told as info.
    pub level: Level,
    /// For people: what, why, what to do.
    pub message: String,
}

/// An alert as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertRow {
    /// Its number.
    pub id: i64,
    /// The app; empty for the home.
    pub app: String,
    /// What kind of thing.
    pub rule: String,
    /// How important.
    pub level: Level,
    /// For people.
    pub message: String,
    /// How often it was raised while open.
    pub count: i64,
    /// Wall clock.
    pub raised_at_ms: i64,
    /// Wall clock, the last time.
    pub last_at_ms: i64,
    /// Somebody has looked at it.
    pub seen_at_ms: Option<i64>,
    /// It is over.
    pub cleared_at_ms: Option<i64>,
}

/// The table of alerts.
pub struct Alerts<'a>(pub(crate) &'a State);

impl Alerts<'_> {
    /// Raises an alert, or counts an open one up.
    pub fn raise(&self, alert: Alert) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT INTO alerts (app, rule, level, message, raised_at_ms, last_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5) \
                       ON CONFLICT (app, rule) WHERE cleared_at_ms IS NULL DO UPDATE SET count = count + 1, \
                       level = excluded.level, message = excluded.message, last_at_ms = excluded.last_at_ms, seen_at_ms = NULL \
                       RETURNING id";
            let level = if alert.level == Level::Debug { Level::Info } else { alert.level };
            let message = Redactor::shared().clean(&alert.message);
            let values = params![alert.app, alert.rule, level, message, now_ms()];
            Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
        })
    }

    /// The reason is gone.
    pub fn clear(&self, app: &str, rule: &str) -> Result<bool, StateError> {
        let (app, rule) = (app.to_owned(), rule.to_owned());
        self.0.write(move |connection| {
            let sql =
                "UPDATE alerts SET cleared_at_ms = ?3 WHERE app = ?1 AND rule = ?2 AND cleared_at_ms IS NULL";
            Ok(run(connection, sql, params![app, rule, now_ms()])? > 0)
        })
    }

    /// Somebody has looked at it.
    pub fn seen(&self, id: i64) -> Result<bool, StateError> {
        self.0.write(move |connection| {
            Ok(run(connection, "UPDATE alerts SET seen_at_ms = ?2 WHERE id = ?1", params![id, now_ms()])? > 0)
        })
    }

    /// Alerts that are not over, the newest first.
    pub fn open(&self) -> Result<Vec<AlertRow>, StateError> {
        let sql = "SELECT id, app, rule, level, message, count, raised_at_ms, last_at_ms, seen_at_ms, cleared_at_ms FROM alerts \
                   WHERE cleared_at_ms IS NULL ORDER BY id DESC";
        self.0.read(|connection| all(connection, sql, [], read))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AlertRow> {
    Ok(AlertRow {
        id: row.get(0)?,
        app: row.get(1)?,
        rule: row.get(2)?,
        level: row.get(3)?,
        message: row.get(4)?,
        count: row.get(5)?,
        raised_at_ms: row.get(6)?,
        last_at_ms: row.get(7)?,
        seen_at_ms: row.get(8)?,
        cleared_at_ms: row.get(9)?,
    })
}
