//! Tunnels: public links to apps.
//!
//! Must not know: providers.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{all, run};
use crate::{Redactor, State, StateError, now_ms, text::words};

words! {
    /// How far a tunnel is.
    TunnelState {
        /// The provider has been asked.
        Opening = "opening",
        /// It can be used.
        Open = "open",
        /// It is over.
        Closed = "closed",
        /// It could not be kept open.
        Failed = "failed",
    }
}

/// A tunnel that is being opened.
#[derive(Clone, Debug)]
pub struct NewTunnel {
    /// The app behind it.
    pub app: String,
    /// Who carries it.
    pub provider: String,
    /// Where the app answers.
    pub port: u16,
    /// The process that carries it.
    pub pid: Option<i64>,
}

/// A tunnel as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TunnelRow {
    /// Its number.
    pub id: i64,
    /// The app behind it.
    pub app: String,
    /// Who carries it.
    pub provider: String,
    /// Where the app answers.
    pub port: u16,
    /// Public address, once known.
    pub url: Option<String>,
    /// How far it is.
    pub state: TunnelState,
    /// The process that carries it.
    pub pid: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// Wall clock.
    pub opened_at_ms: i64,
    /// Wall clock.
    pub closed_at_ms: Option<i64>,
}

/// The table of tunnels.
pub struct Tunnels<'a>(pub(crate) &'a State);

impl Tunnels<'_> {
    /// Notes a tunnel that is being opened.
    pub fn add(&self, new: NewTunnel) -> Result<i64, StateError> {
        self.0.write(move |connection| {
            let sql = "INSERT INTO tunnels (app, provider, port, state, pid, opened_at_ms) VALUES (?1, ?2, ?3, 'opening', ?4, ?5)";
            run(connection, sql, params![new.app, new.provider, new.port, new.pid, now_ms()])?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// It can be used at this address.
    pub fn opened(&self, id: i64, url: &str) -> Result<(), StateError> {
        let url = url.to_owned();
        self.0.write(move |connection| {
            let sql = "UPDATE tunnels SET state = 'open', url = ?2 WHERE id = ?1";
            run(connection, sql, params![id, url]).map(|_| ())
        })
    }

    /// It is over; with a reason it has failed.
    pub fn closed(&self, id: i64, error: Option<&str>) -> Result<(), StateError> {
        let error = error.map(|error| Redactor::shared().clean(error).into_owned());
        self.0.write(move |connection| {
            let state = if error.is_some() { TunnelState::Failed } else { TunnelState::Closed };
            let sql = "UPDATE tunnels SET state = ?2, error = ?3, closed_at_ms = ?4 WHERE id = ?1";
            run(connection, sql, params![id, state, error, now_ms()]).map(|_| ())
        })
    }

    /// Tunnels that are open or about to be.
    pub fn open(&self) -> Result<Vec<TunnelRow>, StateError> {
        let sql = "SELECT id, app, provider, port, url, state, pid, error, opened_at_ms, closed_at_ms FROM tunnels \
                   WHERE closed_at_ms IS NULL ORDER BY id";
        self.0.read(|connection| all(connection, sql, [], read))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<TunnelRow> {
    Ok(TunnelRow {
        id: row.get(0)?,
        app: row.get(1)?,
        provider: row.get(2)?,
        port: row.get(3)?,
        url: row.get(4)?,
        state: row.get(5)?,
        pid: row.get(6)?,
        error: row.get(7)?,
        opened_at_ms: row.get(8)?,
        closed_at_ms: row.get(9)?,
    })
}
