//! What a shell is started with and what comes out of it.
//!
//! Must not know: how either is done.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::ResourceLimits;

/// How long a shell lives and who types into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShellMode {
    /// Runs its command and ends with it.
    #[default]
    Command,
    /// Runs its command, then waits for lines written to it. Nothing is echoed and no prompt is printed.
    Persistent,
    /// A prompt for a person, with echo and line editing.
    Interactive,
}

/// Everything needed to start a shell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShellSpec {
    /// Name under which [`crate::ProcessGroup::shell`] finds it; empty for a generated one.
    pub id: String,
    /// Shells with the same label are stopped together (`stop_label`).
    pub label: String,
    /// The shell program, usually `bash`.
    pub program: PathBuf,
    /// How long it lives.
    pub mode: ShellMode,
    /// Command text, handed to the shell as it is.
    pub command: String,
    /// Commands that run before, their output kept apart; the command does not run when the last of them fails.
    pub activation: Vec<String>,
    /// Working directory; must exist.
    pub cwd: PathBuf,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// Width of the terminal in characters.
    pub cols: u16,
    /// Height of the terminal in lines.
    pub rows: u16,
    /// What it may use; where it says nothing, what its group says.
    pub limits: ResourceLimits,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Exit code; `None` when it was killed. A program that crashed has 128 + signal, as a shell reports it.
    pub code: Option<i32>,
}

/// What comes out of a shell, in order: `Setup`*, `Started`, (`Text` | `Idle`)*, `Ended`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Output of the activation.
    Setup(String),
    /// The activation is done; the command starts now.
    Started,
    /// Output of the program: at most 64 KiB, ending between characters.
    Text(String),
    /// A persistent shell has finished what it was told and waits.
    Idle,
    /// The program has ended and everything it had written before has been delivered. Without a `Started` before, the
    /// activation failed.
    Ended(Exit),
}
