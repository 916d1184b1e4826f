//! Apps: what is known of the folders below `<home>/api`, and their states.
//!
//! Must not know: what is in the folders.

use rusqlite::{Connection, Row, params, types::Type};
use serde::{Deserialize, Serialize};

use super::{all, first, run};
use crate::{AnyApp, AppState, State, StateError, app::state_from_word, now_ms, writer::Fault};

const COLUMNS: &str = "name, state, generation, title, source, branch, commit_id, pinned, error, added_at_ms, \
                       changed_at_ms, installed_at_ms, started_at_ms";

/// What is known of an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRow {
    /// Its folder below `<home>/api`.
    pub name: String,
    /// Where it stands.
    pub state: AppState,
    /// Grows with every change of state.
    pub generation: i64,
    /// What it says of itself.
    pub details: AppDetails,
    /// Why it is in [`AppState::Error`].
    pub error: Option<String>,
    /// First seen.
    pub added_at_ms: i64,
    /// Last change of state.
    pub changed_at_ms: i64,
    /// Last became installed.
    pub installed_at_ms: Option<i64>,
    /// Last started.
    pub started_at_ms: Option<i64>,
}

/// Where an app comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppDetails {
    /// Its title.
    pub title: Option<String>,
    /// The address it was cloned from, without user and password.
    pub source: Option<String>,
    /// The branch it follows.
    pub branch: Option<String>,
    /// The commit it is at.
    pub commit: Option<String>,
    /// It is not updated.
    pub pinned: bool,
}

/// The table of apps.
pub struct Apps<'a>(pub(crate) &'a State);

impl Apps<'_> {
    /// Adds an app in a first state. One that is known already stays as it is.
    pub fn add(&self, name: &str, state: AppState) -> Result<AnyApp, StateError> {
        let name = name.to_owned();
        self.0.write(move |connection| {
            let now = now_ms();
            let installed = (state != AppState::NotInstalled && state != AppState::Installing).then_some(now);
            let sql = "INSERT INTO apps (name, state, added_at_ms, changed_at_ms, installed_at_ms) VALUES (?1, ?2, ?3, ?3, ?4) \
                       ON CONFLICT (name) DO NOTHING";
            run(connection, sql, params![name, state.name(), now, installed])?;
            one(connection, &name).map(AnyApp::new)
        })
    }

    /// The app of this name; an error when there is none.
    pub fn get(&self, name: &str) -> Result<AnyApp, StateError> {
        self.0.read(|connection| one(connection, name).map(AnyApp::new))
    }

    /// The app of this name, if it is known.
    pub fn find(&self, name: &str) -> Result<Option<AnyApp>, StateError> {
        self.0.read(|connection| Ok(row(connection, name)?.map(AnyApp::new)))
    }

    /// All apps by name.
    pub fn list(&self) -> Result<Vec<AppRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM apps ORDER BY name");
        self.0.read(|connection| all(connection, &sql, [], read))
    }

    /// Notes where an app comes from.
    pub fn describe(&self, name: &str, details: AppDetails) -> Result<(), StateError> {
        let name = name.to_owned();
        self.0.write(move |connection| {
            let sql = "UPDATE apps SET title = ?2, source = ?3, branch = ?4, commit_id = ?5, pinned = ?6 WHERE name = ?1";
            let AppDetails { title, source, branch, commit, pinned } = details;
            let source = source.map(|source| crate::redact::without_credentials(&source).into_owned());
            match run(connection, sql, params![name, title, source, branch, commit, pinned])? {
                0 => Err(unknown(&name)),
                _ => Ok(()),
            }
        })
    }

    /// Forgets an app; its runs stay in the history.
    pub fn remove(&self, name: &str) -> Result<bool, StateError> {
        let name = name.to_owned();
        self.0.write(move |connection| {
            run(connection, "DELETE FROM settings WHERE scope = ?1", [&name])?;
            run(connection, "DELETE FROM schedules WHERE app = ?1", [&name])?;
            Ok(run(connection, "DELETE FROM apps WHERE name = ?1", [&name])? > 0)
        })
    }

    /// Changes the state of a row that has not been changed since it was read.
    pub(crate) fn change(
        &self,
        seen: &AppRow,
        to: AppState,
        error: Option<&str>,
    ) -> Result<AppRow, StateError> {
        let (seen, error) =
            (seen.clone(), error.map(|error| crate::Redactor::shared().clean(error).into_owned()));
        self.0.write(move |connection| {
            let sql = "UPDATE apps SET state = ?3, generation = generation + 1, error = ?4, changed_at_ms = ?5, \
                       installed_at_ms = CASE ?3 WHEN 'INSTALLED' THEN ?5 ELSE installed_at_ms END, \
                       started_at_ms = CASE ?3 WHEN 'RUNNING' THEN ?5 ELSE started_at_ms END \
                       WHERE name = ?1 AND generation = ?2";
            let values = params![seen.name, seen.generation, to.name(), error, now_ms()];
            if run(connection, sql, values)? == 0 {
                let found = one(connection, &seen.name)?.state.name();
                let (app, expected) = (seen.name, seen.state.name());
                return Err(StateError::Changed { app, expected, found }.into());
            }
            one(connection, &seen.name)
        })
    }
}

fn row(connection: &Connection, name: &str) -> Result<Option<AppRow>, Fault> {
    first(connection, &format!("SELECT {COLUMNS} FROM apps WHERE name = ?1"), [name], read)
}

fn one(connection: &Connection, name: &str) -> Result<AppRow, Fault> {
    row(connection, name)?.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Fault {
    StateError::Unknown { noun: "app", key: name.to_owned() }.into()
}

fn read(row: &Row<'_>) -> rusqlite::Result<AppRow> {
    let word: String = row.get(1)?;
    let state =
        state_from_word(&word).ok_or_else(|| rusqlite::Error::InvalidColumnType(1, word, Type::Text))?;
    Ok(AppRow {
        name: row.get(0)?,
        state,
        generation: row.get(2)?,
        details: AppDetails {
            title: row.get(3)?,
            source: row.get(4)?,
            branch: row.get(5)?,
            commit: row.get(6)?,
            pinned: row.get(7)?,
        },
        error: row.get(8)?,
        added_at_ms: row.get(9)?,
        changed_at_ms: row.get(10)?,
        installed_at_ms: row.get(11)?,
        started_at_ms: row.get(12)?,
    })
}
