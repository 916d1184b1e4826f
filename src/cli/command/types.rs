//! `pino types`: editor types of the Lua library.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino types`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino types` is not built yet", None);
    ExitCode::FAILURE
}
