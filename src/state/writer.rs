//! The one thread that writes: whatever waits is done in one transaction, so that a thousand small writes cost one commit.
//!
//! Must not know: what is written.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, TransactionBehavior};

use crate::{
    StateError,
    connection::{self, Purpose},
};

/// Jobs that may wait; who posts more is slowed down instead of filling the memory.
const MAX_WAITING: usize = 64;

/// Jobs of one transaction.
const MAX_TOGETHER: usize = 64;

/// A piece of writing. Boxed, because they come in many kinds.
pub(crate) trait Job: Send {
    /// Writes, inside a transaction.
    fn write(&mut self, connection: &Connection) -> Result<(), StateError>;
    /// Told once, after the commit or when it has failed.
    fn settle(self: Box<Self>, outcome: Result<(), StateError>);
}

/// The thread and its queue. Dropping it writes what waits and ends the thread.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::SyncSender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread; the database is opened there, so that nobody waits for it.
    pub(crate) fn start(path: &Path) -> Result<Self, StateError> {
        let (sender, receiver) = mpsc::sync_channel(MAX_WAITING);
        let own = path.to_owned();
        let work = move || work(&own, &receiver);
        let thread = thread::Builder::new().name("state".into()).spawn(work);
        let thread = thread.map_err(|error| StateError::file(path, error))?;
        Ok(Self { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    /// Puts a job into the queue; waits while it is full.
    pub(crate) fn send(&self, job: Box<dyn Job>) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let left = match queue {
            Some(queue) => queue.send(job).err().map(|error| error.0),
            None => Some(job),
        };
        if let Some(job) = left {
            job.settle(Err(StateError::Closed));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // the last handle may be dropped by a job on the thread itself
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // a panic there has been reported by the thread itself
            let _ = thread.join();
        }
    }
}

fn work(path: &Path, queue: &mpsc::Receiver<Box<dyn Job>>) {
    let mut connection: Option<Connection> = None;
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(MAX_TOGETHER - 1));
        let outcome = match connection.take().map_or_else(|| connection::open(path, Purpose::Write), Ok) {
            Ok(mut open) => {
                let outcome = together(path, &mut open, jobs);
                connection = Some(open);
                outcome
            }
            Err(error) => {
                refuse(jobs, &error);
                Err(error)
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "a transaction was not kept");
            // a connection after a disk error may hold a spoilt page: the next job begins with a fresh one
            connection = None;
        }
    }
}

/// All jobs in one transaction; one that fails is undone alone.
fn together(path: &Path, connection: &mut Connection, mut jobs: Vec<Box<dyn Job>>) -> Result<(), StateError> {
    let failed = |error| StateError::sqlite(path, error);
    let mut outcomes = Vec::with_capacity(jobs.len());
    let committed = (|| {
        let mut transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for job in &mut jobs {
            let savepoint = transaction.savepoint().map_err(failed)?;
            let outcome = job.write(&savepoint);
            match &outcome {
                Ok(()) => savepoint.commit().map_err(failed)?,
                // SQLite has undone the whole transaction by itself
                Err(error) if error.is_of_the_file() => return Err(error.clone()),
                Err(_) => savepoint.finish().map_err(failed)?,
            }
            outcomes.push(outcome);
        }
        transaction.commit().map_err(failed)
    })();
    if let Err(error) = &committed {
        refuse(jobs, error);
        return committed;
    }
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        job.settle(outcome);
    }
    Ok(())
}

fn refuse(jobs: Vec<Box<dyn Job>>, error: &StateError) {
    for job in jobs {
        job.settle(Err(error.clone()));
    }
}

/// A job somebody waits for.
pub(crate) struct Waited<T, F> {
    pub(crate) path: PathBuf,
    pub(crate) work: Option<F>,
    pub(crate) value: Option<T>,
    pub(crate) reply: mpsc::SyncSender<Result<T, StateError>>,
}

impl<T, F> Job for Waited<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, Fault> + Send,
{
    fn write(&mut self, connection: &Connection) -> Result<(), StateError> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(connection).map_err(|fault| fault.at(&self.path))?);
        }
        Ok(())
    }

    fn settle(self: Box<Self>, outcome: Result<(), StateError>) {
        let Self { value, reply, .. } = *self;
        // nobody waits any more when the caller has gone
        let _ = reply.send(outcome.and_then(|()| value.ok_or(StateError::Closed)));
    }
}

/// A job nobody waits for.
pub(crate) struct Posted<F, E> {
    pub(crate) path: PathBuf,
    pub(crate) work: Option<F>,
    pub(crate) on_trouble: Option<E>,
}

impl<F, E> Job for Posted<F, E>
where
    F: FnOnce(&Connection) -> Result<(), Fault> + Send,
    E: FnOnce(StateError) + Send,
{
    fn write(&mut self, connection: &Connection) -> Result<(), StateError> {
        self.work.take().map_or(Ok(()), |work| work(connection).map_err(|fault| fault.at(&self.path)))
    }

    fn settle(mut self: Box<Self>, outcome: Result<(), StateError>) {
        if let (Err(error), Some(tell)) = (outcome, self.on_trouble.take()) {
            tell(error);
        }
    }
}

/// A failure inside a job: `SQLite`'s, which learns the path on its way out, or our own.
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Own(StateError),
}

impl Fault {
    pub(crate) fn at(self, path: &Path) -> StateError {
        match self {
            Self::Sqlite(error) => StateError::sqlite(path, error),
            Self::Own(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        Self::Own(error)
    }
}
