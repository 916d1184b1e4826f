//! Why the database could not do what was asked, said so that a person knows what to do next.
//!
//! Must not know: who asks.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Error, ErrorCode};

/// Anything that can go wrong with the state of a home. Cheap to copy: one failed commit answers many writers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    /// The file or its folder cannot be used.
    #[error("the state of the home cannot be kept in {path}: {cause}. Make the folder writable")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        cause: Arc<io::Error>,
    },
    /// The file is no database any more.
    #[error(
        "{path} is damaged ({detail}). `pino restore FILE` puts a backup back; `pino restore --rebuild` makes it anew from what is on disk"
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        detail: String,
    },
    /// It was written by a later version of this program.
    #[error(
        "{path} was written by a newer pino (schema {found}, this one knows {known}). Update pino, or put an older backup back with `pino restore FILE`"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The latest one known here.
        known: i64,
    },
    /// No room left.
    #[error(
        "{path} cannot grow: the disk is full or a quota is used up ({detail}). Free some space and try again"
    )]
    Full {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        detail: String,
    },
    /// Another process writes without end.
    #[error(
        "{path} has been locked by another process for too long ({detail}). See what it does, then try again"
    )]
    Busy {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        detail: String,
    },
    /// A statement failed.
    #[error("{path}: {cause}. Please report this")]
    Statement {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        cause: Arc<Error>,
    },
    /// A column holds what nobody has written.
    #[error("{noun} holds text that cannot be read ({detail}). `pino backup --check` tells more")]
    Unreadable {
        /// Table and column.
        noun: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// There is no such row.
    #[error("there is no {noun} \"{key}\"")]
    Unknown {
        /// Kind of row.
        noun: &'static str,
        /// What was looked for.
        key: String,
    },
    /// An app would have to jump over a state.
    #[error("{app} is {from}; it cannot become {to} from there")]
    Illegal {
        /// The app.
        app: String,
        /// Its state.
        from: &'static str,
        /// The one asked for.
        to: &'static str,
    },
    /// Somebody else was faster.
    #[error(
        "{app} was {expected} a moment ago and is {found} now: something else works on it. Look again with `pino ps`"
    )]
    Changed {
        /// The app.
        app: String,
        /// The state it was read with.
        expected: &'static str,
        /// The state it has.
        found: &'static str,
    },
    /// The writer has ended.
    #[error("the state of the home is closed already; nothing more is kept")]
    Closed,
}

impl StateError {
    /// It is about the file, not about one statement.
    pub(crate) fn is_of_the_file(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Corrupt { .. } | Self::Full { .. } | Self::Busy { .. })
    }

    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause: Arc::new(cause) }
    }

    /// Sorts an error of `SQLite` by what a person can do about it.
    pub(crate) fn sqlite(path: &Path, error: Error) -> Self {
        let path = path.to_owned();
        let Error::SqliteFailure(failure, _) = &error else {
            return Self::Statement { path, cause: Arc::new(error) };
        };
        let detail = error.to_string();
        match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt { path, detail },
            // a quota or file size limit shows as a failed write
            ErrorCode::DiskFull | ErrorCode::SystemIoFailure => Self::Full { path, detail },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { path, detail },
            ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                Self::File { path, cause: Arc::new(io::Error::other(error)) }
            }
            _ => Self::Statement { path, cause: Arc::new(error) },
        }
    }
}
