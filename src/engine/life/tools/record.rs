//! Which programs we fetched: `<home>/pino/tools.json`.
//!
//! Must not know: how.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::life::LifeError;

/// One program we fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRecord {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
    /// Where it came from.
    pub from: String,
    /// When (Unix milliseconds).
    pub at_ms: i64,
}

/// Programs of this home by name.
pub fn recorded(home: &Path) -> BTreeMap<String, ToolRecord> {
    let text = fs::read(file(home)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

pub(super) fn add(home: &Path, name: &str, record: ToolRecord) -> Result<(), LifeError> {
    let mut all = recorded(home);
    all.insert(name.to_owned(), record);
    let file = file(home);
    let folder = file.parent().unwrap_or(home);
    fs::create_dir_all(folder).map_err(LifeError::file("create", folder))?;
    let text = serde_json::to_vec_pretty(&all).unwrap_or_default();
    crate::files::write_atomically(&file, &text).map_err(LifeError::file("write", &file))
}

fn file(home: &Path) -> PathBuf {
    home.join("pino/tools.json")
}
