//! `pino js`: a JavaScript file run through the converter.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino js`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino js` is not built yet", None);
    ExitCode::FAILURE
}
