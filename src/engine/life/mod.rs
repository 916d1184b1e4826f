//! The life of an app: install, update, roll back, pin, remove, reset, repair.
//!
//! Must not know: command lines, HTTP. States live in the database and change atomically; work on an app is done under its
//! lock, so a state INSTALLING without a lock is an installation that was interrupted.

mod copy;
mod environments;
mod error;
mod event;
mod git_guard;
mod install;
mod kept;
mod lock;
mod pin;
pub mod preflight;
mod remove;
mod repair;
mod repository;
mod reset;
pub mod scan;
mod script;
mod size;
mod snapshot;
mod states;
mod target;
mod tools;
mod update;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use pino_state::State;

pub use error::LifeError;
pub use event::{Attendance, LifeEvent, OnLifeEvent, Stage};
pub use install::{InstallRequest, Installed};
pub use pin::Pinned;
pub use remove::{Removal, RemoveRequest};
pub use repair::Repaired;
pub use reset::{Reset, ResetRequest};
pub use size::SizePreview;
pub use snapshot::Snapshot;
pub use target::{CatalogEntry, CatalogLookup, Needs};
pub use tools::{ToolRecord, recorded as recorded_tools};
pub use update::{UpdateRequest, Updated};

use repository::{Repositories, SharedRepositories};

/// The apps of one home, as far as their life is concerned. Cheap to clone.
#[derive(Clone)]
pub struct Life {
    home: PathBuf,
    state: State,
    repositories: SharedRepositories,
}

impl Life {
    /// Opens a home; what is missing in it is made.
    pub fn open(home: &Path) -> Result<Self, LifeError> {
        let home = crate::home::prepare(home)?;
        let state = State::open(&pino_state::database_path(&home))?;
        Self::with_state(&home, state)
    }

    /// With a database that is open already.
    pub fn with_state(home: &Path, state: State) -> Result<Self, LifeError> {
        let repositories = Arc::new(Repositories::of_home(home)?);
        Ok(Self { home: home.to_owned(), state, repositories })
    }

    /// The home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn folder(&self, app: &str) -> PathBuf {
        self.home.join("api").join(app)
    }

    /// The folder of an app that is there.
    fn existing(&self, app: &str) -> Result<PathBuf, LifeError> {
        if !crate::supervise::is_app_name(app) {
            return Err(LifeError::BadName(app.to_owned()));
        }
        let folder = self.folder(app);
        if folder.is_dir() {
            Ok(folder)
        } else {
            Err(LifeError::NoSuchApp { app: app.to_owned(), home: self.home.clone() })
        }
    }
}
