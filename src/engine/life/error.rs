//! Why something cannot be done with an app, each with its next step.
//!
//! Must not know: who asked.

use std::{io, path::PathBuf};

use pino_source::SourceError;
use pino_state::{SecretsError, StateError};

use super::preflight::Preflight;
use crate::{home::HomeError, plan::PlanError};

/// A refusal or failure.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// The repository.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The secrets of the home.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The home.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The launcher cannot be planned at all.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No folder of this name.
    #[error("there is no app `{app}` in {}; `pino ps` lists the apps, `pino install ADDRESS` adds one", home.display())]
    NoSuchApp {
        /// The name.
        app: String,
        /// The home.
        home: PathBuf,
    },
    /// A name that cannot be one.
    #[error("`{0}` is no name of an app: it has to be a folder name without `/`; choose one with --name")]
    BadName(String),
    /// Neither address nor folder nor a name of the catalogue.
    #[error(
        "`{0}` is neither a repository address, nor a folder, nor an app of the catalogue; `pino catalog search` finds apps"
    )]
    UnknownTarget(String),
    /// It is there already.
    #[error(
        "`{app}` is installed already; `pino update {app}` brings the newest version, `pino repair {app}` rebuilds its environments, --name installs it a second time"
    )]
    AlreadyInstalled {
        /// The app.
        app: String,
    },
    /// Another repository has the name.
    #[error(
        "`{app}` was cloned from {origin}, not from {wanted}; choose another name with --name, or `pino rm {app}` first"
    )]
    OtherOrigin {
        /// The app.
        app: String,
        /// Where it came from.
        origin: String,
        /// What was asked for.
        wanted: String,
    },
    /// Another process works on it.
    #[error("another pino is at work on `{app}` (process {holder}); wait for it to end")]
    Busy {
        /// The app.
        app: String,
        /// Process id, or `unknown`.
        holder: String,
    },
    /// It runs.
    #[error("`{app}` is running; `pino stop {app}` first")]
    Running {
        /// The app.
        app: String,
    },
    /// Others need it.
    #[error(
        "`{app}` cannot be removed: links point into it ({}); remove those apps or links first, or use --force",
        list(links)
    )]
    LinkedFrom {
        /// The app.
        app: String,
        /// The links.
        links: Vec<PathBuf>,
    },
    /// The preflight found reasons against it.
    #[error("`{app}` was not installed: {}; --force goes on all the same", report.reasons().join("; "))]
    Refused {
        /// The app.
        app: String,
        /// What was found.
        report: Box<Preflight>,
    },
    /// Its script failed.
    #[error("{script} of `{app}` failed: {reason}\n{next_step}")]
    Script {
        /// The app.
        app: String,
        /// The script.
        script: String,
        /// What it said.
        reason: String,
        /// What to do.
        next_step: String,
    },
    /// The update failed and was undone.
    #[error("the update of `{app}` failed and was rolled back to {commit}: {cause}")]
    RolledBack {
        /// The app.
        app: String,
        /// Where it is again.
        commit: String,
        /// Why.
        cause: Box<LifeError>,
    },
    /// The update failed and could not be undone.
    #[error(
        "the update of `{app}` failed ({cause}) and could not be rolled back: {rollback}; `pino rollback {app}` tries again"
    )]
    NotRolledBack {
        /// The app.
        app: String,
        /// Why the update failed.
        cause: Box<LifeError>,
        /// Why the roll-back failed.
        rollback: Box<LifeError>,
    },
    /// It stays where it is.
    #[error("`{app}` is pinned to {commit}; `pino unpin {app}` lets it be updated")]
    Pinned {
        /// The app.
        app: String,
        /// Where.
        commit: String,
    },
    /// Nothing to go back to.
    #[error("`{app}` has no snapshot{}; `pino rollback {app} --list` shows what there is", named(.id.as_deref()))]
    NoSnapshot {
        /// The app.
        app: String,
        /// The one asked for.
        id: Option<String>,
    },
    /// A program scripts need cannot be had.
    #[error("{tool} is needed but is not on PATH, and it could not be fetched: {cause}\n{next_step}")]
    Tool {
        /// The program.
        tool: String,
        /// Why.
        cause: String,
        /// What to do.
        next_step: String,
    },
    /// Nothing to rebuild.
    #[error("`{app}` cannot be repaired: {why}")]
    NoRepair {
        /// The app.
        app: String,
        /// Why.
        why: String,
    },
    /// The disk said no.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A thread ended before its work.
    #[error("the work could not be carried out: {0}; please report this")]
    Thread(String),
    /// Stopped from outside.
    #[error("stopped; what is there is kept, so repeating the command goes on from there")]
    Stopped,
}

impl LifeError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| LifeError::File { action, path, source }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            LifeError::Source(SourceError::Cancelled) | LifeError::Stopped => "stopped",
            LifeError::Source(_) => "source",
            LifeError::State(_) => "state",
            LifeError::Secrets(_) => "secrets",
            LifeError::Home(_) => "home",
            LifeError::Plan(_) => "plan",
            LifeError::NoSuchApp { .. } => "no-app",
            LifeError::BadName(_) => "bad-name",
            LifeError::UnknownTarget(_) => "unknown-target",
            LifeError::AlreadyInstalled { .. } => "already-installed",
            LifeError::OtherOrigin { .. } => "other-origin",
            LifeError::Busy { .. } => "busy",
            LifeError::Running { .. } => "running",
            LifeError::LinkedFrom { .. } => "linked",
            LifeError::Refused { .. } => "refused",
            LifeError::Script { .. } => "script",
            LifeError::RolledBack { .. } => "rolled-back",
            LifeError::NotRolledBack { .. } => "not-rolled-back",
            LifeError::Pinned { .. } => "pinned",
            LifeError::NoSnapshot { .. } => "no-snapshot",
            LifeError::Tool { .. } => "tool",
            LifeError::NoRepair { .. } => "no-repair",
            LifeError::File { .. } => "file",
            LifeError::Thread(_) => "internal",
        }
    }
}

fn list(links: &[PathBuf]) -> String {
    links.iter().take(5).map(|link| link.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn named(id: Option<&str>) -> String {
    id.map(|id| format!(" {id}")).unwrap_or_default()
}
