//! Resetting: back to "not installed", the launcher stays. What people made is set aside and comes back with the next
//! installation, unless everything was asked for.
//!
//! Must not know: who confirmed it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use pino_model::Data;
use pino_state::AppState;
use serde::Serialize;

use super::{
    Attendance, Life, LifeError, Stage, copy, environments,
    kept::{self, Kept},
    lock,
    script::{self, ScriptRun},
    size, snapshot,
};

/// Files of the launcher's folder that are settings of the user.
const SETTINGS: &[&str] = &["ENVIRONMENT", ".git"];
/// Folders that only hold what can be fetched again.
const REMADE: &[&str] = &["cache", "logs", "__pycache__"];

/// How to reset.
#[derive(Clone, Debug, Default)]
pub struct ResetRequest {
    /// Name of the app.
    pub app: String,
    /// User data as well.
    pub all: bool,
}

/// What a reset did.
#[derive(Clone, Debug, Serialize)]
pub struct Reset {
    /// Name of the app.
    pub app: String,
    /// Where user data lies; none when there was none.
    pub kept: Option<PathBuf>,
    /// Number of its files.
    pub kept_files: usize,
    /// Bytes that were freed.
    pub freed_bytes: u64,
    /// The launcher's own reset script ran.
    pub script: bool,
}

impl Life {
    /// Resets an app.
    pub async fn reset(&self, request: &ResetRequest, attendance: &Attendance) -> Result<Reset, LifeError> {
        let app = request.app.as_str();
        let folder = self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.refuse_running(app)?;
        attendance.stage(Stage::Remove, app);
        let before = size::measure(&folder).total_bytes;
        let source = self.repositories.source();
        let kept = if request.all { Kept::default() } else { kept::set_aside(&self.home, app, source)? };
        let script = script::find(&folder, "reset");
        self.begin_installing(app)?;
        let outcome = match &script {
            Some(script) => self.run_reset(app, script, attendance).await,
            None => self.remove_installed(&folder, request.all),
        };
        if let Err(error) = outcome {
            kept::put_back(&self.home, app)?;
            self.become_state(app, AppState::Error, Some(&error.to_string()))?;
            return Err(error);
        }
        self.become_state(app, AppState::NotInstalled, None)?;
        let freed_bytes = before.saturating_sub(size::measure(&folder).total_bytes);
        let (kept_files, kept) = (kept.files, kept.place);
        Ok(Reset { app: app.to_owned(), kept, kept_files, freed_bytes, script: script.is_some() })
    }

    async fn run_reset(&self, app: &str, script: &Path, attendance: &Attendance) -> Result<(), LifeError> {
        let run = ScriptRun {
            home: self.home.clone(),
            app: app.to_owned(),
            script: script.to_owned(),
            input: Data::Object(indexmap::IndexMap::new()),
            strict: false,
            allowed_paths: Vec::new(),
            env: std::collections::BTreeMap::new(),
            state: self.state.clone(),
            resumes: false,
        };
        script::run(run, attendance).await
    }

    /// For launchers without a reset script: what scripts brought goes, what the launcher's repository knows stays.
    fn remove_installed(&self, folder: &Path, all: bool) -> Result<(), LifeError> {
        let source = self.repositories.source();
        let tracked = source.tracked(folder).unwrap_or_default();
        let nested: BTreeSet<_> =
            snapshot::nested(folder, source).into_iter().map(|(path, _)| folder.join(path)).collect();
        for entry in fs::read_dir(folder).map_err(LifeError::file("read", folder))?.flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_own = SETTINGS.contains(&name.as_str())
                || tracked.iter().any(|file| *file == name || file.starts_with(&format!("{name}/")));
            let is_installed = environments::is_environment(&path)
                || nested.iter().any(|repository| repository.starts_with(&path))
                || REMADE.contains(&name.as_str());
            if !is_own && (all || is_installed) {
                copy::remove(&path).map_err(LifeError::file("remove", &path))?;
            }
        }
        for environment in environments::find(folder) {
            copy::remove(&environment).map_err(LifeError::file("remove", &environment))?;
        }
        Ok(())
    }
}
