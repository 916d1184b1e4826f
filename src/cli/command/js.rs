//! `pino js`: a JavaScript file run through the converter.
//!
//! Must not know: other commands.

use std::{
    io::{self, BufRead as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use pino_engine::evaluate::{JavaScriptOutcome, Phase, run_javascript};

/// Exit code for text that is no JavaScript.
const SYNTAX_EXIT: u8 = 2;

/// A file of a batch may compute this long.
const BATCH_BUDGET: Duration = Duration::from_secs(15);

/// Arguments of `pino js`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The JavaScript file (.js, .cjs or .mjs).
    #[arg(required_unless_present = "batch")]
    file: Option<PathBuf>,
    /// Arguments of the program (`process.argv`).
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    for_program: Vec<String>,
    /// Read paths from stdin, one a line, and answer each with a JSON line.
    #[arg(long, conflicts_with = "file")]
    batch: bool,
}

/// Runs the command.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::report::failure(&format!("cannot start the event loop: {error}"), None);
            return ExitCode::FAILURE;
        }
    };
    match arguments.file {
        Some(file) if !arguments.batch => single(&runtime, &file, &arguments.for_program),
        _ => batch(&runtime),
    }
}

fn single(runtime: &tokio::runtime::Runtime, file: &Path, arguments: &[String]) -> ExitCode {
    let path = std::path::absolute(file).unwrap_or_else(|_unchanged| file.to_owned());
    let outcome = runtime.block_on(run_javascript(&path, arguments, false, Duration::ZERO));
    let Some((phase, error)) = outcome.error else { return ExitCode::SUCCESS };
    let stack = if error.stack.is_empty() { String::new() } else { format!("\n{}", error.stack) };
    // a reader that has gone away is no reason to fail
    let _ = writeln!(io::stderr().lock(), "{error}{stack}");
    match phase {
        Phase::Parse => ExitCode::from(SYNTAX_EXIT),
        Phase::Run => ExitCode::FAILURE,
    }
}

fn batch(runtime: &tokio::runtime::Runtime) -> ExitCode {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::FAILURE };
        let file = line.trim();
        if file.is_empty() {
            continue;
        }
        let path = std::path::absolute(file).unwrap_or_else(|_unchanged| file.into());
        let outcome = runtime.block_on(run_javascript(&path, &[], true, BATCH_BUDGET));
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", answer(file, &outcome)).and_then(|()| out.flush());
        if written.is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn answer(file: &str, outcome: &JavaScriptOutcome) -> serde_json::Value {
    match &outcome.error {
        None => {
            serde_json::json!({ "file": file, "ok": true, "phase": "run", "error": null, "stdout": outcome.stdout })
        }
        Some((phase, error)) => {
            let phase = if *phase == Phase::Parse { "parse" } else { "run" };
            serde_json::json!({
                "file": file, "ok": false, "phase": phase, "error": error.to_string(), "stdout": outcome.stdout,
            })
        }
    }
}
