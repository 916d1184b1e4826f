//! The simulated state of an evaluation: what exists, runs and is known (the state file of `pino eval`).
//!
//! Must not know: the VM.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use pino_model::Data;
use serde::Deserialize;

use crate::files::normalise;

/// The state file, all parts optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StateFile {
    /// `true`: every path in the app folder exists; a list: these and all below.
    pub exists: Exists,
    /// Exceptions, these and all below.
    pub missing: Vec<String>,
    /// Text of further files.
    pub files: BTreeMap<String, serde_json::Value>,
    /// Running scripts, relative to the evaluated script's folder.
    pub running: BTreeMap<String, serde_json::Value>,
    /// Scripts that reached their end.
    pub ready: Vec<String>,
    /// Local variables by script.
    pub local: BTreeMap<String, serde_json::Value>,
    /// Global variables by script.
    pub global: BTreeMap<String, serde_json::Value>,
    /// Additions to the environment.
    pub env: BTreeMap<String, String>,
    /// Executables.
    pub which: BTreeMap<String, String>,
    /// Git address → folder under `<home>/api`.
    pub git: BTreeMap<String, String>,
}

/// What of the app folder exists beside its own files.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Exists {
    /// Everything, or nothing.
    All(bool),
    /// These paths and all below.
    Listed(Vec<String>),
}

impl Default for Exists {
    fn default() -> Self {
        Exists::All(false)
    }
}

/// The same with absolute paths.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) all_exists: bool,
    pub(super) listed: Vec<PathBuf>,
    pub(super) missing: Vec<PathBuf>,
    pub(super) files: BTreeMap<PathBuf, String>,
    pub(super) running: BTreeSet<PathBuf>,
    pub(super) ready: BTreeSet<PathBuf>,
    pub(super) local: BTreeMap<PathBuf, Data>,
    pub(super) global: BTreeMap<PathBuf, Data>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) which: BTreeMap<String, String>,
    pub(super) git: BTreeMap<String, String>,
}

impl State {
    /// `app_root` and `folder` (of the evaluated script) as the script sees them.
    pub(super) fn new(file: StateFile, app_root: &Path, folder: &Path) -> Self {
        let in_app = |path: &String| normalise(&app_root.join(path));
        let (all_exists, listed) = match &file.exists {
            Exists::All(all) => (*all, Vec::new()),
            Exists::Listed(paths) => (false, paths.iter().map(in_app).collect()),
        };
        let beside = |path: &String| normalise(&folder.join(path));
        let variables = |map: BTreeMap<String, serde_json::Value>| {
            map.into_iter().map(|(path, value)| (beside(&path), Data::from(value))).collect()
        };
        let truthy = |value: &serde_json::Value| Data::from(value.clone()).is_truthy();
        State {
            all_exists,
            listed,
            missing: file.missing.iter().map(in_app).collect(),
            files: file.files.iter().map(|(path, text)| (in_app(path), plain_text(text))).collect(),
            running: file.running.iter().filter(|(_, on)| truthy(on)).map(|(path, _)| beside(path)).collect(),
            ready: file.ready.iter().map(beside).collect(),
            local: variables(file.local),
            global: variables(file.global),
            env: file.env,
            which: file.which,
            git: file.git,
        }
    }
}

fn plain_text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
