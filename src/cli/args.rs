//! The command line as types: which commands there are and how a wrong one is refused.
//!
//! Must not know: how a command works.

use std::process::ExitCode;

use clap::{Parser, Subcommand, error::ErrorKind};

use crate::command;

/// Exit code for wrong usage (`EX_USAGE`, as the event contract demands).
pub(crate) const USAGE: u8 = 64;

/// Runs Pinokio launchers: JavaScript and JSON scripts become Lua and run here, without a desktop.
#[derive(Parser)]
#[command(name = "pino", version, propagate_version = false, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Every command; its arguments live in its own file.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run one script (.js, .json or .lua)
    Run(command::run::Arguments),
    /// Translate JavaScript into readable Lua
    Convert(command::convert::Arguments),
    /// Print an evaluated launcher or script as JSON
    Eval(command::eval::Arguments),
    /// Evaluate template expressions, one JSON line each
    EvalExpr(command::eval_expr::Arguments),
    /// Run a JavaScript file
    Js(command::js::Arguments),
    /// Say what a script would do here, without running it
    Plan(command::plan::Arguments),
    /// Query JSON documents (RFC 9535), one JSON line each
    Jsonpath(command::jsonpath::Arguments),
    /// Write editor types of the Lua library
    Types(command::types::Arguments),
    /// Check this machine and say what is missing
    Doctor(command::doctor::Arguments),
    /// Print a completion script for a shell
    Completions(command::completions::Arguments),
}

/// Reads the command line. `Err` is the exit code when there is nothing to do: help, version, wrong usage.
pub(crate) fn parse() -> Result<Command, ExitCode> {
    match Arguments::try_parse() {
        Ok(arguments) => Ok(arguments.command),
        Err(error) => {
            // a closed stdout (`pino --help | head -1`) is no failure of ours
            let _ = error.print();
            Err(match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(USAGE),
            })
        }
    }
}

/// `pino --version` without building the whole command line first: shells and probes ask it often.
pub(crate) fn print_version() -> ExitCode {
    // a closed stdout is no failure of ours
    std::io::Write::write_all(
        &mut std::io::stdout(),
        concat!("pino ", env!("CARGO_PKG_VERSION"), "\n").as_bytes(),
    )
    .ok();
    ExitCode::SUCCESS
}

/// The whole command line as clap sees it, for shell completions.
pub(crate) fn definition() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}
