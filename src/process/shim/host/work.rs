//! The loop of a shim: sleeps in `poll`, moves bytes from the terminal to the log, answers questions.
//!
//! Must not know: how the shell was started.

use std::{
    fs,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::Signal,
};

use super::{
    Started,
    client::{Client, Marks},
    clock::Clock,
    meter::Meter,
    program::{Came, Program},
    stopping::{Stopping, Target},
};
use crate::{
    DEFAULT_GRACE, Exit, listening_ports, platform,
    shim::{
        log::{LogPlace, LogWriter, resolve},
        paths::SOCKET,
        status::{self, LastWords, ShimState, ShimStatus},
        wire::{Answer, Request},
    },
};

/// More connections wait for one to end.
const CLIENTS: usize = 64;
/// A listener that may hold up the program does so when it would lose something, and has moved within this time.
const PACE_TIME: Duration = Duration::from_secs(2);
/// The state on the disk is no older than this.
const STATUS_AGE: Duration = Duration::from_secs(30);
/// How long listeners may need for the last bytes when all is over.
const LAST_WORDS: Duration = Duration::from_secs(30);
/// Stops at a time: a second one may be more impatient than the first.
const STOPS: usize = 4;
/// An answer has to fit into a header.
const PROCESSES_TOLD: usize = 1000;

/// Everything a shim holds.
pub(super) struct Work {
    folder: PathBuf,
    signals: OwnedFd,
    listener: UnixListener,
    program: Program,
    clients: Vec<(u64, Client)>,
    next_client: u64,
    log: LogWriter,
    marks: Marks,
    meter: Meter,
    status: ShimStatus,
    status_written: Instant,
    clock: Clock,
    target: Target,
    /// With the client that waits for it.
    stops: Vec<(Option<u64>, Stopping)>,
    /// Exit of the shell.
    exit: Option<Exit>,
    over_since: Option<Instant>,
}

/// What woke the loop up.
#[derive(Default)]
struct Ready {
    signals: bool,
    listener: bool,
    terminal: bool,
}

impl Work {
    pub(super) fn new(
        folder: &Path,
        signals: OwnedFd,
        starter: UnixStream,
        started: Started,
        clock: Clock,
    ) -> Self {
        let Started { brief_log, program, listener, status, target } = started;
        let ready = Answer::Ready { program: status.program.clone() };
        let first = Client::new(starter).ok().map(|client| (0, client.expected()));
        let mut work = Self {
            folder: folder.to_owned(),
            signals,
            listener,
            program,
            clients: first.into_iter().collect(),
            next_client: 1,
            log: LogWriter::new(folder, brief_log),
            marks: Marks::default(),
            meter: Meter::new(),
            status,
            status_written: Instant::now(),
            clock,
            target,
            stops: Vec::new(),
            exit: None,
            over_since: None,
        };
        // whoever hears that it runs can also look it up
        work.write_status();
        work.reply(Some(0), &ready);
        work
    }

    /// Works until all is over.
    pub(super) fn run(mut self) {
        self.read_program(false);
        self.serve_clients();
        while !self.is_over() {
            let ready = self.wait();
            if ready.signals {
                self.take_signals();
            }
            self.read_program(ready.terminal);
            if ready.listener {
                self.accept();
            }
            self.take_exits();
            self.answer_stops();
            self.meter.look_when_due();
            self.serve_clients();
            if self.status_written.elapsed() > STATUS_AGE {
                self.write_status();
            }
        }
        self.end();
    }

