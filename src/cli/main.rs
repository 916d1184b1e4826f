//! `pino`: reads the command line and hands over to one file per command.
//!
//! Must not know: what a command does. Nothing heavy (runtime, VM, logging) starts here: `pino --version` has to be instant.

mod args;
mod command;
mod logging;
mod report;
mod stdin;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().skip(1).eq(["--version"]) {
        return args::print_version();
    }
    match args::parse() {
        Ok(command) => {
            logging::start();
            command::execute(command)
        }
        Err(code) => code,
    }
}
