//! One file per noun: its typed row, and the few things that are done with it.
//!
//! Must not know: each other, except where a foreign key says so.

pub(crate) mod alerts;
pub(crate) mod apps;
pub(crate) mod downloads;
pub(crate) mod events;
pub(crate) mod journal;
pub(crate) mod metrics;
pub(crate) mod processes;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod scripts;
pub(crate) mod settings;
pub(crate) mod shares;
pub(crate) mod steps;
pub(crate) mod tunnels;

use rusqlite::{Connection, Params, Row};

use crate::writer::Fault;

/// All rows of a query.
pub(crate) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// The first row of a query, when there is one.
pub(crate) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Fault> {
    use rusqlite::OptionalExtension as _;
    Ok(connection.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// Runs one statement and tells how many rows it changed.
pub(crate) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Fault> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// A JSON column that cannot be read.
pub(crate) fn bad_json(column: usize, error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
