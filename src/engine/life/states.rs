//! Changes of an app's state, and what an interrupted installation leaves.
//!
//! Must not know: why a state changes.

use pino_state::{AnyApp, AppDetails, AppState};

use super::{Life, LifeError, lock};

impl Life {
    /// Where an app stands; none when nothing is known of it.
    pub(crate) fn app(&self, app: &str) -> Result<Option<AnyApp>, LifeError> {
        Ok(self.state.apps().find(app)?)
    }

    pub(crate) fn state_of(&self, app: &str) -> Result<Option<AppState>, LifeError> {
        Ok(self.app(app)?.map(|app| app.row().state))
    }

    /// Brings an app to INSTALLING from wherever it may be.
    pub(crate) fn begin_installing(&self, app: &str) -> Result<(), LifeError> {
        let known = self.state.apps().add(app, AppState::NotInstalled)?;
        match known.row().state {
            AppState::Running => Err(LifeError::Running { app: app.to_owned() }),
            // left by an interrupted installation: the lock is ours
            AppState::Installing => Ok(()),
            _ => {
                known.become_now(&self.state, AppState::Installing, None)?;
                Ok(())
            }
        }
    }

    pub(crate) fn become_state(
        &self,
        app: &str,
        to: AppState,
        reason: Option<&str>,
    ) -> Result<(), LifeError> {
        let known = self.state.apps().get(app)?;
        if known.row().state == to {
            return Ok(());
        }
        known.become_now(&self.state, to, reason)?;
        Ok(())
    }

    /// Notes where an app stands in its repository.
    pub(crate) fn describe(&self, app: &str, title: Option<String>) -> Result<(), LifeError> {
        let Some(known) = self.app(app)? else { return Ok(()) };
        let before = known.row().details.clone();
        let head = self.repositories.source().head(&self.folder(app)).ok();
        let details = AppDetails {
            title: title.or(before.title),
            source: head.as_ref().and_then(|head| head.origin.clone()).or(before.source),
            branch: head.as_ref().and_then(|head| head.branch.clone()),
            commit: head.map(|head| head.commit),
            pinned: before.pinned,
        };
        Ok(self.state.apps().describe(app, details)?)
    }

    /// Nobody may work on a running app.
    pub(crate) fn refuse_running(&self, app: &str) -> Result<(), LifeError> {
        let is_supervised = is_supervised(&self.home, app);
        if self.state_of(app)? == Some(AppState::Running) || is_supervised {
            return Err(LifeError::Running { app: app.to_owned() });
        }
        Ok(())
    }

    /// Installations that were interrupted become errors, with the next step. For the start of a server and for lists.
    pub fn settle_interrupted(&self) -> Result<Vec<String>, LifeError> {
        let mut settled = Vec::new();
        for row in self.state.apps().list()? {
            if row.state != AppState::Installing || !lock::is_free(&self.home, &row.name) {
                continue;
            }
            let reason =
                format!("the installation was interrupted; `pino install {}` goes on with it", row.name);
            let to = if self.folder(&row.name).is_dir() { AppState::Error } else { AppState::NotInstalled };
            self.become_state(&row.name, to, Some(&reason))?;
            settled.push(row.name);
        }
        Ok(settled)
    }
}

/// Shells of the app live in shims, whether or not a server holds them right now.
pub(crate) fn is_supervised(home: &std::path::Path, app: &str) -> bool {
    use pino_process::shim::{ShimState, list};
    let folder = home.join("api").join(app);
    let lives = |state: ShimState| !matches!(state, ShimState::Ended | ShimState::Lost);
    // shims that cannot be read are none that hold the app
    let shims = list(&home.join("pino/shims")).unwrap_or_default();
    shims.iter().any(|shim| lives(shim.state) && std::path::Path::new(&shim.cwd).starts_with(&folder))
}
