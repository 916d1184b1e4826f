//! `pino doctor`: checks this machine.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino doctor`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino doctor` is not built yet", None);
    ExitCode::FAILURE
}
