//! How a method fails; the engine turns each kind into an `error` event with the code of the same meaning.
//!
//! Must not know: events or terminals.

use mlua::Value;

/// Failure of a method, by what the reader has to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// Parameters the method cannot work with (`bad-params`).
    #[error("{0}")]
    BadParams(String),
    /// It failed otherwise; the text says what, why and the next step (`failed`).
    #[error("{0}")]
    Failed(String),
    /// Error text in the output of a command (`output`).
    #[error("{}", matches.join(", "))]
    Output {
        /// The matched texts, shortest distinct ones.
        matches: Vec<String>,
        /// The step's result (`{id, response, stdout, event, error, exit_code}`).
        result: Value,
        /// What failed: command, exit code, last lines, for people.
        message: String,
    },
    /// A jump to nowhere (`bad-target`).
    #[error("{0}")]
    BadTarget(String),
    /// No such method or module member (`unknown-method`).
    #[error("{0}")]
    UnknownMethod(String),
    /// A script started by this step failed (`callee`).
    #[error("{0}")]
    Callee(String),
    /// A packet waits and nobody is there to answer (`no-answer`).
    #[error("{0}")]
    NoAnswer(String),
    /// The run was stopped while the method was at work.
    #[error("stopped")]
    Stopped,
}

impl From<mlua::Error> for MethodError {
    fn from(error: mlua::Error) -> Self {
        MethodError::Failed(error.to_string())
    }
}
