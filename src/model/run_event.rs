//! A whole line of the event stream as a typed value, for readers inside the program (terminal report, user interface).
//!
//! Must not know: JSON lines; the engine writes those straight from VM values.

use std::sync::Arc;

use crate::{Data, Event, ExitStatus};

/// One event of a run.
#[derive(Clone, Debug)]
pub struct RunEvent {
    /// Whole milliseconds since the run began.
    pub ms: u64,
    /// The script it is about, as in the event stream (relative to the main script's folder where possible).
    pub script: Arc<str>,
    /// What happened.
    pub kind: RunEventKind,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum RunEventKind {
    /// A script starts.
    Begin {
        /// The calling script, for scripts started by others.
        caller: Option<Arc<str>>,
        /// How many steps it has; `None` when it could not be loaded.
        steps: Option<usize>,
    },
    /// A step is reached.
    At {
        /// Step index.
        index: usize,
        /// As written; `None` for functions and missing ones.
        method: Option<String>,
    },
    /// The step's `when` was false.
    Skip {
        /// Step index.
        index: usize,
    },
    /// The step runs.
    Step {
        /// Step index.
        index: usize,
        /// As rendered; `None` for functions.
        method: Option<String>,
        /// As rendered.
        params: Data,
    },
    /// Something happened inside a step, or to the script.
    Inner(Event),
    /// The step ended well.
    Result {
        /// Step index.
        index: usize,
        /// Its result.
        result: Data,
        /// The script's variables after it.
        local: Data,
    },
    /// A daemon has run its last step and stays up.
    Ready {
        /// The script's variables.
        local: Data,
    },
    /// The script is over and its processes have ended.
    Exit {
        /// How it ended.
        status: ExitStatus,
        /// The script's variables before cleaning up.
        local: Data,
        /// How many steps ran.
        steps: usize,
        /// Duration.
        wall_ms: u64,
    },
}
