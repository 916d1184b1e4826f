//! One shell of a step: its events, its handlers, its end.
//!
//! Must not know: where its command came from.

use std::{sync::Arc, time::Duration};

use pino_model::{Event, ShellState};
use pino_process::{DEFAULT_GRACE, Output, ShellHandle, ShellOutput, ShellSpec};
use pino_vm::PatternError;
use tokio::time::{Instant, sleep_until};

use super::{
    board::Board,
    follow::{Follower, follow},
    handlers::Handler,
    journal, notices,
    watcher::{EventMatch, Reaction, Verdict, Watcher},
};
use crate::{Call, MethodError};

/// How long a match at the end of the output may wait for more.
const SETTLE: Duration = Duration::from_millis(25);
/// How long a persistent shell may take to its first prompt before the step goes on without it.
const FIRST_PROMPT: Duration = Duration::from_millis(300);

/// How the step came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The program ended with this code; `None` when it was killed.
    Ended(Option<i32>),
    /// It runs on.
    Left,
    /// It was ended by a handler.
    Killed,
    /// Error text came.
    Broke,
    /// It took longer than the step allows and was ended.
    TimedOut,
}

/// What a shell leaves behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) truncated: bool,
    pub(super) event: Option<EventMatch>,
    pub(super) errors: Vec<String>,
    pub(super) ending: Ending,
}

enum Next {
    Cancelled,
    Piece(Option<Output>),
    Settle,
    Prompt,
    TimedOut,
}

