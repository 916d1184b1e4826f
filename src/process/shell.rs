//! A running shell as others see it: write, resize, wait, stop.
//!
//! Must not know: how its output is read.

use std::{
    any::Any,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use rustix::{io::Errno, process::Pid};
use tokio::{
    io::unix::AsyncFd,
    sync::{mpsc, watch},
};

use crate::{
    Exit, Output, ProcessError, ShellMode,
    group::{Inner, Part},
    platform,
    shim::Controls,
};

/// What the group and the reader share about one shell.
pub(crate) struct Shell {
    pub(crate) id: String,
    /// Index of its label in the group.
    pub(crate) label: u32,
    /// Number in the group.
    pub(crate) number: u32,
    /// The leader of its session.
    pub(crate) pid: Pid,
    /// Everything it starts descends from this one: itself, or the shim it lives in.
    pub(crate) root: i32,
    pub(crate) mode: ShellMode,
    pub(crate) terminal: Terminal,
    pub(crate) exit: watch::Receiver<Option<Exit>>,
    pub(crate) annex: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// Who holds the terminal of a shell.
pub(crate) enum Terminal {
    /// We do, until the shell has ended.
    Own(Mutex<Option<Arc<OwnedFd>>>),
    /// A shim.
    Shim(Controls),
}

impl Shell {
    pub(crate) fn master(&self) -> Option<Arc<OwnedFd>> {
        match &self.terminal {
            Terminal::Own(master) => master.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Terminal::Shim(_) => None,
        }
    }

    /// It has ended: its terminal goes.
    pub(crate) fn close(&self) {
        if let Terminal::Own(master) = &self.terminal {
            master.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

/// A shell that was started. Cheap to clone; the shell does not end when handles are dropped.
#[derive(Clone)]
pub struct ShellHandle {
    pub(crate) shell: Arc<Shell>,
    pub(crate) group: Weak<Inner>,
}

impl ShellHandle {
    /// Name under which the group knows it.
    pub fn id(&self) -> &str {
        &self.shell.id
    }

    /// Process number of the shell itself, the leader of its session.
    pub fn pid(&self) -> i32 {
        self.shell.pid.as_raw_nonzero().get()
    }

    /// Name of the shim it lives in, if it lives in one.
    pub fn shim_id(&self) -> Option<&str> {
        match &self.shell.terminal {
            Terminal::Own(_) => None,
            Terminal::Shim(controls) => Some(controls.id()),
        }
    }

    /// How it lives.
    pub fn mode(&self) -> ShellMode {
        self.shell.mode
    }

    /// Types these bytes at its terminal; waits while the program does not read.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), ProcessError> {
        if let Terminal::Shim(controls) = &self.shell.terminal {
            let typed = controls.input(bytes).await;
            return if self.exit().is_some() { Err(ProcessError::Ended) } else { Ok(typed?) };
        }
        let master = self.shell.master().ok_or(ProcessError::Ended)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&*master, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.until_writable(&master).await?,
                Err(error) => return Err(writing(error)),
            }
        }
        Ok(())
    }

    async fn until_writable(&self, master: &Arc<OwnedFd>) -> Result<(), ProcessError> {
        // a duplicate of its own: a descriptor can be registered only once
        let copy = master.try_clone().map_err(|source| ProcessError::Io { action: WRITING, source })?;
        #[expect(deprecated, reason = "its successor is unsafe; an OwnedFd keeps the promise both ask for")]
        let watched = AsyncFd::new(copy).map_err(|source| ProcessError::Io { action: WRITING, source })?;
        let mut exit = self.shell.exit.clone();
        tokio::select! {
            ready = watched.writable() => ready.map(|_| ()).map_err(|source| ProcessError::Io { action: WRITING, source }),
            _ = exit.wait_for(Option::is_some) => Err(ProcessError::Ended),
        }
    }

    /// Tells the program that its terminal has another size now.
    pub fn resize(&self, cols: u16, rows: u16) -> Result<(), ProcessError> {
        if let Terminal::Shim(controls) = &self.shell.terminal {
            let controls = controls.clone();
            let runtime = tokio::runtime::Handle::try_current().map_err(|_none| ProcessError::NoRuntime)?;
            runtime.spawn(async move { controls.resize(cols, rows).await });
            return Ok(());
        }
        let master = self.shell.master().ok_or(ProcessError::Ended)?;
        platform::resize(&master, cols, rows)
            .map_err(|source| ProcessError::Io { action: "resize the terminal", source })
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        *self.shell.exit.borrow()
    }

    /// Waits until it has ended and all its output is delivered.
    pub async fn wait(&self) -> Exit {
        let mut exit = self.shell.exit.clone();
        let ended = exit.wait_for(Option::is_some).await.map(|value| *value);
        ended.ok().flatten().unwrap_or(Exit { code: None })
    }

    /// Stops it and everything it started: SIGTERM, after the grace period SIGKILL, and proof that nothing is left.
    pub async fn stop(&self, grace: Duration) -> Result<(), ProcessError> {
        match self.group.upgrade() {
            Some(group) => group.stop(Part::Shell(Arc::clone(&self.shell)), grace).await,
            None => Ok(()), // the group stopped it when it was dropped
        }
    }

    /// Hangs something of the caller's own on the shell; the first one stays.
    pub fn attach(&self, annex: Arc<dyn Any + Send + Sync>) {
        self.shell.annex.set(annex).ok();
    }

    /// What was attached, when it is of this type.
    pub fn attached<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.shell.annex.get().cloned()?.downcast().ok()
    }
}

const WRITING: &str = "write to the terminal of a shell";

fn writing(error: Errno) -> ProcessError {
    match error {
        Errno::IO => ProcessError::Ended,
        other => ProcessError::Io { action: WRITING, source: other.into() },
    }
}

/// The output of a shell. While nobody takes it, the program waits; once this is dropped, output is thrown away.
pub struct ShellOutput {
    pub(crate) receiver: mpsc::Receiver<Output>,
}

impl ShellOutput {
    /// The next piece; `None` after `Ended`.
    pub async fn next(&mut self) -> Option<Output> {
        self.receiver.recv().await
    }
}
