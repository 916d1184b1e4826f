//! The events of a run, one vocabulary for terminal, JSON lines, log files and WebSocket.
//!
//! The contract is `shared/conformance/EVENTS.md`. Must not know: who reads them.

use serde::{Deserialize, Serialize};

use crate::Data;

/// How a script ended (`exit.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExitStatus {
    /// Normal end.
    Done,
    /// A step failed.
    Error,
    /// Stopped by the user, by `script.stop` or by a signal.
    Stopped,
    /// Stopped because the time given with `--timeout` was over.
    Timeout,
    /// A daemon that was stopped because of `--exit-when-ready`.
    Daemon,
}

/// Life of one shell (`shell.state`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum ShellState {
    /// Ready; `command` is about to run.
    Start {
        /// Addresses the shell in client messages and in `shell.enter`/`write`/`stop`.
        id: String,
        /// After templates, quoting and joining; without activation.
        command: String,
        /// Absolute working directory.
        cwd: String,
    },
    /// A handler with `done` ended the step; the program runs on.
    Left,
    /// The program ended.
    End {
        /// Exit code; `None` when it was killed.
        code: Option<i32>,
    },
}

/// What happened; the members `t`, `ms` and `script` are added by whoever writes the line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Event {
    /// Life of a shell of a step.
    Shell {
        /// Step index.
        index: usize,
        /// Number of the shell within the step, from 0.
        shell: usize,
        /// What happened to it.
        #[serde(flatten)]
        state: ShellState,
    },
    /// Output of a program (`shell` is set) or of the step itself.
    Stream {
        /// Step index.
        index: usize,
        /// Number of the shell within the step.
        #[serde(skip_serializing_if = "Option::is_none")]
        shell: Option<usize>,
        /// Text as it came, ending between characters, at most 64 KiB.
        raw: String,
    },
    /// Something for a user interface.
    Packet {
        /// Step index.
        index: usize,
        /// `notify`, `input`, `modal`, `progress`, …
        #[serde(rename = "type")]
        kind: String,
        /// Unique in the run.
        id: String,
        /// Parameters as rendered.
        data: Data,
        /// The step goes on only after an answer.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        wait: bool,
    },
    /// Something looks wrong; the run goes on.
    Warning {
        /// Step index, when it is about a step.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
        /// One of the codes of the contract (`unresolved`, `exit-code`, …).
        code: &'static str,
        /// Text for people.
        message: String,
        /// Extra members (`expr`, `shell`, `exit_code`, `path`, …).
        #[serde(flatten)]
        extra: serde_json::Map<String, serde_json::Value>,
    },
    /// The script has failed.
    Error {
        /// Step index, when it is about a step.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
        /// One of the codes of the contract (`load`, `output`, `failed`, …).
        code: &'static str,
        /// Text for people: what failed, cause, next step.
        message: String,
        /// Matched error texts, with code `output`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        events: Vec<String>,
    },
}
