//! `pino run`: runs one script.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino run` is not built yet", None);
    ExitCode::FAILURE
}
