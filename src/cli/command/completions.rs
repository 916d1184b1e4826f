//! `pino completions SHELL`: prints a completion script.
//!
//! Must not know: what the commands do.

use std::process::ExitCode;

use clap_complete::Shell;

/// Arguments of `pino completions`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which shell the script is for
    shell: Shell,
}

/// Prints the script; a closed stdout is no failure.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    clap_complete::generate(arguments.shell, &mut crate::args::definition(), "pino", &mut std::io::stdout());
    ExitCode::SUCCESS
}
