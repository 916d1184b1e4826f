//! `pino types`: editor types of the Lua library.
//!
//! Must not know: other commands.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

/// Arguments of `pino types`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command: 0, 1 when the file cannot be written.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let text = pino_engine::types();
    let Some(path) = arguments.output else {
        io::stdout().write_all(text.as_bytes()).ok(); // a closed stdout is no failure of ours
        return ExitCode::SUCCESS;
    };
    match std::fs::write(&path, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let what = format!("could not write `{}`: {error}", path.display());
            crate::report::failure(&what, Some("name a file in a folder you may write to with `-o FILE`"));
            ExitCode::FAILURE
        }
    }
}
