//! `pino plan`: what a script would do here, without running it.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino plan`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino plan` is not built yet", None);
    ExitCode::FAILURE
}
