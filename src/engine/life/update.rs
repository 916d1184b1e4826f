//! Updating: say what changes, keep a snapshot, go there, run the launcher's update script; back again when it fails.
//!
//! Must not know: command lines.

use std::path::Path;

use pino_model::Data;
use pino_source::{Comparison, Relation, SourceError};
use pino_state::AppState;
use serde::Serialize;

use super::{
    Attendance, Life, LifeError, Snapshot, Stage, lock,
    scan::{self, Suspicion, Weight},
    script::{self, ScriptRun},
    snapshot,
};

/// How to update.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own that a person switches")]
pub struct UpdateRequest {
    /// Name of the app.
    pub app: String,
    /// Say what would change, change nothing.
    pub dry_run: bool,
    /// Overwrite local changes (they are kept in the snapshot) and follow a history of its own no longer.
    pub force: bool,
    /// Do not run the launcher's update script.
    pub no_script: bool,
    /// Programs that end with a code other than 0 fail the update.
    pub strict: bool,
}

/// What an update did, or would do.
#[derive(Clone, Debug, Serialize)]
pub struct Updated {
    /// Name of the app.
    pub app: String,
    /// What lay between.
    pub comparison: Comparison,
    /// The launcher changed.
    pub changed: bool,
    /// The script that ran.
    pub script: Option<String>,
    /// To go back to.
    pub snapshot: Option<String>,
    /// Suspicious lines the new version has and the old one had not.
    pub new_suspicions: Vec<Suspicion>,
    /// The install script changed, so the environments may be out of date.
    pub install_changed: bool,
}

