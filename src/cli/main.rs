//! `pino`: reads the command line and hands over to one file per command.
//!
//! Must not know: what a command does. Nothing heavy (runtime, VM, logging) starts here: `pino --version` has to be instant.

mod args;
mod command;
mod report;
mod stdin;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    match args::parse() {
        Ok(command) => command::execute(command),
        Err(code) => code,
    }
}
