//! Repairing: environments are built anew beside the old ones' place, data is not touched; the old ones come back on failure.
//!
//! Must not know: command lines.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_model::Data;
use pino_state::AppState;
use serde::Serialize;

use super::{
    Attendance, Life, LifeError, copy, environments, lock,
    script::{self, ScriptRun},
};

/// What a repair did.
#[derive(Clone, Debug, Serialize)]
pub struct Repaired {
    /// Name of the app.
    pub app: String,
    /// Environments that were built anew, relative to the app.
    pub rebuilt: Vec<String>,
}

impl Life {
    /// Builds the environments of an app anew with its install script.
    pub async fn repair(&self, app: &str, attendance: &Attendance) -> Result<Repaired, LifeError> {
        let folder = self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.refuse_running(app)?;
        self.undo_interrupted(app, attendance).await?;
        put_back_all(&folder)?;
        let no_script = || LifeError::NoRepair {
            app: app.to_owned(),
            why: "its launcher has no install script that could build them".to_owned(),
        };
        let script = script::find(&folder, "install").ok_or_else(no_script)?;
        let found = environments::find(&folder);
        self.begin_installing(app)?;
        for environment in &found {
            fs::rename(environment, aside(environment)).map_err(LifeError::file("set aside", environment))?;
        }
        let run = ScriptRun {
            home: self.home.clone(),
            app: app.to_owned(),
            script,
            input: Data::Object(indexmap::IndexMap::new()),
            strict: false,
            allowed_paths: Vec::new(),
            env: self.guarded()?,
            state: self.state.clone(),
            resumes: false,
        };
        if let Err(error) = script::run(run, attendance).await {
            put_back_all(&folder)?;
            self.become_state(app, AppState::Error, Some(&error.to_string()))?;
            return Err(error);
        }
        for environment in &found {
            let old = aside(environment);
            copy::remove(&old).map_err(LifeError::file("remove", &old))?;
        }
        self.become_state(app, AppState::Installed, None)?;
        let relative =
            |path: &PathBuf| path.strip_prefix(&folder).unwrap_or(path).to_string_lossy().into_owned();
        Ok(Repaired { app: app.to_owned(), rebuilt: found.iter().map(relative).collect() })
    }
}

const ENDING: &str = ".before-repair";

fn aside(environment: &Path) -> PathBuf {
    let name = environment.file_name().unwrap_or_default().to_string_lossy();
    environment.with_file_name(format!(".{name}{ENDING}"))
}

/// Environments a failed or killed repair had set aside take their places again.
fn put_back_all(folder: &Path) -> Result<(), LifeError> {
    for set_aside in environments::find(folder) {
        let name = set_aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(own) = name.strip_prefix('.').and_then(|name| name.strip_suffix(ENDING)) else { continue };
        let place = set_aside.with_file_name(own);
        copy::remove(&place).map_err(LifeError::file("remove", &place))?;
        fs::rename(&set_aside, &place).map_err(LifeError::file("put back", &set_aside))?;
    }
    Ok(())
}
