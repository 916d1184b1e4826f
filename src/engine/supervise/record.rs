//! What has to be known of an app after the server was killed: written before its first process exists, replaced whole.
//!
//! Must not know: how an app is run. The database may be lost; this file and the app's shims are enough to go on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_model::{AppState, ExitStatus};
use pino_process::ProcessIdentity;
use serde::{Deserialize, Serialize};

use super::{SuperviseError, settings};

/// What somebody wants of an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wanted {
    /// It shall not run.
    #[default]
    Down,
    /// It shall run.
    Up,
}

/// The record of an app's current or last run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    pub(crate) wanted: Wanted,
    pub(crate) state: AppState,
    /// Id of the run, also the name of its process group.
    pub(crate) run: Option<String>,
    /// The process that began it.
    pub(crate) owner: Option<ProcessIdentity>,
    /// Relative to the app's folder.
    pub(crate) script: Option<String>,
    pub(crate) input: Option<serde_json::Value>,
    /// Its service came up.
    pub(crate) ready: bool,
    pub(crate) url: Option<String>,
    pub(crate) local: Option<serde_json::Value>,
    pub(crate) started_at_ms: Option<u64>,
    pub(crate) ready_at_ms: Option<u64>,
    pub(crate) ended_at_ms: Option<u64>,
    pub(crate) exit: Option<ExitStatus>,
    pub(crate) restarts: u32,
    pub(crate) reason: Option<String>,
}

fn file(home: &Path, app: &str) -> PathBuf {
    settings::app_state_folder(home, app).join("run.json")
}

impl Record {
    /// The record of an app; `None` when it was never started (or the record is damaged, which is told in the log).
    pub(crate) fn load(home: &Path, app: &str) -> Option<Self> {
        let file = file(home, app);
        let text = settings::read_bounded(&file).ok()?;
        serde_json::from_str(&text)
            .inspect_err(|error| tracing::warn!(file = %file.display(), %error, "a run's record is damaged"))
            .ok()
    }

    /// Replaces the record.
    pub(crate) fn save(&self, home: &Path, app: &str) -> Result<(), SuperviseError> {
        let folder = settings::app_state_folder(home, app);
        fs::create_dir_all(&folder).map_err(SuperviseError::io("make", &folder))?;
        let file = file(home, app);
        let text = serde_json::to_vec(self).unwrap_or_default();
        crate::files::write_atomically(&file, &text).map_err(SuperviseError::io("write", &file))
    }

    /// Names of all apps that have a record.
    pub(crate) fn known(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home.join("pino/apps")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}
