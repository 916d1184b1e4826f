//! Shares: who may use an app, by a token of which only the hash is kept.
//!
//! Must not know: how a token is made or checked.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, first, run};
use crate::{State, StateError, now_ms, text::words};

const COLUMNS: &str = "id, app, tunnel, role, label, created_at_ms, expires_at_ms, revoked_at_ms";

words! {
    /// What a share allows.
    Role {
        /// To look.
        View = "view",
        /// To use the app.
        Use = "use",
        /// To start and stop it too.
        Admin = "admin",
    }
}

/// A share that is made.
#[derive(Clone, Debug)]
pub struct NewShare {
    /// The app.
    pub app: String,
    /// The tunnel it goes through.
    pub tunnel: Option<i64>,
    /// What it allows.
    pub role: Role,
    /// SHA-256 of its token, in hexadecimal digits.
    pub token_hash: String,
    /// For whom it is.
    pub label: Option<String>,
    /// Wall clock; `None` is for ever.
    pub expires_at_ms: Option<i64>,
}

/// A share as it is known. The hash of its token does not leave the database.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareRow {
    /// Its number.
    pub id: i64,
    /// The app.
    pub app: String,
    /// The tunnel it goes through.
    pub tunnel: Option<i64>,
    /// What it allows.
    pub role: Role,
    /// For whom it is.
    pub label: Option<String>,
    /// Wall clock.
    pub created_at_ms: i64,
    /// Wall clock.
    pub expires_at_ms: Option<i64>,
    /// Wall clock.
    pub revoked_at_ms: Option<i64>,
}

/// The table of shares.
pub struct Shares<'a>(pub(crate) &'a State);

impl Shares<'_> {
    /// Makes a share.
    pub fn add(&self, new: NewShare) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT INTO shares (app, tunnel, role, token_hash, label, created_at_ms, expires_at_ms) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let NewShare { app, tunnel, role, token_hash, label, expires_at_ms } = new;
            run(connection, sql, params![app, tunnel, role, token_hash, label, now_ms(), expires_at_ms])?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// The share a token opens at this moment, if any.
    pub fn by_token_hash(&self, token_hash: &str, now_ms: i64) -> Result<Option<ShareRow>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM shares WHERE token_hash = ?1 AND revoked_at_ms IS NULL \
             AND (expires_at_ms IS NULL OR expires_at_ms > ?2)"
        );
        self.0.read(|connection| first(connection, &sql, params![token_hash, now_ms], read))
    }

    /// Shares of an app, or of all.
    pub fn list(&self, app: Option<&str>) -> Result<Vec<ShareRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM shares WHERE ?1 IS NULL OR app = ?1 ORDER BY id");
        self.0.read(|connection| all(connection, &sql, params![app], read))
    }

    /// Takes a share back.
    pub fn revoke(&self, id: i64) -> Result<bool, StateError> {
        self.0.write(move |connection| {
            let sql = "UPDATE shares SET revoked_at_ms = ?2 WHERE id = ?1 AND revoked_at_ms IS NULL";
            Ok(run(connection, sql, params![id, now_ms()])? > 0)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ShareRow> {
    Ok(ShareRow {
        id: row.get(0)?,
        app: row.get(1)?,
        tunnel: row.get(2)?,
        role: row.get(3)?,
        label: row.get(4)?,
        created_at_ms: row.get(5)?,
        expires_at_ms: row.get(6)?,
        revoked_at_ms: row.get(7)?,
    })
}
