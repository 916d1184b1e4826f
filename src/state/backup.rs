//! A copy of the database while it is in use, and the look whether it is whole.
//!
//! Must not know: what is in it.

use std::{
    fs,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, backup::Backup};
use serde::Serialize;

use crate::{
    State, StateError,
    connection::{self, Purpose},
};

/// Pages copied before writers get their turn again.
const PAGES_PER_TURN: i32 = 512;

/// What a backup is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Apps in it.
    pub apps: u64,
    /// Runs in it.
    pub runs: u64,
}

/// Whether a database is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Integrity {
    /// Number of its schema.
    pub schema: i64,
    /// What is wrong with it; empty when it is whole.
    pub problems: Vec<String>,
}

impl State {
    /// Copies the database into a new file while others read and write. An existing file is replaced at the very end.
    pub fn backup(&self, target: &Path) -> Result<BackupReport, StateError> {
        let part = beside(target, "part");
        let outcome = self.copy_to(&part).and_then(|()| {
            let report = describe(&part, target)?;
            fs::rename(&part, target).map_err(|error| StateError::file(target, error))?;
            Ok(report)
        });
        if outcome.is_err() {
            // the first failure is the one to report
            let _ = fs::remove_file(&part);
        }
        outcome
    }

    fn copy_to(&self, part: &Path) -> Result<(), StateError> {
        let made = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
        made.map_err(|error| StateError::file(part, error))?;
        self.flush()?;
        let source = connection::open(self.path(), Purpose::Read)?;
        copy(&source, self.path(), part)?;
        // a copy is one file: without this, whoever looks into it leaves a write-ahead log beside it
        let failed = |error| StateError::sqlite(part, error);
        let copied = Connection::open(part).map_err(failed)?;
        copied.pragma_update(None, "journal_mode", "DELETE").map_err(failed)
    }

    /// Looks at every page, index and reference.
    pub fn check(&self) -> Result<Integrity, StateError> {
        check(self.path())
    }
}

/// Copies all pages of a database into the file at `target`, in one transaction there.
pub(crate) fn copy(source: &Connection, source_path: &Path, target: &Path) -> Result<(), StateError> {
    let mut to = Connection::open(target).map_err(|error| StateError::sqlite(target, error))?;
    to.busy_timeout(std::time::Duration::from_secs(10)).map_err(|error| StateError::sqlite(target, error))?;
    let backup = Backup::new(source, &mut to).map_err(|error| StateError::sqlite(target, error))?;
    let pause = std::time::Duration::from_millis(1);
    let copied = backup.run_to_completion(PAGES_PER_TURN, pause, None);
    copied.map_err(|error| match StateError::sqlite(target, error) {
        // the copy can only be damaged by its source
        StateError::Corrupt { detail, .. } => StateError::Corrupt { path: source_path.to_owned(), detail },
        other => other,
    })
}

/// Looks at every page, index and reference of a database file.
pub(crate) fn check(path: &Path) -> Result<Integrity, StateError> {
    let failed = |error| StateError::sqlite(path, error);
    let connection = connection::open(path, Purpose::Read)?;
    let schema = connection::version(&connection).map_err(failed)?;
    let mut problems = Vec::new();
    let mut gather = |sql: &str, text: fn(&rusqlite::Row<'_>) -> rusqlite::Result<String>| {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], text)?;
        for row in rows {
            problems.push(row?);
        }
        Ok(())
    };
    gather("PRAGMA integrity_check(20)", |row| row.get(0)).map_err(failed)?;
    gather("PRAGMA foreign_key_check", |row| {
        Ok(format!(
            "a row of {} refers to a row of {} that is not there",
            row.get::<_, String>(0)?,
            row.get::<_, String>(2)?
        ))
    })
    .map_err(failed)?;
    problems.retain(|problem| problem != "ok");
    Ok(Integrity { schema, problems })
}

fn describe(part: &Path, target: &Path) -> Result<BackupReport, StateError> {
    let failed = |error| StateError::sqlite(part, error);
    let connection = connection::open(part, Purpose::Read)?;
    let count = |table: &str| -> rusqlite::Result<u64> {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    };
    let (apps, runs) = (count("apps").map_err(failed)?, count("runs").map_err(failed)?);
    let bytes = fs::metadata(part).map_err(|error| StateError::file(part, error))?.len();
    Ok(BackupReport { path: target.to_owned(), bytes, apps, runs })
}

/// `x.db` → `x.db.<word>`
pub(crate) fn beside(path: &Path, word: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{word}"))
}
