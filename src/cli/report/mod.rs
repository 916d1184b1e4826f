//! What people read in the terminal: failures, the course of a run, its summary.
//!
//! Must not know: how a run works; it sees events only.

use std::io::Write as _;

/// Prints a failure of the program on stderr: what failed and, when known, the next step.
pub(crate) fn failure(what: &str, next_step: Option<&str>) {
    let mut stderr = std::io::stderr().lock();
    // nobody is left to tell when stderr is gone
    let _ = writeln!(stderr, "error: {what}");
    if let Some(next_step) = next_step {
        let _ = writeln!(stderr, "  hint: {next_step}");
    }
}
