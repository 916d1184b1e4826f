//! What can go wrong with a shim.
//!
//! Must not know: scripts.

use std::{io, path::PathBuf};

use crate::ProcessError;

/// Failure of a shim or of talking to one.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// The shell of the shim could not be started.
    #[error(transparent)]
    Start(ProcessError),
    /// Reading, writing, listening, connecting.
    #[error("could not {action}: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The other end speaks another language.
    #[error("the shim said something that makes no sense: {0}; was it started by another version of pino?")]
    Wire(String),
    /// The shim refused.
    #[error("{0}")]
    Refused(String),
    /// There is none of this name.
    #[error("there is no shim {id} in {}; `pino ps` lists what runs", dir.display())]
    Unknown {
        /// The name.
        id: String,
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// Some processes could not be ended.
    #[error(transparent)]
    Stop(ProcessError),
}