impl Life {
    /// Updates an app.
    pub async fn update(
        &self,
        request: &UpdateRequest,
        attendance: &Attendance,
    ) -> Result<Updated, LifeError> {
        let app = request.app.as_str();
        let folder = self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.refuse_running(app)?;
        self.refuse_pinned(app)?;
        self.undo_interrupted(app, attendance).await?;
        attendance.stage(Stage::Fetch, app);
        let place = folder.clone();
        let compare = move |source: &pino_source::Source, watch: &pino_source::Watch<'_>| {
            source.compare(&place, None, watch)
        };
        let comparison = self.repositories.work(attendance, compare).await?;
        let changed = comparison.relation != Relation::Same;
        let updated = Updated {
            app: app.to_owned(),
            changed,
            script: None,
            snapshot: None,
            new_suspicions: Vec::new(),
            install_changed: comparison.diff.files.iter().any(|file| file.path.ends_with("install.js")),
            comparison,
        };
        let script = script::find(&folder, "update").filter(|_| !request.no_script);
        if request.dry_run || !changed && script.is_none() {
            return Ok(updated);
        }
        if !request.force {
            refuse_losses(&folder, &updated.comparison)?;
        }
        self.make_update(request, updated, attendance).await
    }

    async fn make_update(
        &self,
        request: &UpdateRequest,
        mut updated: Updated,
        attendance: &Attendance,
    ) -> Result<Updated, LifeError> {
        let app = request.app.as_str();
        let snapshot = self.take_snapshot(app, "before an update", attendance).await?;
        snapshot::set_pending(&self.home, app, Some(&snapshot.id))?;
        let before = self.state_of(app)?;
        self.begin_installing(app)?;
        updated.snapshot = Some(snapshot.id.clone());
        match self.carry_out(request, &mut updated, attendance).await {
            Ok(()) => {
                snapshot::set_pending(&self.home, app, None)?;
                self.become_state(app, AppState::Installed, None)?;
                self.describe(app, None)?;
                Ok(updated)
            }
            Err(cause) => Err(self.roll_back(app, &snapshot, (cause, before), attendance).await),
        }
    }

    async fn carry_out(
        &self,
        request: &UpdateRequest,
        updated: &mut Updated,
        attendance: &Attendance,
    ) -> Result<(), LifeError> {
        let app = request.app.as_str();
        let folder = self.folder(app);
        let old = scan::scan(&folder);
        if updated.changed {
            let (place, commit, force) = (folder.clone(), updated.comparison.target.clone(), request.force);
            let go = move |source: &pino_source::Source, watch: &pino_source::Watch<'_>| {
                source.go_to(&place, &commit, force, watch)
            };
            self.repositories.work(attendance, go).await?;
        }
        let is_new = |suspicion: &Suspicion| {
            !old.iter().any(|known| known.rule == suspicion.rule && known.excerpt == suspicion.excerpt)
        };
        updated.new_suspicions = scan::scan(&folder).into_iter().filter(is_new).collect();
        let danger = updated.new_suspicions.iter().find(|suspicion| suspicion.weight == Weight::Danger);
        if let Some(danger) = danger.filter(|_| !request.force) {
            let reason = format!("the new version looks dangerous: {} ({})", danger.excerpt, danger.why);
            let next_step = format!("read {}:{}; --force updates all the same", danger.file, danger.line);
            return Err(LifeError::Script {
                app: app.to_owned(),
                script: danger.file.clone(),
                reason,
                next_step,
            });
        }
        let Some(script) = script::find(&folder, "update").filter(|_| !request.no_script) else {
            return Ok(());
        };
        updated.script = script.file_name().map(|name| name.to_string_lossy().into_owned());
        let run = ScriptRun {
            home: self.home.clone(),
            app: app.to_owned(),
            script,
            input: Data::Object(indexmap::IndexMap::new()),
            strict: request.strict,
            allowed_paths: Vec::new(),
            env: self.guarded()?,
            state: self.state.clone(),
            resumes: false,
        };
        script::run(run, attendance).await
    }

    /// Goes back after a failure and says both.
    async fn roll_back(
        &self,
        app: &str,
        snapshot: &Snapshot,
        (cause, before): (LifeError, Option<AppState>),
        attendance: &Attendance,
    ) -> LifeError {
        let undone = self.restore(app, snapshot, attendance).await;
        let cause = Box::new(cause);
        match undone {
            Ok(()) => {
                let to = if before == Some(AppState::Error) { AppState::Error } else { AppState::Installed };
                if let Err(error) = self.become_state(app, to, Some("rolled back")) {
                    tracing::warn!(%error, app, "the state could not be noted");
                }
                LifeError::RolledBack { app: app.to_owned(), commit: short(&snapshot.commit), cause }
            }
            Err(rollback) => {
                let rollback = Box::new(rollback);
                let error = LifeError::NotRolledBack { app: app.to_owned(), cause, rollback };
                if let Err(error) = self.become_state(app, AppState::Error, Some(&error.to_string())) {
                    tracing::warn!(%error, app, "the state could not be noted");
                }
                error
            }
        }
    }

    pub(crate) async fn restore(
        &self,
        app: &str,
        snapshot: &Snapshot,
        attendance: &Attendance,
    ) -> Result<(), LifeError> {
        attendance.stage(Stage::RollBack, short(&snapshot.commit));
        // a stop asks for the old state, so the way back is not stopped
        let calm = Attendance { cancel: tokio_util::sync::CancellationToken::new(), ..attendance.clone() };
        let (this, name, wanted) = (self.clone(), app.to_owned(), snapshot.clone());
        let work = move || {
            let mut outcome = Ok(());
            this.repositories.work_here(&calm, |source, watch| {
                outcome = snapshot::restore(&this.home, &name, &wanted, source, watch);
                Ok(())
            })?;
            outcome
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| LifeError::Thread(error.to_string()))??;
        snapshot::set_pending(&self.home, app, None)?;
        self.describe(app, None)
    }

    pub(crate) async fn take_snapshot(
        &self,
        app: &str,
        reason: &'static str,
        attendance: &Attendance,
    ) -> Result<Snapshot, LifeError> {
        attendance.stage(Stage::Snapshot, app);
        let (this, name) = (self.clone(), app.to_owned());
        let make = move || snapshot::make(&this.home, &name, reason, this.repositories.source());
        let done = tokio::task::spawn_blocking(make).await;
        done.map_err(|error| LifeError::Thread(error.to_string()))?
    }

    /// An update that was killed is undone before anything else.
    pub(crate) async fn undo_interrupted(&self, app: &str, attendance: &Attendance) -> Result<(), LifeError> {
        let Some(snapshot) = snapshot::pending(&self.home, app) else { return Ok(()) };
        attendance.notice("an earlier update was interrupted; going back to the state before it");
        self.restore(app, &snapshot, attendance).await?;
        self.begin_installing(app)?;
        self.become_state(app, AppState::Installed, None)
    }

    /// Goes back to a snapshot, the newest one without an id.
    pub async fn rollback(
        &self,
        app: &str,
        id: Option<&str>,
        attendance: &Attendance,
    ) -> Result<Snapshot, LifeError> {
        self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.refuse_running(app)?;
        let all = snapshot::list(&self.home, app);
        let wanted =
            |snapshot: &&Snapshot| id.is_none_or(|id| snapshot.id == id || snapshot.commit.starts_with(id));
        let found = all.iter().find(wanted).cloned();
        let none = || LifeError::NoSnapshot { app: app.to_owned(), id: id.map(str::to_owned) };
        let snapshot = found.ok_or_else(none)?;
        self.begin_installing(app)?;
        match self.restore(app, &snapshot, attendance).await {
            Ok(()) => {
                self.become_state(app, AppState::Installed, None)?;
                Ok(snapshot)
            }
            Err(error) => {
                self.become_state(app, AppState::Error, Some(&error.to_string()))?;
                Err(error)
            }
        }
    }

    /// Snapshots of an app, the newest first.
    pub fn snapshots(&self, app: &str) -> Result<Vec<Snapshot>, LifeError> {
        self.existing(app)?;
        Ok(snapshot::list(&self.home, app))
    }
}

/// What an update must not take away without being told to.
fn refuse_losses(folder: &Path, comparison: &Comparison) -> Result<(), LifeError> {
    if let Relation::Diverged { own } = comparison.relation {
        return Err(SourceError::Diverged { path: folder.to_owned(), commits: own }.into());
    }
    if !comparison.conflicts.is_empty() {
        let files = comparison.conflicts.clone();
        return Err(SourceError::Conflicts { path: folder.to_owned(), files }.into());
    }
    Ok(())
}

fn short(commit: &str) -> String {
    commit.get(..10).unwrap_or(commit).to_owned()
}