    fn wait(&self) -> Ready {
        let mut list =
            vec![PollFd::new(&self.signals, PollFlags::IN), PollFd::new(&self.listener, PollFlags::IN)];
        for (_, client) in &self.clients {
            let mut flags = PollFlags::IN;
            flags.set(PollFlags::OUT, client.wants_to_write());
            list.push(PollFd::from_borrowed_fd(client.as_fd(), flags));
        }
        list.extend(self.stops.iter().map(|(_, stop)| PollFd::from_borrowed_fd(stop.as_fd(), PollFlags::IN)));
        list.extend(self.program.status().map(|status| PollFd::from_borrowed_fd(status, PollFlags::IN)));
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, !self.is_held_up());
        flags.set(PollFlags::OUT, self.clients.iter().any(|(_, client)| !client.input.is_empty()));
        let terminal = self.program.terminal().map(|terminal| PollFd::from_borrowed_fd(terminal, flags));
        let has_terminal = terminal.is_some();
        list.extend(terminal);
        if poll(&mut list, Some(&self.patience())).is_err() {
            return Ready::default(); // interrupted: look again
        }
        let is_set = |at: usize| list.get(at).is_some_and(|entry| !entry.revents().is_empty());
        Ready {
            signals: is_set(0),
            listener: is_set(1),
            terminal: has_terminal && flags.contains(PollFlags::IN) && is_set(list.len() - 1),
        }
    }

    /// How long there is nothing to do if nothing comes.
    fn patience(&self) -> Timespec {
        let mut until = self.meter.due();
        for due in [self.program.due(), self.over_since.map(|at| at + LAST_WORDS)].into_iter().flatten() {
            until = until.min(due);
        }
        if self.is_held_up() {
            until = until.min(Instant::now() + PACE_TIME);
        }
        let rest = until.saturating_duration_since(Instant::now());
        Timespec { tv_sec: rest.as_secs() as i64, tv_nsec: i64::from(rest.subsec_nanos()) }
    }

    /// A listener that keeps up, more or less, is waited for. One that does not move is not.
    fn is_held_up(&self) -> bool {
        let lags = self.clients.iter().filter_map(|(_, client)| client.lag(self.log.bytes()));
        lags.into_iter().any(|(behind, since)| behind > self.log.reach_bytes() && since.elapsed() < PACE_TIME)
    }

    fn take_signals(&mut self) {
        let mut buffer = [0; 128 * 8];
        while let Ok(count @ 1..) = rustix::io::read(&self.signals, &mut buffer) {
            if platform::asks_to_end(&buffer[..count]) {
                self.stop(None, DEFAULT_GRACE, "the shim was told to end");
            }
        }
    }

    fn take_exits(&mut self) {
        while let Some(ended) = platform::reap_any() {
            if ended.pid == self.program.pid && self.exit.is_none() {
                self.exit = Some(ended.exit);
                self.shell_ended(ended.exit);
            }
        }
        if self.exit.is_some() && platform::no_child_left() {
            self.over_since.get_or_insert_with(Instant::now);
        }
    }

    fn shell_ended(&mut self, exit: Exit) {
        let mut came = Vec::new();
        self.program.finish(&mut came);
        self.take(came);
        self.marks.exit = Some(exit);
        self.meter.look();
        let last = LastWords {
            exit,
            ended_at_ms: self.clock.now_ms(),
            log_bytes: self.log.bytes(),
            log_lost_bytes: self.log.lost_bytes(),
        };
        status::note_exit(&self.folder, last).ok();
        self.write_status();
        for (_, client) in &mut self.clients {
            if !client.input.is_empty() {
                client.input.clear();
                client.busy = false;
                client.answer(&Answer::Failed { message: "the shell has ended".to_owned() });
            }
        }
    }

    fn read_program(&mut self, terminal: bool) {
        let mut came = Vec::new();
        self.program.read(terminal, &mut came);
        self.take(came);
    }

    fn take(&mut self, came: Vec<Came>) {
        for piece in came {
            match piece {
                Came::Bytes(bytes) => self.log.append(&bytes, self.clock.now_ms()),
                Came::Started => self.marks.started_at = Some(self.log.bytes()),
                Came::Idle => self.marks.idle = (self.marks.idle.0 + 1, self.log.bytes()),
            }
        }
    }

    fn accept(&mut self) {
        while self.clients.len() < CLIENTS {
            let Ok((stream, _)) = self.listener.accept() else { return };
            if let Ok(client) = Client::new(stream) {
                self.clients.push((self.next_client, client));
                self.next_client += 1;
            }
        }
    }

    fn serve_clients(&mut self) {
        for at in 0..self.clients.len() {
            self.clients[at].1.receive();
            while let Some((request, body)) = self.clients[at].1.next_request() {
                self.work_on(at, request, body);
            }
            self.type_input(at);
            self.clients[at].1.serve(&self.log, &self.marks);
        }
        self.clients.retain(|(_, client)| !client.is_broken());
    }

    fn work_on(&mut self, at: usize, request: Request, body: Vec<u8>) {
        let done = |result: std::io::Result<()>| match result {
            Ok(()) => Answer::Done,
            Err(error) => Answer::Failed { message: error.to_string() },
        };
        let answer = match request {
            Request::Attach { from, follow, pace } => return self.attach(at, from, follow, pace),
            Request::Input | Request::Signal { .. } if self.exit.is_some() => {
                Answer::Failed { message: "the shell has ended".to_owned() }
            }
            Request::Input if body.is_empty() => Answer::Done,
            Request::Input => {
                let client = &mut self.clients[at].1;
                (client.input, client.busy) = (body, true);
                return;
            }
            Request::Resize { cols, rows } => done(self.program.resize(cols, rows)),
            Request::Signal { signal } => match Signal::from_named_raw(signal) {
                Some(signal) => done(self.program.signal(signal)),
                None => Answer::Failed { message: format!("there is no signal {signal}") },
            },
            Request::Status => Answer::Status(Box::new(self.status_now(true))),
            Request::Stop { grace_ms, reason } => {
                let client = self.clients[at].0;
                self.clients[at].1.busy = true;
                return self.stop(Some(client), Duration::from_millis(grace_ms), &reason);
            }
        };
        self.clients[at].1.answer(&answer);
    }

    fn attach(&mut self, at: usize, from: LogPlace, follow: bool, pace: bool) {
        let end = self.log.bytes();
        // numbers that are only in memory (a full disk) are known to the log itself
        let from = match from {
            LogPlace::End => end,
            LogPlace::Byte(byte) => byte.min(end),
            place => resolve(&self.folder, place, end),
        };
        let until = (!follow).then_some(end);
        self.clients[at].1.attach(&self.folder, from, until, pace, &self.marks);
    }

    fn type_input(&mut self, at: usize) {
        let client = &mut self.clients[at].1;
        while !client.input.is_empty() {
            match self.program.write(&client.input) {
                Some(count @ 1..) => {
                    client.input.drain(..count);
                }
                Some(0) | None => return, // later; or its end is told soon
            }
            if client.input.is_empty() {
                client.busy = false;
                client.answer(&Answer::Done);
            }
        }
    }

    fn stop(&mut self, client: Option<u64>, grace: Duration, reason: &str) {
        self.status.stop_reason.get_or_insert_with(|| reason.to_owned());
        self.write_status();
        let begun = if self.stops.len() < STOPS {
            Stopping::begin(self.target.clone(), grace).map_err(|error| error.to_string())
        } else {
            Err("it is being stopped already".to_owned())
        };
        match begun {
            Ok(stopping) => self.stops.push((client, stopping)),
            Err(message) => self.reply(client, &Answer::Failed { message }),
        }
    }

    fn answer_stops(&mut self) {
        let mut over = Vec::new();
        self.stops.retain(|(client, stop)| match stop.result() {
            Some(result) => {
                over.push((*client, result));
                false
            }
            None => true,
        });
        for (client, result) in over {
            let answer = match result {
                Ok(pids) => Answer::Stopped { pids: pids.into_iter().take(PROCESSES_TOLD).collect() },
                Err(message) => Answer::Failed { message },
            };
            // the exit that is part of it first
            self.take_exits();
            self.reply(client, &answer);
        }
    }

    fn reply(&mut self, client: Option<u64>, answer: &Answer) {
        if let Some((_, client)) = self.clients.iter_mut().find(|(number, _)| Some(*number) == client) {
            client.busy = false;
            client.answer(answer);
        }
    }

    fn status_now(&mut self, look: bool) -> ShimStatus {
        if look {
            self.meter.look();
        }
        let mut status = self.status.clone();
        status.state = match (self.exit, self.over_since) {
            (None, _) => ShimState::Running,
            (Some(_), None) => ShimState::Leftover,
            (Some(_), Some(_)) => ShimState::Ended,
        };
        status.exit = self.exit;
        (status.rss_bytes, status.peak_rss_bytes) = (self.meter.rss_bytes, self.meter.peak_rss_bytes);
        status.cpu_ms = self.meter.cpu_ms;
        status.processes = self.meter.processes.iter().take(PROCESSES_TOLD).copied().collect();
        status.log_bytes = self.log.bytes();
        status.log_lines = self.log.lines();
        status.log_lost_bytes = self.log.lost_bytes();
        if look {
            status.ports = listening_ports(&self.meter.processes);
        }
        status
    }

    /// A full disk keeps the state before; the exit code has a place of its own.
    fn write_status(&mut self) {
        let ended_at_ms = self.exit.map(|_| self.clock.now_ms());
        self.status.ended_at_ms = self.status.ended_at_ms.or(ended_at_ms);
        let status = self.status_now(false);
        status::write(&self.folder, &status).ok();
        self.status_written = Instant::now();
    }

    fn is_over(&self) -> bool {
        self.over_since.is_some_and(|at| {
            (self.stops.is_empty() && self.clients.iter().all(|(_, client)| client.is_served()))
                || at.elapsed() > LAST_WORDS
        })
    }

    fn end(mut self) {
        self.meter.look();
        self.write_status();
        fs::remove_file(self.folder.join(SOCKET)).ok();
        if let Some(group) = &self.target.group {
            group.remove().ok();
        }
    }
}
