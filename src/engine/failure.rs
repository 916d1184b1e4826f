//! How a step or a script fails, on its way to the `error` event.
//!
//! Must not know: where the failure is shown.

use pino_stdlib::MethodError;
use pino_vm::{FailureKind, JsError};

/// What the `error` event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// A code of the event contract.
    pub(crate) code: &'static str,
    /// What failed, why, what to do next.
    pub(crate) message: String,
    /// Matched error texts, with code `output`.
    pub(crate) events: Vec<String>,
}

/// Why a script does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// It has failed.
    Failed(Failure),
    /// It is being stopped.
    Stopped,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), events: Vec::new() }
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Halt::Failed(failure)
    }
}

impl From<MethodError> for Halt {
    fn from(error: MethodError) -> Self {
        let code = match &error {
            MethodError::Stopped => return Halt::Stopped,
            MethodError::BadParams(_) => "bad-params",
            MethodError::Failed(_) => "failed",
            MethodError::BadTarget(_) => "bad-target",
            MethodError::UnknownMethod(_) => "unknown-method",
            MethodError::Callee(_) => "callee",
            MethodError::NoAnswer(_) => "no-answer",
            MethodError::Output { .. } => "output",
        };
        match error {
            MethodError::Output { matches, message, .. } => Failure { code, message, events: matches }.into(),
            other => Failure::new(code, other.to_string()).into(),
        }
    }
}

impl From<JsError> for Halt {
    fn from(error: JsError) -> Self {
        match error.kind {
            FailureKind::Stopped => Halt::Stopped,
            FailureKind::Internal => Failure::new("internal", javascript_message(&error)).into(),
            FailureKind::Thrown | FailureKind::Syntax | FailureKind::Limit => {
                Failure::new("failed", javascript_message(&error)).into()
            }
        }
    }
}

/// The error and where it was thrown; for text that does not parse the excerpt with the place.
pub(crate) fn javascript_message(error: &JsError) -> String {
    let stack = error.stack.trim_end();
    if error.kind == FailureKind::Syntax && !stack.is_empty() {
        return format!("{error}\n{stack}");
    }
    let frames = stack.lines().filter(|line| line.trim_start().starts_with("at ")).take(8);
    frames.fold(error.to_string(), |text, frame| format!("{text}\n{frame}"))
}
