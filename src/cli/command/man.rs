//! `pino man [DIR]`: manual pages, made from the same definitions as the help.
//!
//! Must not know: what the commands do.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use crate::report;

/// Arguments of `pino man`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write one page a command into this folder instead of the main page to stdout
    folder: Option<PathBuf>,
}

/// Writes the pages.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let definition = crate::args::definition();
    let Some(folder) = arguments.folder else {
        let mut page = Vec::new();
        return match clap_mangen::Man::new(definition).render(&mut page) {
            Ok(()) => {
                io::stdout().write_all(&page).ok(); // a closed stdout is no failure of ours
                ExitCode::SUCCESS
            }
            Err(error) => failed(&error),
        };
    };
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(definition, &folder));
    written.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &io::Error) -> ExitCode {
    report::failure(
        &format!("the manual pages cannot be written: {error}"),
        Some("name a folder you may write to"),
    );
    ExitCode::FAILURE
}
