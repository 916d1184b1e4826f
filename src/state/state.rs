//! The handle everybody holds: a queue to the writer, a few connections for readers.
//!
//! Must not know: tables; each noun knows its own.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use rusqlite::Connection;

use crate::{
    StateError,
    connection::{self, Purpose},
    noun,
    writer::{Fault, Posted, Waited, Writer},
};

/// Name of the database below `<home>/pino`.
pub const DATABASE: &str = "pino.db";

/// Connections that are kept for the next reader.
const IDLE_READERS: usize = 4;

/// The database of a home: `<home>/pino/pino.db`.
pub fn database_path(home: &Path) -> PathBuf {
    home.join("pino").join(DATABASE)
}

/// The state of one home. Copies share one writer; calls block, so an async caller uses a blocking thread.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl State {
    /// Opens the database at this path, makes it when missing, brings it to the latest schema.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let state = Self::lazy(path)?;
        state.flush()?;
        Ok(state)
    }

    /// Like [`State::open`], but the file is touched by the writer thread only when something is written: nobody waits.
    pub fn lazy(path: &Path) -> Result<Self, StateError> {
        let writer = Writer::start(path)?;
        let inner = Inner { path: path.to_owned(), readers: Mutex::default(), writer };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Everything posted so far is in the database when this returns.
    pub fn flush(&self) -> Result<(), StateError> {
        self.write(|_| Ok(()))
    }

    /// Writes and waits for the commit.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StateError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let path = self.inner.path.clone();
        self.inner.writer.send(Box::new(Waited { path, work: Some(work), value: None, reply }));
        answer.recv().unwrap_or(Err(StateError::Closed))
    }

    /// Writes some time soon; whoever posts learns of trouble by `on_trouble`, on the writer's thread.
    pub(crate) fn post(
        &self,
        work: impl FnOnce(&Connection) -> Result<(), Fault> + Send + 'static,
        on_trouble: impl FnOnce(StateError) + Send + 'static,
    ) {
        let path = self.inner.path.clone();
        self.inner.writer.send(Box::new(Posted { path, work: Some(work), on_trouble: Some(on_trouble) }));
    }

    /// Reads with a connection of its own: readers never wait for the writer nor for each other.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StateError> {
        let idle = self.readers().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.new_reader()?,
        };
        let outcome = work(&connection).map_err(|fault| fault.at(&self.inner.path));
        let mut readers = self.readers();
        if outcome.is_ok() && readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        outcome
    }

    /// A lazily opened database may not be there yet.
    fn new_reader(&self) -> Result<Connection, StateError> {
        if !self.inner.path.exists() {
            self.flush()?;
        }
        connection::open(&self.inner.path, Purpose::Read)
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("State").field(&self.inner.path).finish()
    }
}

/// The nouns.
impl State {
    /// Apps and their states.
    pub fn apps(&self) -> noun::apps::Apps<'_> {
        noun::apps::Apps(self)
    }

    /// Executions of scripts.
    pub fn runs(&self) -> noun::runs::Runs<'_> {
        noun::runs::Runs(self)
    }

    /// Scripts of runs: where they stand.
    pub fn scripts(&self) -> noun::scripts::Scripts<'_> {
        noun::scripts::Scripts(self)
    }

    /// Steps of runs.
    pub fn steps(&self) -> noun::steps::Steps<'_> {
        noun::steps::Steps(self)
    }

    /// Processes of apps.
    pub fn processes(&self) -> noun::processes::Processes<'_> {
        noun::processes::Processes(self)
    }

    /// Downloads.
    pub fn downloads(&self) -> noun::downloads::Downloads<'_> {
        noun::downloads::Downloads(self)
    }

    /// Public links.
    pub fn tunnels(&self) -> noun::tunnels::Tunnels<'_> {
        noun::tunnels::Tunnels(self)
    }

    /// Who may use an app through a link.
    pub fn shares(&self) -> noun::shares::Shares<'_> {
        noun::shares::Shares(self)
    }

    /// What shall happen when.
    pub fn schedules(&self) -> noun::schedules::Schedules<'_> {
        noun::schedules::Schedules(self)
    }

    /// Events worth keeping.
    pub fn events(&self) -> noun::events::Events<'_> {
        noun::events::Events(self)
    }

    /// Measurements.
    pub fn metrics(&self) -> noun::metrics::Metrics<'_> {
        noun::metrics::Metrics(self)
    }

    /// Settings of the home and of apps.
    pub fn settings(&self) -> noun::settings::Settings<'_> {
        noun::settings::Settings(self)
    }

    /// What needs somebody's attention.
    pub fn alerts(&self) -> noun::alerts::Alerts<'_> {
        noun::alerts::Alerts(self)
    }
}
