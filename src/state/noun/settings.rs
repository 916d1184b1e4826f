//! Settings of the home and of apps: JSON by key. No secrets: those live in a file of their own.
//!
//! Must not know: which settings there are.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::{Serialize, de::DeserializeOwned};

use super::{all, first, run};
use crate::{State, StateError, now_ms, writer::Fault};

/// The table of settings. The scope is an app's name, or empty for the home.
pub struct Settings<'a>(pub(crate) &'a State);

impl Settings<'_> {
    /// A setting, if it is set.
    pub fn get<T: DeserializeOwned>(&self, scope: &str, key: &str) -> Result<Option<T>, StateError> {
        let sql = "SELECT value FROM settings WHERE scope = ?1 AND key = ?2";
        let text = self
            .0
            .read(|connection| first(connection, sql, params![scope, key], |row| row.get::<_, String>(0)))?;
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| unreadable(key, &error))
    }

    /// Sets a setting.
    pub fn set<T: Serialize>(&self, scope: &str, key: &str, value: &T) -> Result<(), StateError> {
        let text = serde_json::to_string(value).map_err(|error| unreadable(key, &error))?;
        let (scope, key) = (scope.to_owned(), key.to_owned());
        self.0.write(move |connection| {
            let sql = "INSERT INTO settings (scope, key, value, changed_at_ms) VALUES (?1, ?2, ?3, ?4) \
                       ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value, changed_at_ms = excluded.changed_at_ms";
            run(connection, sql, params![scope, key, text, now_ms()]).map(|_| ())
        })
    }

    /// Takes a setting back.
    pub fn remove(&self, scope: &str, key: &str) -> Result<bool, StateError> {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        self.0.write(move |connection| {
            let sql = "DELETE FROM settings WHERE scope = ?1 AND key = ?2";
            Ok(run(connection, sql, params![scope, key])? > 0)
        })
    }

    /// All settings of a scope by key.
    pub fn list(&self, scope: &str) -> Result<BTreeMap<String, serde_json::Value>, StateError> {
        let sql = "SELECT key, value FROM settings WHERE scope = ?1";
        self.0.read(|connection| {
            let rows = all(connection, sql, params![scope], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            let parse = |(key, text): (String, String)| match serde_json::from_str(&text) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(Fault::from(unreadable(&key, &error))),
            };
            rows.into_iter().map(parse).collect()
        })
    }
}

fn unreadable(key: &str, error: &serde_json::Error) -> StateError {
    StateError::Unreadable { noun: "settings", detail: format!("{key}: {error}") }
}