/// A running shell under the eyes of its step.
pub(super) struct Session<'a> {
    call: &'a Call,
    number: usize,
    handle: ShellHandle,
    /// `None` once somebody else follows it.
    output: Option<ShellOutput>,
    board: Arc<Board>,
    watcher: Watcher,
    command: String,
    cwd: String,
    setup: String,
    started: bool,
    settle_at: Option<Instant>,
    prompt_at: Option<Instant>,
    /// The step ends at the latest then.
    ends_at: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Starts the shell.
    pub(super) fn start(
        call: &'a Call,
        number: usize,
        spec: ShellSpec,
        handlers: &[Handler],
        input: bool,
    ) -> Result<Self, MethodError> {
        let (command, cwd) = (spec.command.clone(), spec.cwd.display().to_string());
        let (handle, output) =
            call.host.processes().spawn(spec).map_err(|error| MethodError::Failed(error.to_string()))?;
        let board = Arc::new(Board::default());
        handle.attach(Arc::clone(&board) as _);
        Ok(Self {
            call,
            number,
            handle,
            output: Some(output),
            board,
            watcher: Watcher::new(handlers, input),
            command,
            cwd,
            setup: String::new(),
            started: false,
            settle_at: None,
            prompt_at: None,
            ends_at: None,
        })
    }

    /// It is ended after this time.
    #[must_use]
    pub(super) fn within(mut self, limit: Option<Duration>) -> Self {
        self.ends_at = limit.map(|limit| Instant::now() + limit);
        self
    }

    /// Follows it until it ends or a handler ends the step; with `until_prompt` also until it waits for a line.
    pub(super) async fn drive(mut self, until_prompt: bool) -> Result<Outcome, MethodError> {
        let ending = loop {
            match self.next().await {
                Next::Cancelled => {
                    self.stop().await?;
                    return Err(MethodError::Stopped);
                }
                Next::Settle => {
                    self.settle_at = None;
                    if let Some(ending) = self.feed("", true).await? {
                        break ending;
                    }
                }
                Next::Piece(Some(Output::Idle)) if until_prompt => {
                    self.board.set_idle(true);
                    break self.leave();
                }
                Next::Prompt if until_prompt => break self.leave(),
                Next::Piece(Some(Output::Ended(exit))) => break self.ended(exit.code)?,
                Next::Piece(Some(piece)) => {
                    if let Some(ending) = self.take(piece, until_prompt).await? {
                        break ending;
                    }
                }
                Next::Piece(None) => break Ending::Ended(None),
                Next::TimedOut => {
                    self.stop().await?;
                    break Ending::TimedOut;
                }
                Next::Prompt => self.prompt_at = None,
            }
        };
        self.outcome(ending)
    }

    async fn next(&mut self) -> Next {
        let token = self.call.host.cancellation(&self.call.place);
        let Some(output) = &mut self.output else { return Next::Piece(None) };
        let timer = async |at: Option<Instant>| match at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        };
        tokio::select! {
            biased;
            () = token.cancelled() => Next::Cancelled,
            () = timer(self.ends_at) => Next::TimedOut,
            piece = output.next() => Next::Piece(piece),
            () = timer(self.settle_at) => Next::Settle,
            () = timer(self.prompt_at) => Next::Prompt,
        }
    }

    async fn take(&mut self, piece: Output, until_prompt: bool) -> Result<Option<Ending>, MethodError> {
        match piece {
            Output::Setup(text) => {
                self.setup.push_str(&text);
                self.call.print(text);
            }
            Output::Started => {
                self.started = true;
                self.prompt_at = until_prompt.then(|| Instant::now() + FIRST_PROMPT);
                let (id, command, cwd) =
                    (self.handle.id().to_owned(), self.command.clone(), self.cwd.clone());
                self.emit_state(ShellState::Start { id, command, cwd });
            }
            Output::Text(text) => {
                let (index, shell) = (self.call.place.index, Some(self.number));
                // the event first: a match in the text must not come before it
                self.call.host.emit(&self.call.place, Event::Stream { index, shell, raw: text.clone() });
                return self.feed(&text, false).await;
            }
            Output::Idle | Output::Ended(_) => {}
        }
        Ok(None)
    }

    async fn feed(&mut self, text: &str, settle: bool) -> Result<Option<Ending>, MethodError> {
        let Reaction { asides, verdict, undecided } = self.watcher.feed(text, settle).map_err(too_slow)?;
        self.settle_at = undecided.then(|| Instant::now() + SETTLE);
        for aside in asides {
            notices::act(self.call, aside)?;
        }
        Ok(match verdict {
            Some(Verdict::Done) => Some(self.leave()),
            Some(Verdict::Break) => {
                self.follow_beside();
                Some(Ending::Broke)
            }
            Some(Verdict::Kill) => {
                self.stop().await?;
                Some(Ending::Killed)
            }
            None => None,
        })
    }

    /// The step goes on, the program stays.
    fn leave(&mut self) -> Ending {
        self.emit_state(ShellState::Left);
        self.follow_beside();
        Ending::Left
    }

    /// The program has ended: what was undecided is decided now.
    fn ended(&mut self, code: Option<i32>) -> Result<Ending, MethodError> {
        self.output = None;
        if !self.started {
            return Err(MethodError::Failed(self.activation_failed(code)));
        }
        self.emit_state(ShellState::End { code });
        let Reaction { asides, .. } = self.watcher.feed("", true).map_err(too_slow)?;
        for aside in asides {
            notices::act(self.call, aside)?;
        }
        Ok(Ending::Ended(code))
    }

    /// Ends the program and everything it started; its last output still comes.
    async fn stop(&mut self) -> Result<(), MethodError> {
        self.follow_beside();
        self.handle.stop(DEFAULT_GRACE).await.map_err(|error| MethodError::Failed(error.to_string()))
    }

    /// Hands the output to a task of its own.
    fn follow_beside(&mut self) {
        let Some(output) = self.output.take() else { return };
        follow(Follower {
            host: Arc::clone(&self.call.host),
            place: self.call.place.clone(),
            number: self.number,
            started: self.started,
            board: Arc::clone(&self.board),
            output,
        });
    }

    fn emit_state(&self, state: ShellState) {
        let event = Event::Shell { index: self.call.place.index, shell: self.number, state };
        self.call.host.emit(&self.call.place, event);
    }

    fn outcome(&mut self, ending: Ending) -> Result<Outcome, MethodError> {
        let watcher = std::mem::replace(&mut self.watcher, Watcher::new(&[], false));
        let errors = watcher.errors().map_err(too_slow)?;
        let (event, text, truncated) = watcher.into_result();
        journal::append(self.call.host.home(), &self.call.place.script, self.call.place.index, &text);
        if let (Ending::Ended(Some(code)), true) = (ending, errors.is_empty()) {
            self.warn_of_code(code);
        }
        Ok(Outcome { id: self.handle.id().to_owned(), text, truncated, event, errors, ending })
    }

    fn warn_of_code(&self, code: i32) {
        if code != 0 {
            let message = format!(
                "the command ended with exit code {code}, but printed no error text: {}",
                first_line(&self.command)
            );
            self.call.warn(
                "exit-code",
                message,
                &[("shell", self.number.into()), ("exit_code", code.into())],
            );
        }
    }

    fn activation_failed(&self, code: Option<i32>) -> String {
        let code = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        let last = last_lines(&self.setup, 8);
        format!(
            "the environment of the command could not be activated ({code}), so it was not run: {}{last}",
            first_line(&self.command)
        )
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // the step was given up: events of the shell still have to reach its reader
        if tokio::runtime::Handle::try_current().is_ok() {
            self.follow_beside();
        }
    }
}

pub(super) fn too_slow(error: PatternError) -> MethodError {
    MethodError::Failed(error.to_string())
}

/// The first line of a command, for messages.
pub(super) fn first_line(command: &str) -> String {
    const LIMIT: usize = 200;
    let line = command.trim().lines().next().unwrap_or_default();
    if line.len() > LIMIT {
        format!("{} …", &line[..line.floor_char_boundary(LIMIT)])
    } else {
        line.to_owned()
    }
}

/// The end of the output, each line indented, with a line break before.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(count)..].iter();
    last.flat_map(|line| ["\n  ".to_owned(), first_line(line)]).collect()
}
