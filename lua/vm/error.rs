//! What a caller learns when JavaScript throws, does not parse or hits a limit.
//!
//! Must not know: how the failure is shown.

use std::fmt;

use crate::limits::{self, LimitError, Reached};

/// Why an evaluation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The code threw.
    Thrown,
    /// The text is no valid JavaScript, JSON or Lua.
    Syntax,
    /// A time or memory limit was reached.
    Limit,
    /// Stopped from outside.
    Stopped,
    /// A fault of the program itself.
    Internal,
}

/// An uncaught JavaScript error.
#[derive(Clone, Debug)]
pub struct JsError {
    /// `TypeError`, `Error`, … (`Uncaught` values that are no errors: empty)
    pub name: String,
    /// Its message, or the thrown value as text.
    pub message: String,
    /// Where: lines `    at f (file:line:column)`, frames of the prelude hidden. May be empty.
    pub stack: String,
    /// Kind of the failure.
    pub kind: FailureKind,
}

impl JsError {
    /// An error of this kind.
    pub fn new(kind: FailureKind, name: &str, message: impl Into<String>) -> Self {
        JsError { name: name.to_owned(), message: message.into(), stack: String::new(), kind }
    }

    /// The error of Luau or of a native function.
    pub(crate) fn from_lua(error: &mlua::Error, memory_limit_bytes: usize) -> Self {
        match limits::of_error(error) {
            Some(Reached::Memory) => {
                let mib = memory_limit_bytes / (1024 * 1024);
                let message =
                    format!("memory limit of {mib} MiB reached; the script keeps too much data at once");
                return JsError::new(FailureKind::Limit, "RangeError", message);
            }
            Some(Reached::Limit(limit)) => {
                let kind =
                    if limit == LimitError::Stopped { FailureKind::Stopped } else { FailureKind::Limit };
                let mut told = JsError::new(kind, "RangeError", limit.to_string());
                if let LimitError::Time { stack, .. } = limit {
                    told.stack = stack;
                }
                return told;
            }
            Some(Reached::Told(told)) => return told,
            None => {}
        }
        let text = root_cause(error);
        if matches!(error, mlua::Error::SyntaxError { .. }) {
            return JsError::new(FailureKind::Syntax, "SyntaxError", text);
        }
        let (name, message) = split_name(&text);
        JsError::new(FailureKind::Thrown, name, message)
    }
}

/// `TypeError: x` → (`TypeError`, `x`); anything else is an `Error`.
fn split_name(text: &str) -> (&str, &str) {
    match text.split_once(": ") {
        Some((name, rest)) if name.ends_with("Error") && name.chars().all(char::is_alphanumeric) => {
            (name, rest)
        }
        _ => ("Error", text),
    }
}

fn root_cause(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. } | mlua::Error::WithContext { cause, .. } => {
            root_cause(cause)
        }
        mlua::Error::RuntimeError(text) | mlua::Error::SyntaxError { message: text, .. } => text.clone(),
        other => other.to_string(),
    }
}

impl fmt::Display for JsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.message.as_str()) {
            ("", message) => write!(formatter, "{message}"),
            (name, "") => write!(formatter, "{name}"),
            (name, message) => write!(formatter, "{name}: {message}"),
        }
    }
}

impl std::error::Error for JsError {}
