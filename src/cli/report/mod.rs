//! What people read in the terminal: failures, the course of a run, questions, the summary.
//!
//! Must not know: how a run works; it sees events only.

pub(crate) mod apps;
mod bars;
mod describe;
pub(crate) mod downloads;
pub(crate) mod drive;
pub(crate) mod event;
mod form;
pub(crate) mod life;
mod lines;
mod prompt;
mod style;
mod summary;
mod terminal;

use std::io::Write as _;

pub(crate) use prompt::{TerminalPrompter, TypedLines};
pub(crate) use terminal::Terminal;

/// Prints a failure of the program on stderr: what failed and, when known, the next step.
pub(crate) fn failure(what: &str, next_step: Option<&str>) {
    let mut stderr = anstream::stderr().lock();
    // nobody is left to tell when stderr is gone
    let what = pino_engine::state::Redactor::shared().clean(what);
    let _ = writeln!(stderr, "{}error:{} {what}", style::BAD, style::PLAIN);
    if let Some(next_step) = next_step {
        let _ = writeln!(stderr, "  hint: {next_step}");
    }
}

/// Writes text to stderr as it is.
pub(crate) fn write_error(text: &str) -> std::io::Result<()> {
    anstream::stderr().lock().write_all(text.as_bytes())
}

/// Prints one line on stderr.
fn line_on_stderr(text: &str) {
    // nobody is left to tell when stderr is gone
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints an answer on stdout.
pub(crate) fn print(text: &str) {
    // a closed stdout is no failure of ours
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Prints a line about the program itself on stderr.
pub(crate) fn notice(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "\n{}{text}{}", style::WEAK, style::PLAIN);
}
