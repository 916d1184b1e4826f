//! What a person can do with the apps of a home, whether a server runs or not: one trait, two ways.
//!
//! Must not know: how a command prints its answer.

use std::{io, path::Path};

use axum::http::Method;
use futures::future::BoxFuture;
use pino_engine::{
    home,
    state::{State, database_path},
    supervise::{
        AppSettings, AttachQuery, LogQuery, Role, Session, SuperviseError, Supervisor, SupervisorOptions,
    },
};
use pino_model::{AppStatus, Problem, StartRequest, StopRequest};
use tokio::sync::mpsc;

use crate::{
    client::{Client, Pieces},
    lock::{HomeLock, LockError},
    wire::AppList,
};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[error("{}", problem.message)]
pub struct ControlError {
    problem: Problem,
}

impl ControlError {
    pub(crate) fn refused(problem: Problem) -> Self {
        Self { problem }
    }

    pub(crate) fn lost(error: io::Error) -> Self {
        Self::refused(Problem {
            code: "lost".to_owned(),
            message: format!("the connection to the server was lost: {error}"),
            next: Some("`pino ps` says whether it still runs; `pino up` starts it".to_owned()),
        })
    }

    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::refused(Problem {
            code: "bad-answer".to_owned(),
            message: format!("the server's answer cannot be read: {error}"),
            next: Some("is it another version of pino? `pino down`, then `pino up`".to_owned()),
        })
    }

    /// Code, message and next step.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl From<SuperviseError> for ControlError {
    fn from(error: SuperviseError) -> Self {
        Self::refused(error.problem())
    }
}

impl From<LockError> for ControlError {
    fn from(error: LockError) -> Self {
        Self::refused(Problem {
            code: "home-in-use".to_owned(),
            message: error.to_string(),
            next: Some(error.next_step().to_owned()),
        })
    }
}

impl From<home::HomeError> for ControlError {
    fn from(error: home::HomeError) -> Self {
        Self::refused(Problem { code: "home".to_owned(), message: error.to_string(), next: None })
    }
}

type Answer<'a, T> = BoxFuture<'a, Result<T, ControlError>>;

/// Pieces of a log.
pub enum LogPieces {
    /// From the server.
    Remote(Pieces),
    /// From this process.
    Local(mpsc::Receiver<Vec<u8>>),
}

impl LogPieces {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ControlError> {
        match self {
            Self::Remote(pieces) => pieces.next().await,
            Self::Local(pieces) => Ok(pieces.recv().await),
        }
    }
}

/// What can be done with apps.
pub trait AppControl: Send + Sync {
    /// Every app of the home.
    fn list(&self) -> Answer<'_, Vec<AppStatus>>;
    /// One app.
    fn status<'a>(&'a self, app: &'a str) -> Answer<'a, AppStatus>;
    /// Starts an app.
    fn start<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus>;
    /// Stops an app.
    fn stop<'a>(&'a self, app: &'a str, request: StopRequest) -> Answer<'a, AppStatus>;
    /// Stops and starts an app.
    fn restart<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus>;
    /// What an app has printed.
    fn logs<'a>(&'a self, app: &'a str, query: LogQuery) -> Answer<'a, LogPieces>;
    /// Sits down at an app's terminal.
    fn attach<'a>(&'a self, app: &'a str, query: AttachQuery) -> Answer<'a, Session>;
    /// The settings of an app.
    fn settings<'a>(&'a self, app: &'a str) -> Answer<'a, AppSettings>;
    /// Replaces them.
    fn save_settings<'a>(&'a self, app: &'a str, settings: AppSettings) -> Answer<'a, ()>;
}

