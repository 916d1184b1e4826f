//! `pino eval`: the evaluated launcher or script as JSON.
//!
//! Must not know: other commands.

use std::{
    fs,
    io::{self, BufRead as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use pino_engine::evaluate::{EvalRequest, StateFile, evaluate};

/// Exit code for a request that makes no sense.
const USAGE_EXIT: u8 = 64;

/// Arguments of `pino eval`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The launcher or script.
    #[arg(required_unless_present = "batch")]
    script: Option<PathBuf>,
    /// Platform to evaluate for.
    #[arg(long, value_parser = ["linux", "darwin", "win32"])]
    platform: Option<String>,
    /// Architecture to evaluate for.
    #[arg(long, value_parser = ["x64", "arm64"])]
    arch: Option<String>,
    /// Graphics adapter to evaluate for.
    #[arg(long, value_parser = ["nvidia", "amd", "apple", "none"])]
    gpu: Option<String>,
    /// JSON file that says what exists, runs and is known.
    #[arg(long)]
    state: Option<PathBuf>,
    /// The app folder.
    #[arg(long)]
    root: Option<PathBuf>,
    /// The app's name.
    #[arg(long)]
    app: Option<String>,
    /// The home as scripts see it.
    #[arg(long)]
    home: Option<PathBuf>,
    /// Do not call what the file exports.
    #[arg(long)]
    library: bool,
    /// Read requests from stdin, one JSON object a line, and answer each with a JSON line.
    #[arg(long, conflicts_with = "script")]
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
    if arguments.batch {
        return batch(&runtime);
    }
    let state = match arguments.state.as_deref().map(read_state).transpose() {
        Ok(state) => state.unwrap_or_default(),
        Err(message) => {
            crate::report::failure(&message, None);
            return ExitCode::from(USAGE_EXIT);
        }
    };
    let request = EvalRequest {
        script: arguments.script.unwrap_or_default(),
        platform: arguments.platform,
        arch: arguments.arch,
        gpu: arguments.gpu,
        state,
        root: arguments.root,
        app: arguments.app,
        home: arguments.home,
        library: arguments.library,
        machine: None,
    };
    let (text, failed) = answer(&runtime, &request);
    let text = pretty(&text).unwrap_or(text);
    // a reader that has gone away is no reason to fail
    let _ = writeln!(io::stdout().lock(), "{text}");
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn read_state(path: &std::path::Path) -> Result<StateFile, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("cannot read the state file {}: {error}", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("the state file {} is not what it should be: {error}", path.display()))
}

fn pretty(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

/// The JSON line, and whether it tells an error.
fn answer(runtime: &tokio::runtime::Runtime, request: &EvalRequest) -> (String, bool) {
    let message = match runtime.block_on(evaluate(request)) {
        Ok(Ok(text)) => {
            let failed = text.starts_with("{\"$error\":");
            return (text, failed);
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("Error: {error}"),
    };
    let first_line = message.lines().next().unwrap_or_default();
    (serde_json::json!({ "$error": first_line }).to_string(), true)
}

fn batch(runtime: &tokio::runtime::Runtime) -> ExitCode {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::FAILURE };
        if line.trim().is_empty() {
            continue;
        }
        let text = match serde_json::from_str::<EvalRequest>(&line) {
            Ok(request) => answer(runtime, &request).0,
            Err(error) => serde_json::json!({ "$error": format!("Error: bad request: {error}") }).to_string(),
        };
        let mut out = io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
