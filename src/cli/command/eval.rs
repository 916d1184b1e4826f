//! `pino eval`: the evaluated launcher or script as JSON.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino eval`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino eval` is not built yet", None);
    ExitCode::FAILURE
}