impl AppControl for Client {
    fn list(&self) -> Answer<'_, Vec<AppStatus>> {
        Box::pin(async { Ok(self.json::<AppList>(Method::GET, "/apps", &()).await?.apps) })
    }

    fn status<'a>(&'a self, app: &'a str) -> Answer<'a, AppStatus> {
        Box::pin(async move { self.json(Method::GET, &path(app, ""), &()).await })
    }

    fn start<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus> {
        Box::pin(async move { self.json(Method::POST, &path(app, "/start"), &request).await })
    }

    fn stop<'a>(&'a self, app: &'a str, request: StopRequest) -> Answer<'a, AppStatus> {
        Box::pin(async move { self.json(Method::POST, &path(app, "/stop"), &request).await })
    }

    fn restart<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus> {
        Box::pin(async move { self.json(Method::POST, &path(app, "/restart"), &request).await })
    }

    fn logs<'a>(&'a self, app: &'a str, query: LogQuery) -> Answer<'a, LogPieces> {
        Box::pin(async move { Client::logs(self, app, &query).await.map(LogPieces::Remote) })
    }

    fn attach<'a>(&'a self, app: &'a str, query: AttachQuery) -> Answer<'a, Session> {
        Box::pin(async move { Client::attach(self, app, &query).await })
    }

    fn settings<'a>(&'a self, app: &'a str) -> Answer<'a, AppSettings> {
        Box::pin(async move { self.json(Method::GET, &path(app, "/settings"), &()).await })
    }

    fn save_settings<'a>(&'a self, app: &'a str, settings: AppSettings) -> Answer<'a, ()> {
        Box::pin(async move {
            let _kept: AppSettings = self.json(Method::PUT, &path(app, "/settings"), &settings).await?;
            Ok(())
        })
    }
}

fn path(app: &str, rest: &str) -> String {
    format!("/apps/{}{rest}", crate::client::encode(app))
}

/// Acts on a home without a server. Apps it starts run on in their shims when this is dropped.
pub struct Local {
    supervisor: Supervisor,
    /// Keeps a server from starting meanwhile.
    _lock: HomeLock,
}

impl Local {
    /// Takes over what runs in the home. `program` is `pino` itself.
    pub async fn open(home: &Path, program: std::path::PathBuf) -> Result<Self, ControlError> {
        let home = home::prepare(home)?;
        let lock = HomeLock::share(&home)?;
        let supervisor = Supervisor::new(SupervisorOptions {
            state: lazy_state(&home),
            home,
            shim_program: Some(program),
        });
        supervisor.adopt(Role::Visitor).await;
        Ok(Self { supervisor, _lock: lock })
    }
}

/// Nothing is opened until something is written.
fn lazy_state(home: &Path) -> Option<State> {
    State::lazy(&database_path(home)).ok()
}

impl Drop for Local {
    fn drop(&mut self) {
        self.supervisor.let_go();
    }
}

impl AppControl for Local {
    fn list(&self) -> Answer<'_, Vec<AppStatus>> {
        Box::pin(async { Ok(self.supervisor.list()) })
    }

    fn status<'a>(&'a self, app: &'a str) -> Answer<'a, AppStatus> {
        Box::pin(async move { Ok(self.supervisor.status(app)?) })
    }

    fn start<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus> {
        // nobody but us can bring it up: without a server a start is always waited for
        let request = StartRequest { no_wait: false, ..request };
        Box::pin(async move { Ok(self.supervisor.start(app, request).await?) })
    }

    fn stop<'a>(&'a self, app: &'a str, request: StopRequest) -> Answer<'a, AppStatus> {
        Box::pin(async move { Ok(self.supervisor.stop(app, request).await?) })
    }

    fn restart<'a>(&'a self, app: &'a str, request: StartRequest) -> Answer<'a, AppStatus> {
        let request = StartRequest { no_wait: false, ..request };
        Box::pin(async move { Ok(self.supervisor.restart(app, request).await?) })
    }

    fn logs<'a>(&'a self, app: &'a str, query: LogQuery) -> Answer<'a, LogPieces> {
        Box::pin(async move { Ok(LogPieces::Local(self.supervisor.logs(app, query).await?)) })
    }

    fn attach<'a>(&'a self, app: &'a str, query: AttachQuery) -> Answer<'a, Session> {
        Box::pin(async move { Ok(self.supervisor.attach(app, query).await?) })
    }

    fn settings<'a>(&'a self, app: &'a str) -> Answer<'a, AppSettings> {
        Box::pin(async move {
            self.supervisor.status(app)?;
            Ok(AppSettings::load(self.supervisor.home(), app)?)
        })
    }

    fn save_settings<'a>(&'a self, app: &'a str, settings: AppSettings) -> Answer<'a, ()> {
        Box::pin(async move {
            self.supervisor.status(app)?;
            Ok(self.supervisor.save_settings(app, &settings)?)
        })
    }
}

/// The way to act on a home: its server when one answers, this process otherwise.
pub async fn control(home: &Path, program: std::path::PathBuf) -> Result<Box<dyn AppControl>, ControlError> {
    match Client::find(home) {
        Some(client) => Ok(Box::new(client)),
        None => Ok(Box::new(Local::open(home, program).await?)),
    }
}
