//! `pino eval-expr`: template expressions, one JSON line each.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino eval-expr`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino eval-expr` is not built yet", None);
    ExitCode::FAILURE
}
