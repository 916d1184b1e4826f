//! The thread that reads one shell: bytes of the terminal to text, status to events, exit last.
//!
//! Must not know: what the text means. It sleeps in `poll` and holds output back for at most [`HOLD`], and only when output comes fast.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read},
    process::Pid,
};
use tokio::sync::mpsc;

use crate::{
    Exit, Output,
    bash::{IDLE, STARTED},
    platform::{ExitWatch, reap},
    queries::QueryFilter,
    text::Utf8Joiner,
};

/// Largest piece of text handed on.
const PIECE_BYTES: usize = 64 * 1024;
/// A terminal gives at most this much at once.
const READ_BYTES: usize = 8 * 1024;
/// Pieces follow each other no faster than this, unless they are full.
const HOLD: Duration = Duration::from_millis(1);
/// How long the beginning of a sequence for the terminal waits for its end.
const SEQUENCE_LIMIT: Duration = Duration::from_millis(20);
/// At most this much was written before the exit and is not read yet: the buffers of a terminal are smaller.
const DRAIN_BYTES: usize = 256 * 1024;
/// What we answer to "where is the cursor?": no screen is kept, so always the first place.
const CURSOR_ANSWER: &[u8] = b"\x1b[1;1R";

/// Everything the thread needs.
pub(crate) struct Reader {
    pub(crate) pid: Pid,
    pub(crate) master: Arc<OwnedFd>,
    /// Held open until the end, see [`crate::platform::Pty`].
    pub(crate) slave: OwnedFd,
    pub(crate) status: Option<OwnedFd>,
    pub(crate) watch: ExitWatch,
    pub(crate) out: mpsc::Sender<Output>,
}

#[derive(Default)]
struct Ready {
    terminal: bool,
    exited: bool,
}

/// Reads until the program has ended; gives its exit.
pub(crate) fn read_all(reader: Reader) -> Exit {
    let mut work = Work::new(reader);
    if work.status.is_none() {
        work.start();
    }
    loop {
        let ready = work.wait();
        work.read_status();
        if ready.terminal {
            work.read_terminal(PIECE_BYTES);
        }
        work.flush_when_due();
        if ready.exited {
            break;
        }
    }
    work.finish()
}

struct Work {
    pid: Pid,
    master: Arc<OwnedFd>,
    _slave: OwnedFd,
    status: Option<OwnedFd>,
    watch: ExitWatch,
    out: mpsc::Sender<Output>,
    started: bool,
    /// Nobody takes the output any more.
    unheard: bool,
    buffer: Box<[u8]>,
    pending: Vec<u8>,
    last_flush: Instant,
    queries: QueryFilter,
    text: Utf8Joiner,
    setup: Utf8Joiner,
}

impl Work {
    fn new(reader: Reader) -> Self {
        let Reader { pid, master, slave, status, watch, out } = reader;
        Self {
            pid,
            master,
            _slave: slave,
            status,
            watch,
            out,
            started: false,
            unheard: false,
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            pending: Vec::new(),
            last_flush: Instant::now().checked_sub(HOLD).unwrap_or_else(Instant::now),
            queries: QueryFilter::default(),
            text: Utf8Joiner::default(),
            setup: Utf8Joiner::default(),
        }
    }

    fn start(&mut self) {
        self.started = true;
        self.send(Output::Started);
    }

    /// Sleeps until there is something to do.
    fn wait(&self) -> Ready {
        let timeout = self.deadline().map(|at| timespec(at.saturating_duration_since(Instant::now())));
        let mut list = Vec::with_capacity(3);
        list.push(PollFd::new(&*self.master, PollFlags::IN));
        list.push(PollFd::from_borrowed_fd(self.watch.as_fd(), PollFlags::IN));
        list.extend(self.status.as_ref().map(|status| PollFd::new(status, PollFlags::IN)));
        match poll(&mut list, timeout.as_ref()) {
            Ok(_) => Ready { terminal: !list[0].revents().is_empty(), exited: !list[1].revents().is_empty() },
            Err(_) => Ready::default(), // interrupted: look again
        }
    }

    fn deadline(&self) -> Option<Instant> {
        if !self.pending.is_empty() {
            Some(self.last_flush + HOLD)
        } else if self.queries.is_holding() {
            Some(self.last_flush + SEQUENCE_LIMIT)
        } else {
            None
        }
    }

    /// Reads what is there, up to this much.
    fn read_terminal(&mut self, limit: usize) {
        let mut total = 0;
        while total < limit {
            match read(&*self.master, &mut *self.buffer) {
                Ok(0) => break,
                Ok(count) => {
                    total += count;
                    self.pending.extend_from_slice(&self.buffer[..count]);
                    if self.pending.len() + READ_BYTES > PIECE_BYTES {
                        self.flush();
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => break, // nothing more now
            }
        }
    }

    fn flush_when_due(&mut self) {
        if self.deadline().is_some_and(|at| at <= Instant::now()) {
            if self.pending.is_empty() {
                let rest = self.queries.release();
                self.hand_on(rest);
            } else {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let (bytes, asked) = self.queries.push(std::mem::take(&mut self.pending));
        for _ in 0..asked {
            // a program that does not read its answers gets none: its input is full
            rustix::io::write(&*self.master, CURSOR_ANSWER).ok();
        }
        self.hand_on(bytes);
    }

    fn hand_on(&mut self, bytes: Vec<u8>) {
        self.last_flush = Instant::now();
        let text = self.text.push(bytes);
        self.send_text(text);
    }

    fn send_text(&mut self, mut text: String) {
        while text.len() > PIECE_BYTES {
            let rest = text.split_off(text.floor_char_boundary(PIECE_BYTES));
            self.send_piece(std::mem::replace(&mut text, rest));
        }
        self.send_piece(text);
    }

    fn send_piece(&mut self, text: String) {
        if !text.is_empty() {
            let piece = if self.started { Output::Text(text) } else { Output::Setup(text) };
            self.send(piece);
        }
    }

    fn send(&mut self, piece: Output) {
        if !self.unheard {
            self.unheard = self.out.blocking_send(piece).is_err();
        }
    }

    /// Reads the status pipe before the terminal, so that the start is known before the first output.
    fn read_status(&mut self) {
        while let Some(status) = &self.status {
            match read(status, &mut *self.buffer) {
                Ok(0) => self.status = None,
                Ok(count) => {
                    let bytes = self.buffer[..count].to_vec();
                    self.take_status(&bytes);
                }
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
    }

    fn take_status(&mut self, mut bytes: &[u8]) {
        if !self.started {
            let end = memchr::memchr(STARTED, bytes);
            let text = self.setup.push(bytes[..end.unwrap_or(bytes.len())].to_vec());
            self.send_text(text);
            let Some(end) = end else { return };
            self.flush();
            self.start();
            bytes = &bytes[end + 1..];
        }
        if bytes.contains(&IDLE) {
            self.read_terminal(DRAIN_BYTES);
            self.flush();
            self.send(Output::Idle);
        }
    }

    /// Delivers what was written before the exit, then the exit.
    fn finish(mut self) -> Exit {
        self.read_status();
        self.read_terminal(DRAIN_BYTES);
        self.flush();
        let mut rest = self.text.push(self.queries.release());
        rest.push_str(&self.text.finish());
        self.send_text(rest);
        let exit = loop {
            if let Some(exit) = reap(self.pid) {
                break exit;
            }
        };
        self.send(Output::Ended(exit));
        exit
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}
