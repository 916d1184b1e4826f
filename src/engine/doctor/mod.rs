//! `pino doctor`: is this machine ready to run launchers? Each check says what was found and the next step.
//!
//! Must not know: how the answers are shown.

mod checks;

use std::path::Path;

use serde::Serialize;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// In order.
    Ok,
    /// Works, but something common will not.
    Warning,
    /// Scripts cannot run like this.
    Failure,
}

/// One check of `pino doctor`.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// What to do, when it is not in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<&'static str>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, found: found.into(), next_step: None }
    }

    fn warning(name: &'static str, found: impl Into<String>, next_step: &'static str) -> Self {
        Self { name, outcome: Outcome::Warning, found: found.into(), next_step: Some(next_step) }
    }

    fn failure(name: &'static str, found: impl Into<String>, next_step: &'static str) -> Self {
        Self { name, outcome: Outcome::Failure, found: found.into(), next_step: Some(next_step) }
    }
}

/// Every check, the cheap ones first. `home` is the launcher home that would be used.
pub fn examine(home: &Path) -> Vec<Check> {
    let mut checks = vec![
        checks::platform(),
        checks::home(home),
        checks::disk(home),
        checks::bash(),
        checks::pseudo_terminal(),
        checks::git(),
        checks::python(),
        checks::uv(home),
        checks::memory(),
    ];
    checks.extend(checks::gpus());
    checks
}
