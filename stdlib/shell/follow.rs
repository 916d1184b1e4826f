//! Follows a shell whose step has gone on: its output and end still become events.
//!
//! Must not know: handlers.

use std::sync::Arc;

use pino_model::{Event, ShellState};
use pino_process::{Output, ShellOutput};

use super::board::{Board, Heard};
use crate::{Host, StepPlace};

/// What the task needs.
pub(super) struct Follower {
    pub(super) host: Arc<dyn Host>,
    pub(super) place: StepPlace,
    /// Number of the shell in its step.
    pub(super) number: usize,
    /// Its `start` event has been sent.
    pub(super) started: bool,
    pub(super) board: Arc<Board>,
    pub(super) output: ShellOutput,
}

/// Follows it in a task of its own until it ends.
pub(super) fn follow(follower: Follower) {
    tokio::spawn(follower.run());
}

impl Follower {
    async fn run(mut self) {
        while let Some(piece) = self.output.next().await {
            match piece {
                Output::Text(raw) => {
                    self.board.tell(|| Heard::Text(raw.clone())).await;
                    self.stream(Some(self.number), raw);
                }
                Output::Setup(raw) => self.stream(None, raw),
                Output::Started => self.started = true,
                Output::Idle => {
                    self.board.set_idle(true);
                    self.board.tell(|| Heard::Idle).await;
                }
                Output::Ended(exit) => {
                    if self.started {
                        self.state(ShellState::End { code: exit.code });
                    }
                    break;
                }
            }
        }
        self.board.close();
    }

    fn stream(&self, shell: Option<usize>, raw: String) {
        self.host.emit(&self.place, Event::Stream { index: self.place.index, shell, raw });
    }

    fn state(&self, state: ShellState) {
        self.host.emit(&self.place, Event::Shell { index: self.place.index, shell: self.number, state });
    }
}
