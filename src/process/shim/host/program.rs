//! The shell of a shim: bytes of its terminal and its status, held back for at most a millisecond when they come fast.
//!
//! Must not know: who listens.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    io::{Errno, read, write},
    process::{Pid, Signal, kill_process_group},
    termios::tcgetpgrp,
};

use crate::{
    bash::{IDLE, STARTED},
    launch::Launched,
    platform,
    queries::QueryFilter,
};

/// A terminal gives at most this much at once.
const READ_BYTES: usize = 8 * 1024;
/// Read before others have their turn.
const TURN_BYTES: usize = 64 * 1024;
/// At most this much was written before the exit and is not read yet.
const DRAIN_BYTES: usize = 256 * 1024;
/// Pieces follow each other no faster than this, unless they are full.
const HOLD: Duration = Duration::from_millis(1);
const CURSOR_ANSWER: &[u8] = b"\x1b[1;1R";

/// What came of the shell, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    Bytes(Vec<u8>),
    Started,
    Idle,
}

/// The running shell.
pub(super) struct Program {
    pub(super) pid: Pid,
    master: Option<Arc<OwnedFd>>,
    /// Held open until the end, see [`platform::Pty`].
    _slave: OwnedFd,
    status: Option<OwnedFd>,
    /// It says itself when its activation is over; else there is none.
    reports: bool,
    started: bool,
    pending: Vec<u8>,
    last_flush: Option<Instant>,
    queries: QueryFilter,
    buffer: Box<[u8]>,
}

impl Program {
    pub(super) fn new(launched: Launched) -> Self {
        let Launched { pid, master, slave, status, watch: _ } = launched;
        Self {
            pid,
            master: Some(master),
            reports: status.is_some(),
            _slave: slave,
            status,
            started: false,
            pending: Vec::new(),
            last_flush: None,
            queries: QueryFilter::default(),
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
        }
    }

    pub(super) fn terminal(&self) -> Option<BorrowedFd<'_>> {
        self.master.as_ref().map(|master| master.as_fd())
    }

    pub(super) fn status(&self) -> Option<BorrowedFd<'_>> {
        self.status.as_ref().map(|status| status.as_fd())
    }

    /// When held-back output is due.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.pending.is_empty() {
            None
        } else {
            Some(self.last_flush.map_or_else(Instant::now, |at| at + HOLD))
        }
    }

    /// Takes what is there; what is due goes to `came`.
    pub(super) fn read(&mut self, terminal: bool, came: &mut Vec<Came>) {
        self.start_silently(came);
        self.read_status(came);
        if terminal {
            self.read_terminal(TURN_BYTES, came);
        }
        if self.due().is_some_and(|at| at <= Instant::now()) {
            self.flush(came);
        }
    }

    /// It has ended: what it had written before comes now, and its terminal goes.
    pub(super) fn finish(&mut self, came: &mut Vec<Came>) {
        self.start_silently(came);
        self.read_status(came);
        self.read_terminal(DRAIN_BYTES, came);
        self.flush(came);
        self.master = None;
        self.status = None;
    }

    /// A shell without activation does not report its start: it has started as soon as somebody looks, at the latest at its end.
    fn start_silently(&mut self, came: &mut Vec<Came>) {
        if !self.reports && !self.started {
            self.start(came);
        }
    }

    fn start(&mut self, came: &mut Vec<Came>) {
        self.flush(came);
        self.started = true;
        came.push(Came::Started);
    }

    fn read_terminal(&mut self, limit: usize, came: &mut Vec<Came>) {
        let Some(master) = self.master.clone() else { return };
        let mut total = 0;
        while total < limit {
            match read(&*master, &mut *self.buffer) {
                Ok(0) => break,
                Ok(count) => {
                    total += count;
                    self.pending.extend_from_slice(&self.buffer[..count]);
                    if self.pending.len() >= TURN_BYTES - READ_BYTES {
                        self.flush(came);
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => break, // nothing more now
            }
        }
    }

    fn flush(&mut self, came: &mut Vec<Came>) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        if self.queries.is_holding() || memchr::memchr(0x1b, &bytes).is_some() {
            let (_, asked) = self.queries.push(bytes.clone());
            for _ in 0..asked {
                // a program that does not read its answers gets none: its input is full
                self.master.as_ref().and_then(|master| write(&**master, CURSOR_ANSWER).ok());
            }
        }
        came.push(Came::Bytes(bytes));
        self.last_flush = Some(Instant::now());
    }

    fn read_status(&mut self, came: &mut Vec<Came>) {
        while let Some(status) = &self.status {
            match read(status, &mut *self.buffer) {
                Ok(0) => self.status = None,
                Ok(count) => {
                    let bytes = self.buffer[..count].to_vec();
                    self.take_status(&bytes, came);
                }
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
    }

    fn take_status(&mut self, mut bytes: &[u8], came: &mut Vec<Came>) {
        if !self.started {
            let end = memchr::memchr(STARTED, bytes);
            let setup = &bytes[..end.unwrap_or(bytes.len())];
            self.pending.extend_from_slice(setup);
            let Some(end) = end else { return };
            self.start(came);
            bytes = &bytes[end + 1..];
        }
        if bytes.contains(&IDLE) {
            self.read_terminal(DRAIN_BYTES, came);
            self.flush(came);
            came.push(Came::Idle);
        }
    }

    /// Types at its terminal; gives how much was taken. `None` once it has ended.
    pub(super) fn write(&self, bytes: &[u8]) -> Option<usize> {
        let master = self.master.as_ref()?;
        match write(&**master, bytes) {
            Ok(count) => Some(count),
            Err(Errno::AGAIN | Errno::INTR) => Some(0),
            Err(_) => None,
        }
    }

    pub(super) fn resize(&self, cols: u16, rows: u16) -> std::io::Result<()> {
        self.master.as_ref().map_or(Ok(()), |master| platform::resize(master, cols, rows))
    }

    /// A signal for what is in the foreground of its terminal, else for the shell's own processes.
    pub(super) fn signal(&self, signal: Signal) -> std::io::Result<()> {
        let foreground = self.master.as_ref().and_then(|master| tcgetpgrp(master).ok());
        Ok(kill_process_group(foreground.unwrap_or(self.pid), signal)?)
    }
}
