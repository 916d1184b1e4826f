//! One connection, set up: file with the right mode, WAL, limits, the latest schema.
//!
//! Must not know: what is stored.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use rusqlite_migration::{M, Migrations};

use crate::StateError;

/// Another process may hold the write lock this long before a write fails. Our own transactions take milliseconds.
const BUSY_LIMIT: Duration = Duration::from_secs(10);

/// Pages the write-ahead log may grow to before it is copied back.
const CHECKPOINT_PAGES: u32 = 1000;

/// Every schema there ever was, in order. `user_version` counts them.
const SCRIPTS: &[&str] = &[
    include_str!("migrations/0001_apps_and_runs.sql"),
    include_str!("migrations/0002_services.sql"),
    include_str!("migrations/0003_observations.sql"),
];

/// Number of the latest schema.
pub(crate) const LATEST: i64 = SCRIPTS.len() as i64;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one writer of a process.
    Write,
    /// One of many readers.
    Read,
}

/// Opens the database; a writer makes it when it is missing and brings it to the latest schema.
pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<Connection, StateError> {
    let failed = |error| StateError::sqlite(path, error);
    if purpose == Purpose::Write {
        create(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_LIMIT).map_err(failed)?;
    if purpose == Purpose::Write {
        migrate(&mut connection, path)?;
    }
    configure(&connection, purpose).map_err(failed)?;
    Ok(connection)
}

fn configure(connection: &Connection, purpose: Purpose) -> rusqlite::Result<()> {
    // a crash of the program loses nothing that was committed; a power cut the last moments at most, and never the file
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -1024)?; // KiB
    connection.pragma_update(None, "query_only", purpose == Purpose::Read)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // copying the log back would make the end of every short run wait for the disk
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn create(path: &Path) -> Result<(), StateError> {
    if path.exists() { Ok(()) } else { create_empty(path) }
}

/// An empty file that nobody else may read, in its folder; an existing one stays as it is.
pub(crate) fn create_empty(path: &Path) -> Result<(), StateError> {
    if let Some(folder) = path.parent() {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| StateError::file(folder, error))?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StateError::file(path, error)),
    }
}

/// Brings a database to the latest schema. Two processes that meet a fresh home do it one after the other.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StateError> {
    let failed = |error| StateError::sqlite(path, error);
    if version(connection).map_err(failed)? == LATEST && is_wal(connection).map_err(failed)? {
        return Ok(());
    }
    let guard = lock_path(path);
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&guard);
    let file = file.map_err(|error| StateError::file(&guard, error))?;
    file.lock().map_err(|error| StateError::file(&guard, error))?;
    let found = version(connection).map_err(failed)?;
    if found > LATEST {
        return Err(StateError::Newer { path: path.to_owned(), found, known: LATEST });
    }
    if found == 0 {
        // nothing can be lost yet, so nothing needs to wait for the disk
        connection.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    let migrations = Migrations::new(SCRIPTS.iter().map(|script| M::up(script)).collect());
    migrations.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StateError::sqlite(path, err),
        other => StateError::Unreadable { noun: "the schema", detail: other.to_string() },
    })
}

fn lock_path(path: &Path) -> PathBuf {
    path.with_extension("db.migration")
}

/// Number of the schema in the file.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn is_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))
        .map(|mode| mode == "wal")
}
