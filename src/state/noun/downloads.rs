//! Downloads: what was asked for, how far it is.
//!
//! Must not know: how bytes travel.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, first, run};
use crate::{Redactor, State, StateError, now_ms, redact::without_credentials, text::words};

const COLUMNS: &str = "id, app, url, target, state, priority, done_bytes, total_bytes, etag, checksum, error, added_at_ms, \
                       changed_at_ms";

words! {
    /// How far a download is.
    DownloadState {
        /// It waits for its turn.
        Queued = "queued",
        /// At work.
        Active = "active",
        /// It waits until somebody lets it go on.
        Paused = "paused",
        /// The file is there.
        Done = "done",
        /// It gave up.
        Failed = "failed",
        /// Nobody wants it any more.
        Cancelled = "cancelled",
    }
}

/// A download that is asked for.
#[derive(Clone, Debug, Default)]
pub struct NewDownload {
    /// The app that wants it.
    pub app: Option<String>,
    /// Where it comes from; user and password are removed.
    pub url: String,
    /// Where it goes.
    pub target: String,
    /// Higher ones first.
    pub priority: i64,
    /// What its content shall be, as `sha256:…`.
    pub checksum: Option<String>,
}

/// A download as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DownloadRow {
    /// Its number.
    pub id: i64,
    /// The app that wants it.
    pub app: Option<String>,
    /// Where it comes from.
    pub url: String,
    /// Where it goes.
    pub target: String,
    /// How far it is.
    pub state: DownloadState,
    /// Higher ones first.
    pub priority: i64,
    /// Bytes that are there.
    pub done_bytes: i64,
    /// Bytes of the whole file, once known.
    pub total_bytes: Option<i64>,
    /// What the server calls this version.
    pub etag: Option<String>,
    /// What its content shall be.
    pub checksum: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// Wall clock.
    pub added_at_ms: i64,
    /// Wall clock.
    pub changed_at_ms: i64,
}

/// The table of downloads.
pub struct Downloads<'a>(pub(crate) &'a State);

impl Downloads<'_> {
    /// Queues a download. One for the same target begins again.
    pub fn add(&self, new: NewDownload) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT INTO downloads (app, url, target, state, priority, checksum, added_at_ms, changed_at_ms) \
                       VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?6) ON CONFLICT (target) DO UPDATE SET \
                       app = excluded.app, url = excluded.url, state = 'queued', priority = excluded.priority, \
                       checksum = excluded.checksum, error = NULL, changed_at_ms = excluded.changed_at_ms RETURNING id";
            let NewDownload { app, url, target, priority, checksum } = new;
            let url = without_credentials(&url);
            let values = params![app, url, target, priority, checksum, now_ms()];
            Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
        })
    }

    /// Changes its state; the reason is for failures.
    pub fn set_state(&self, id: i64, state: DownloadState, error: Option<&str>) -> Result<(), StateError> {
        let error = error.map(|error| Redactor::shared().clean(error).into_owned());
        self.0.write(move |connection| {
            let sql = "UPDATE downloads SET state = ?2, error = ?3, changed_at_ms = ?4 WHERE id = ?1";
            run(connection, sql, params![id, state, error, now_ms()]).map(|_| ())
        })
    }

    /// Notes progress; nobody waits for the disk.
    pub fn progress(&self, id: i64, done_bytes: i64, total_bytes: Option<i64>, etag: Option<String>) {
        let work = move |connection: &rusqlite::Connection| {
            let sql = "UPDATE downloads SET done_bytes = ?2, total_bytes = coalesce(?3, total_bytes), etag = coalesce(?4, etag), \
                       changed_at_ms = ?5 WHERE id = ?1";
            run(connection, sql, params![id, done_bytes, total_bytes, etag, now_ms()]).map(|_| ())
        };
        self.0.post(work, |error| tracing::debug!(%error, "progress of a download is not kept"));
    }

    /// Downloads in this state, in the order they are due; all without one.
    pub fn list(&self, state: Option<DownloadState>) -> Result<Vec<DownloadRow>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM downloads WHERE ?1 IS NULL OR state = ?1 ORDER BY priority DESC, id"
        );
        self.0.read(|connection| all(connection, &sql, params![state], read))
    }

    /// The download of this number.
    pub fn get(&self, id: i64) -> Result<Option<DownloadRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM downloads WHERE id = ?1");
        self.0.read(|connection| first(connection, &sql, [id], read))
    }

    /// Forgets a download; its files are left alone.
    pub fn remove(&self, id: i64) -> Result<bool, StateError> {
        self.0.write(move |connection| Ok(run(connection, "DELETE FROM downloads WHERE id = ?1", [id])? > 0))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<DownloadRow> {
    Ok(DownloadRow {
        id: row.get(0)?,
        app: row.get(1)?,
        url: row.get(2)?,
        target: row.get(3)?,
        state: row.get(4)?,
        priority: row.get(5)?,
        done_bytes: row.get(6)?,
        total_bytes: row.get(7)?,
        etag: row.get(8)?,
        checksum: row.get(9)?,
        error: row.get(10)?,
        added_at_ms: row.get(11)?,
        changed_at_ms: row.get(12)?,
    })
}
