//! Puts a backup back: it is checked and brought to the latest schema first, and the old database is kept.
//!
//! Must not know: who has made the backup.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    State, StateError,
    backup::{beside, check, copy},
    connection::{self, Purpose},
    now_ms,
};

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// The backup.
    pub from: PathBuf,
    /// Its schema; it was brought to the latest one.
    pub schema: i64,
    /// Where the old database is kept, when there was one.
    pub kept: Option<PathBuf>,
    /// Apps that are known now.
    pub apps: usize,
}

impl State {
    /// Puts the backup at `from` in place of the database at `path`. Programs that have it open go on with what was put back.
    pub fn restore(path: &Path, from: &Path) -> Result<RestoreReport, StateError> {
        let found = check(from)?;
        if let Some(problem) = found.problems.first() {
            return Err(StateError::Corrupt { path: from.to_owned(), detail: problem.clone() });
        }
        let prepared = prepare(path, from);
        let outcome = prepared.and_then(|prepared| put_in_place(&prepared, path));
        let _ = set_aside_files(&beside(path, "restoring"), None);
        let kept = outcome?;
        let apps = State::open(path)?.apps().list()?.len();
        Ok(RestoreReport { from: from.to_owned(), schema: found.schema, kept, apps })
    }
}

/// A copy with the latest schema beside the database: a backup that cannot be used is found out before anything is touched.
fn prepare(path: &Path, from: &Path) -> Result<PathBuf, StateError> {
    let prepared = beside(path, "restoring");
    set_aside_files(&prepared, None).map_err(|error| StateError::file(&prepared, error))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| StateError::file(folder, error))?;
    }
    {
        let source = connection::open(from, Purpose::Read)?;
        connection::create_empty(&prepared)?;
        copy(&source, from, &prepared)?;
    }
    let migrated = State::open(&prepared)?;
    if migrated.apps().list().is_err() {
        let detail = "it is no database of this program".to_owned();
        return Err(StateError::Corrupt { path: from.to_owned(), detail });
    }
    Ok(prepared)
}

/// The old content goes into a file of its own, then the new one takes its place in one transaction.
fn put_in_place(prepared: &Path, path: &Path) -> Result<Option<PathBuf>, StateError> {
    let mut kept = None;
    if path.exists() {
        let aside = aside_name(path, "before-restore");
        let is_whole = check(path).is_ok_and(|found| found.problems.is_empty());
        if is_whole {
            State::open(path)?.backup(&aside)?;
        } else {
            set_aside_files(path, Some(&aside)).map_err(|error| StateError::file(path, error))?;
        }
        kept = Some(aside);
    }
    connection::create_empty(path)?;
    let source = connection::open(prepared, Purpose::Read)?;
    copy(&source, prepared, path)?;
    Ok(kept)
}

/// A name nobody has yet: `pino.db.<word>-<milliseconds>`.
pub(crate) fn aside_name(path: &Path, word: &str) -> PathBuf {
    let mut stamp = now_ms();
    loop {
        let name = beside(path, &format!("{word}-{stamp}"));
        if !name.exists() {
            return name;
        }
        stamp += 1;
    }
}

/// Moves a database with its write-ahead log to another name, or removes all of it.
pub(crate) fn set_aside_files(path: &Path, to: Option<&Path>) -> io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let with = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!("{name}{suffix}"))
        };
        let moved = match to {
            Some(to) => fs::rename(with(path), with(to)),
            None => fs::remove_file(with(path)),
        };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
