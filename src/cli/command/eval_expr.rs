//! `pino eval-expr`: template expressions, one JSON line each.
//!
//! Must not know: other commands.

use std::{
    io::{self, BufRead as _, Write as _},
    process::ExitCode,
};

use pino_engine::evaluate::{ExpressionRequest, evaluate_expression};

/// Arguments of `pino eval-expr`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Read `{"expr", "context"}` lines from stdin and answer each with a JSON line (the only way to use this command).
    #[arg(long, required = true)]
    batch: bool,
}

/// Runs the command.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    debug_assert!(arguments.batch, "clap requires the flag");
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::FAILURE };
        if line.trim().is_empty() {
            continue;
        }
        let text = match serde_json::from_str::<ExpressionRequest>(&line) {
            Ok(request) => evaluate_expression(&request),
            Err(error) => serde_json::json!({ "error": "Error", "message": format!("bad request: {error}") })
                .to_string(),
        };
        let mut out = io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
