//! `pino jsonpath`: RFC 9535 queries, one JSON line each.
//!
//! Must not know: other commands.

use std::process::ExitCode;

/// Arguments of `pino jsonpath`.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn execute(_arguments: Arguments) -> ExitCode {
    crate::report::failure("`pino jsonpath` is not built yet", None);
    ExitCode::FAILURE
}
