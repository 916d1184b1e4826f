//! Metrics: numbers over time, of an app or of the whole machine.
//!
//! Must not know: what is measured.

use rusqlite::params;
use serde::Serialize;

use super::{all, run};
use crate::{State, StateError};

/// Measurements that are kept, over all series.
const KEEP: i64 = 200_000;
/// How often that is looked at.
const CLEAN_EVERY: i64 = 2000;

/// A number at a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Wall clock.
    pub at_ms: i64,
    /// The app; empty for the machine.
    pub app: String,
    /// What was measured, with its unit (`rss_bytes`).
    pub name: String,
    /// The number.
    pub value: f64,
}

/// The table of metrics.
pub struct Metrics<'a>(pub(crate) &'a State);

impl Metrics<'_> {
    /// Notes measurements; nobody waits for the disk.
    pub fn add(&self, measurements: Vec<Measurement>) {
        let work = move |connection: &rusqlite::Connection| {
            let sql = "INSERT INTO metrics (at_ms, app, name, value) VALUES (?1, ?2, ?3, ?4)";
            for Measurement { at_ms, app, name, value } in &measurements {
                run(connection, sql, params![at_ms, app, name, value])?;
                let id = connection.last_insert_rowid();
                if id % CLEAN_EVERY == 0 {
                    run(connection, "DELETE FROM metrics WHERE id <= ?1", [id - KEEP])?;
                }
            }
            Ok(())
        };
        self.0.post(work, |error| tracing::debug!(%error, "measurements are not kept"));
    }

    /// The newest measurements of one series, the oldest of them first.
    pub fn series(&self, app: &str, name: &str, limit: usize) -> Result<Vec<Measurement>, StateError> {
        let sql = "SELECT at_ms, app, name, value FROM (SELECT * FROM metrics WHERE app = ?1 AND name = ?2 \
                   ORDER BY id DESC LIMIT ?3) ORDER BY id";
        self.0.read(|connection| {
            all(connection, sql, params![app, name, limit as i64], |row| {
                Ok(Measurement {
                    at_ms: row.get(0)?,
                    app: row.get(1)?,
                    name: row.get(2)?,
                    value: row.get(3)?,
                })
            })
        })
    }
}
