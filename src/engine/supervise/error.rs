//! Why something cannot be done with an app, each with a code for programs and a next step for people.
//!
//! Must not know: who asked.

use std::{io, path::PathBuf};

use pino_model::Problem;

use crate::run::StartError;

/// A refusal or failure of the supervisor.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// No such app in the home.
    #[error("there is no app `{app}` in {home}")]
    NoSuchApp {
        /// The name asked for.
        app: String,
        /// The home that was searched.
        home: PathBuf,
    },
    /// The name could never be one of an app.
    #[error("`{0}` is no name of an app: it has to be a folder name without `/`")]
    BadName(String),
    /// The script cannot be found in the app's folder.
    #[error("the app `{app}` has no script `{script}`")]
    NoScript {
        /// The app.
        app: String,
        /// What was asked for or expected.
        script: String,
        /// Scripts that are there.
        there: Vec<String>,
    },
    /// The launcher offers its installation first.
    #[error("the app `{app}` is not installed yet: its launcher offers `{script}` first")]
    NotInstalled {
        /// The app.
        app: String,
        /// The installing script.
        script: String,
    },
    /// The app's settings cannot be read or make no sense.
    #[error("the settings of `{app}` in {file} cannot be used: {why}")]
    Settings {
        /// The app.
        app: String,
        /// Their file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// An app it needs cannot be started, or the needs form a circle.
    #[error("the app `{app}` cannot start: {why}")]
    Dependency {
        /// The app.
        app: String,
        /// What is wrong.
        why: String,
    },
    /// The run cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The app failed before its service was up.
    #[error("the app `{app}` did not come up: {why}")]
    Failed {
        /// The app.
        app: String,
        /// Its last error.
        why: String,
    },
    /// Processes of the app cannot be stopped.
    #[error("the app `{app}` could not be stopped: {why}")]
    Stop {
        /// The app.
        app: String,
        /// What is left.
        why: String,
    },
    /// Its installation is under way.
    #[error("the app `{0}` is being installed")]
    Installing(String),
    /// The app does not run, and the request needs it to.
    #[error("the app `{0}` is not running")]
    NotRunning(String),
    /// A file of ours cannot be read or written.
    #[error("cannot {action} {path}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        cause: io::Error,
    },
    /// The server is going down.
    #[error("the server is going down")]
    GoingDown,
}

impl SuperviseError {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchApp { .. } => "no-app",
            Self::BadName(_) => "bad-name",
            Self::NoScript { .. } => "no-script",
            Self::NotInstalled { .. } => "not-installed",
            Self::Settings { .. } => "settings",
            Self::Dependency { .. } => "dependency",
            Self::Start(_) => "start",
            Self::Failed { .. } => "failed",
            Self::Stop { .. } => "stop",
            Self::Installing(_) => "installing",
            Self::NotRunning(_) => "not-running",
            Self::Io { .. } => "io",
            Self::GoingDown => "going-down",
        }
    }

    /// What to do about it.
    pub fn next_step(&self) -> Option<String> {
        Some(match self {
            Self::NoSuchApp { .. } => {
                "`pino ps` lists the apps of the home; `pino install` adds one".to_owned()
            }
            Self::BadName(_) => "use a name that `pino ps` lists".to_owned(),
            Self::NoScript { there, .. } if there.is_empty() => {
                "the folder has no script at all: is it a launcher?".to_owned()
            }
            Self::NoScript { there, .. } => format!("scripts that are there: {}", there.join(", ")),
            Self::NotInstalled { app, .. } => format!("`pino install {app}` does it"),
            Self::Settings { file, .. } => format!("correct {} and try again", file.display()),
            Self::Dependency { .. } => "correct `depends_on` in the settings of the app".to_owned(),
            Self::Failed { app, .. } => format!("`pino logs {app}` shows what it printed"),
            Self::Stop { .. } => "end the processes named above by hand and try again".to_owned(),
            Self::Installing(_) => "wait until it is done; `pino ps` tells".to_owned(),
            Self::NotRunning(app) => format!("start it with `pino start {app}`"),
            Self::Io { .. } => "check the disk and the rights of that folder".to_owned(),
            Self::GoingDown => "start it again with `pino up`".to_owned(),
            Self::Start(_) => return None,
        })
    }

    /// The form in which it crosses the control socket.
    pub fn problem(&self) -> Problem {
        Problem { code: self.code().to_owned(), message: self.to_string(), next: self.next_step() }
    }

    /// For `map_err` on file operations.
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }
}
