//! The command line as types: which commands there are and how a wrong one is refused.
//!
//! Must not know: how a command works.

use std::process::ExitCode;

use clap::{Parser, Subcommand, error::ErrorKind};

use crate::command;

/// Exit code for wrong usage (`EX_USAGE`, as the event contract demands).
pub(crate) const USAGE: u8 = 64;

/// Told at the end of the help; docs/exit-codes.md has the whole table.
const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 3 timeout, 4 no such app, 5 not running, 6 home in use, 64 wrong usage, 130 stopped";

/// Runs Pinokio launchers: JavaScript and JSON scripts become Lua and run here, without a desktop.
#[derive(Parser)]
#[command(name = "pino", version, propagate_version = false, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Every command; its arguments live in its own file.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run one script (.js, .json or .lua)
    Run(command::run::Arguments),
    /// Serve a home: its apps supervised, commands answered
    Up(command::up::Arguments),
    /// End the server of a home
    Down(command::down::Arguments),
    /// List the apps of a home and how they are
    Ps(command::ps::Arguments),
    /// Start an app and what it depends on
    Start(command::start::Arguments),
    /// Stop apps
    Stop(command::stop::Arguments),
    /// Stop and start an app
    Restart(command::start::Arguments),
    /// Say everything about one app
    Status(command::status::Arguments),
    /// Print what an app has printed
    Logs(command::logs::Arguments),
    /// Sit down at the terminal of an app
    Attach(command::attach::Arguments),
    /// Run a command in the folder and environment of an app
    Exec(command::exec::Arguments),
    /// Show and change what you want of an app
    Settings(command::settings::Arguments),
    /// Go on with an interrupted install where it stopped
    Resume(command::resume::Arguments),
    /// List what ran, or the steps of one run
    Runs(command::runs::Arguments),
    /// Copy the state of the home into a file, or check it
    Backup(command::backup::Arguments),
    /// Put a backup back, or make the state anew from what is on disk
    Restore(command::restore::Arguments),
    /// Find apps to install
    Catalog(command::catalog::Arguments),
    /// Show and tend the disk: space, duplicates, links, undo
    Drive(command::drive::Arguments),
    /// Show, add, pause and resume downloads
    Downloads(command::downloads::Arguments),
    /// Serve the Hugging Face hub to the apps of the home out of a cache that resumes
    HubProxy(command::hub_proxy::Arguments),
    /// Install an app from an address, a folder or the catalogue
    Install(command::install::Arguments),
    /// Bring an app to its newest version, with a way back
    Update(command::update::Arguments),
    /// Take an app back to a snapshot
    Rollback(command::rollback::Arguments),
    /// Keep an app at a commit
    Pin(command::pin::Arguments),
    /// Let a pinned app be updated again
    Unpin(command::pin::UnpinArguments),
    /// Remove an app after saying what it takes
    Rm(command::rm::Arguments),
    /// Take an app back to "not installed", keeping what people made
    Reset(command::reset::Arguments),
    /// Build the environments of an app anew
    Repair(command::repair::Arguments),
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
    /// Write manual pages
    Man(command::man::Arguments),
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
