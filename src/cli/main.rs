//! `pino`: reads the command line and hands over to one file per command.
//!
//! Must not know: what a command does. Nothing heavy (runtime, VM, logging) starts here: `pino --version` has to be instant.

mod args;
mod client;
mod command;
mod life;
mod logging;
mod remote_run;
mod report;
mod run_control;
mod stdin;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().skip(1).eq(["--version"]) {
        return args::print_version();
    }
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "shim") {
        return command::shim::execute(words);
    }
    match args::parse() {
        Ok(command) => {
            logging::start();
            command::execute(command)
        }
        Err(code) => code,
    }
}
