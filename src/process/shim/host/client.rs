//! One connection of a shim: its questions in turn, and the log as fast as it takes it. What it has not taken waits on the disk, not here.
//!
//! Must not know: what a question leads to.

use std::{
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    path::Path,
    time::Instant,
};

use super::super::{
    log::{Cursor, LogWriter, Read},
    wire::{Answer, BODY_LIMIT, FrameBuffer, HEADER_LIMIT, Request, encode},
};
use crate::Exit;

/// Waiting to be sent; more is not read from the log before.
const OUT_BYTES: usize = 256 * 1024;
/// Largest body of a piece of the log.
const PIECE_BYTES: usize = 64 * 1024;
/// Read from a socket at once.
const READ_BYTES: usize = 16 * 1024;
/// A frame and a little more.
const WAITING_BYTES: usize = BODY_LIMIT + HEADER_LIMIT + 8;

/// What all listeners are told besides bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) started_at: Option<u64>,
    /// How often the shell has waited for a line, and where it did last.
    pub(super) idle: (u64, u64),
    /// Known when everything it wrote is in the log.
    pub(super) exit: Option<Exit>,
}

/// A listener's place.
#[derive(Debug)]
pub(super) struct Follow {
    cursor: Cursor,
    at: u64,
    /// Where it ends, for one that does not follow.
    until: Option<u64>,
    pace: bool,
    told_started: bool,
    told_idle: u64,
    over: bool,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Client {
    stream: UnixStream,
    frames: FrameBuffer,
    out: Vec<u8>,
    sent: usize,
    follow: Option<Follow>,
    /// Typed, but not taken by the terminal yet.
    pub(super) input: Vec<u8>,
    /// A question is being worked on: the next one waits.
    pub(super) busy: bool,
    broken: bool,
    /// It is about to say what it wants.
    expected: bool,
    last_progress: Instant,
}

impl Client {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            frames: FrameBuffer::new(HEADER_LIMIT),
            out: Vec::new(),
            sent: 0,
            follow: None,
            input: Vec::new(),
            busy: false,
            broken: false,
            expected: false,
            last_progress: Instant::now(),
        })
    }

    /// Whoever started us listens as soon as it can: its shell may be over before.
    #[must_use]
    pub(super) fn expected(self) -> Self {
        Self { expected: true, ..self }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// It has been sent all there is for it.
    pub(super) fn is_served(&self) -> bool {
        self.out.is_empty()
            && self.follow.as_ref().is_none_or(|follow| follow.over)
            && !self.busy
            && !self.expected
    }

    pub(super) fn wants_to_write(&self) -> bool {
        !self.out.is_empty()
    }

    /// How far a listener that may hold up the program is behind, and since when it took nothing.
    pub(super) fn lag(&self, end: u64) -> Option<(u64, Instant)> {
        let follow = self.follow.as_ref().filter(|follow| follow.pace && !follow.over && !self.broken)?;
        Some((end - follow.at + (self.out.len() - self.sent) as u64, self.last_progress))
    }

    /// Begins to listen.
    pub(super) fn attach(&mut self, folder: &Path, at: u64, until: Option<u64>, pace: bool, marks: &Marks) {
        let follow = Follow {
            cursor: Cursor::new(folder),
            at,
            until,
            pace,
            told_started: false,
            told_idle: 0,
            over: false,
        };
        self.answer(&Answer::Attached { at, started_at: marks.started_at.filter(|started| *started < at) });
        // one who begins later knows from the first answer
        let told_started = marks.started_at.is_some_and(|started| started < at);
        self.follow = Some(Follow { told_started, ..follow });
    }

    pub(super) fn answer(&mut self, answer: &Answer) {
        self.push(answer, &[]);
    }

    fn push(&mut self, answer: &Answer, body: &[u8]) {
        if self.out.is_empty() {
            self.last_progress = Instant::now();
        }
        self.out.extend_from_slice(&encode(answer, body));
    }

    /// Reads what came. The end of a connection breaks it.
    pub(super) fn receive(&mut self) {
        let mut buffer = [0; READ_BYTES];
        loop {
            if self.frames.waiting() > WAITING_BYTES {
                // who asks on and on without hearing the answers is none of ours
                self.broken |= self.busy;
                return;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    self.broken = true;
                    return;
                }
                Ok(count) => self.frames.push(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.broken = true;
                    return;
                }
            }
        }
    }

    /// The next question, if it is not busy with one.
    pub(super) fn next_request(&mut self) -> Option<(Request, Vec<u8>)> {
        if self.busy || self.broken {
            return None;
        }
        match self.frames.next() {
            Ok(frame) => {
                self.expected &= frame.is_none();
                frame
            }
            Err(error) => {
                self.answer(&Answer::Failed { message: error.to_string() });
                self.send();
                self.broken = true;
                None
            }
        }
    }

    /// Moves the log along and sends what the socket takes.
    pub(super) fn serve(&mut self, log: &LogWriter, marks: &Marks) {
        loop {
            while self.out.len() < OUT_BYTES && self.fill(log, marks) {}
            let before = self.out.len();
            self.send();
            if self.broken || before == 0 || !self.out.is_empty() {
                return;
            }
        }
    }

    /// Puts the next piece into `out`; false when there is none now.
    fn fill(&mut self, log: &LogWriter, marks: &Marks) -> bool {
        let Some(mut follow) = self.follow.take().filter(|follow| !follow.over) else { return false };
        let more = self.next_piece(&mut follow, log, marks);
        self.follow = Some(follow);
        more
    }

    fn next_piece(&mut self, follow: &mut Follow, log: &LogWriter, marks: &Marks) -> bool {
        if let Some(at) = marks.started_at.filter(|at| !follow.told_started && *at <= follow.at) {
            follow.told_started = true;
            self.answer(&Answer::Started { at });
            return true;
        }
        let (idles, idle_at) = marks.idle;
        if idles > follow.told_idle && idle_at <= follow.at {
            follow.told_idle = idles;
            self.answer(&Answer::Idle { at: idle_at });
            return true;
        }
        // a piece ends where something is to be told
        let mut limit = u64::MAX;
        for mark in [marks.started_at, Some(idle_at), follow.until].into_iter().flatten() {
            limit = if mark > follow.at { limit.min(mark - follow.at) } else { limit };
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(PIECE_BYTES);
        if follow.until.is_some_and(|until| follow.at >= until) {
            follow.over = true;
            self.answer(&marks.exit.map_or(Answer::End, |exit| Answer::Exit { exit }));
            return true;
        }
        match log.read(&mut follow.cursor, follow.at, limit) {
            Read::Bytes(bytes) => {
                self.push(&Answer::Data { at: follow.at }, &bytes);
                follow.at += bytes.len() as u64;
                true
            }
            Read::Gap(to) => {
                self.answer(&Answer::Gap { to });
                follow.at = to;
                true
            }
            Read::End => {
                let Some(exit) = marks.exit else { return false };
                follow.over = true;
                self.answer(&Answer::Exit { exit });
                true
            }
        }
    }

    /// Sends what the socket takes.
    pub(super) fn send(&mut self) {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(0) => break,
                Ok(count) => {
                    self.sent += count;
                    self.last_progress = Instant::now();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.broken = true;
                    return;
                }
            }
        }
        self.out.clear();
        self.sent = 0;
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
