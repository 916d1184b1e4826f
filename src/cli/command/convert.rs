//! `pino convert`: JavaScript to readable Lua.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino convert`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino convert` is not built yet", None);
    ExitCode::FAILURE
}
