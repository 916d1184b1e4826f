//! `pino doctor`: checks this machine and says what is missing.
//!
//! Must not know: what the checks are.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use pino_engine::doctor::{self, Check, Outcome};

/// Arguments of `pino doctor`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Launcher home to look at
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// One JSON array instead of text
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0 when nothing is in the way, else 1.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let home = match pino_engine::home::planned(arguments.home.as_deref()) {
        Ok(home) => home,
        Err(error) => {
            crate::report::failure(&error.to_string(), None);
            return ExitCode::FAILURE;
        }
    };
    let checks = doctor::examine(&home);
    let written = if arguments.json { write_json(&checks) } else { write_text(&checks) };
    written.ok(); // a closed stdout is no failure of ours
    let failed = checks.iter().any(|check| check.outcome == Outcome::Failure);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn write_json(checks: &[Check]) -> io::Result<()> {
    serde_json::to_writer_pretty(io::stdout(), checks)?;
    writeln!(io::stdout())
}

fn write_text(checks: &[Check]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for check in checks {
        let mark = match check.outcome {
            Outcome::Ok => "ok     ",
            Outcome::Warning => "warning",
            Outcome::Failure => "FAILED ",
        };
        writeln!(out, "{mark}  {:<9} {}", check.name, check.found)?;
        if let Some(step) = check.next_step {
            writeln!(out, "                   → {step}")?;
        }
    }
    Ok(())
}
