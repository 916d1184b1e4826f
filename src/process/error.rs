//! What can go wrong with a process.
//!
//! Must not know: scripts, events.

use std::{io, path::PathBuf};

/// Failure of the process service.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No terminal could be opened.
    #[error("could not open a terminal: {0}; is /dev/pts mounted and not exhausted?")]
    Terminal(io::Error),
    /// The program could not be started.
    #[error("could not start {} in {}: {source}", program.display(), cwd.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The working directory it was to start in.
        cwd: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A name, value or path contains a NUL byte.
    #[error("{0} contains a NUL byte, which no program can be given")]
    Nul(String),
    /// The shell has ended.
    #[error("the shell has ended")]
    Ended,
    /// Reading from or writing to a process failed.
    #[error("could not {action}: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The process that holds a shell could not be started or reached.
    #[error("the process that holds the shell: {0}")]
    Shim(String),
    /// Shells that outlive us are talked to from tasks.
    #[error("a shell in a process of its own can be started only inside an asynchronous runtime")]
    NoRuntime,
    /// Processes that even SIGKILL has not ended within the limit.
    #[error("{} still running after SIGKILL: {}; they wait for the kernel (a hung disk or driver), look at `ps`", plural(survivors.len()), survivors.join(", "))]
    Survivors {
        /// `pid name` of each.
        survivors: Vec<String>,
    },
}

/// "1 process is" or "3 processes are".
fn plural(count: usize) -> String {
    if count == 1 { "1 process is".to_owned() } else { format!("{count} processes are") }
}

impl From<crate::shim::ShimError> for ProcessError {
    fn from(error: crate::shim::ShimError) -> Self {
        match error {
            crate::shim::ShimError::Start(error) | crate::shim::ShimError::Stop(error) => error,
            other => Self::Shim(other.to_string()),
        }
    }
}
