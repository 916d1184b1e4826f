//! The server of one home, from its lock to its end.
//!
//! Must not know: command lines; how a request is answered.

use std::{
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Instant,
};

use pino_engine::{
    StartError,
    home::{self, HomeError},
    process::socket,
    state::State,
    supervise::{Role, Supervisor, SupervisorOptions},
};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use crate::{
    lock::{HomeLock, LockError, own_folder, remove_stale_socket, socket_path},
    routes::{Api, router},
};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no usable home.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Somebody else acts in the home.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The control socket cannot be made.
    #[error("cannot listen on {path}: {cause}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// The operating system's answer.
        cause: io::Error,
    },
    /// A run cannot begin.
    #[error(transparent)]
    Run(#[from] StartError),
}

impl ServeError {
    /// What to do about it.
    pub fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Lock(error) => Some(error.next_step()),
            Self::Socket { .. } => {
                Some("unix sockets have to work in the home; name another one with --home DIR")
            }
            Self::Home(_) | Self::Run(_) => None,
        }
    }
}

/// Which home to serve, and with what.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The home (see [`pino_engine::home::planned`]).
    pub home: PathBuf,
    /// The program that is `pino shim`: `pino` itself.
    pub program: PathBuf,
    /// When the process began, for the start time that is told.
    pub began: Instant,
}

/// A server that has its lock and its socket.
pub struct Server {
    lock: HomeLock,
    listener: UnixListener,
    socket: PathBuf,
    api: Api,
    stop: CancellationToken,
}

impl Server {
    /// Takes the home: the lock and the socket. Inside an asynchronous runtime.
    pub fn open(options: ServeOptions) -> Result<Self, ServeError> {
        let home = home::prepare(&options.home)?;
        let lock = HomeLock::take(&home)?;
        let socket = socket_path(&home);
        let listener =
            listen(&home, &socket).map_err(|cause| ServeError::Socket { path: socket.clone(), cause })?;
        let supervisor = Supervisor::new(SupervisorOptions {
            state: open_state(&home),
            home,
            shim_program: Some(options.program),
        });
        let stop = CancellationToken::new();
        let api = Api::new(supervisor, options.began, stop.clone());
        Ok(Self { lock, listener, socket, api, stop })
    }

    /// Ends the server when it is cancelled; its apps run on.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// The supervisor of its apps.
    pub fn supervisor(&self) -> &Supervisor {
        self.api.supervisor()
    }

    /// The control socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The home as it is really called.
    pub fn home(&self) -> &Path {
        self.api.supervisor().home()
    }

    /// Serves until it is told to stop. `ready` is called when the first request can be answered.
    pub async fn serve(self, ready: impl FnOnce()) -> io::Result<()> {
        let Self { lock, listener, socket, api, stop } = self;
        let supervisor = api.supervisor().clone();
        let adopted = supervisor.adopt(Role::Server).await;
        let end = stop.clone();
        let serving =
            axum::serve(listener, router(api.clone())).with_graceful_shutdown(end.cancelled_owned());
        let serving = tokio::spawn(serving.into_future());
        api.is_ready();
        ready();
        let background = supervisor.clone();
        let tidy = supervisor.clone();
        tokio::spawn(async move { tidy.tidy().await });
        tokio::spawn(async move {
            background.revive(&adopted.missing);
            background.autolaunch().await;
            background.run_schedules().await;
        });
        stop.cancelled().await;
        api.runs().stop_all().await;
        // whoever still waits for an answer (a start that takes long) gets a moment, not for ever
        let rest = tokio::time::timeout(std::time::Duration::from_secs(2), serving).await;
        supervisor.let_go();
        remove_stale_socket(&socket)?;
        lock.release();
        match rest {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(io::Error::other(error)),
            Err(_late) => Ok(()),
        }
    }
}

/// The home's database. Without one the server works, and says why it has none.
fn open_state(home: &Path) -> Option<State> {
    match State::open_or_rebuild(home) {
        Ok((state, report)) => {
            if let Some(report) = report {
                tracing::warn!(?report, "the database was damaged or lost, and was made anew");
            }
            Some(state)
        }
        Err(error) => {
            tracing::error!(%error, "the server has no database: no history, no alerts");
            None
        }
    }
}

/// Listens for the owner alone. The socket is made under another name and moved into place when its rights are set, so
/// nobody else can ever connect to it and a stale one does not matter.
fn listen(home: &Path, socket: &Path) -> io::Result<UnixListener> {
    let beside = own_folder(home).join(format!("server.sock.{}", std::process::id()));
    remove_stale_socket(&beside)?;
    let listener = socket::bind(&beside)?;
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&beside, socket)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}
