//! `pino shim FOLDER`: the small process that holds one shell. Started by pino itself, never by a person, so it is in no help text.
//!
//! Must not know: the command line's types. It has to be up in milliseconds.

use std::{ffi::OsString, path::Path, process::ExitCode};

use pino_engine::process::shim;

use crate::args::USAGE;

/// Holds the shell until nothing of it is left. What goes wrong is written where the starter looks for it.
pub(crate) fn execute(mut words: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(folder), None) = (words.next(), words.next()) else {
        complain("`pino shim` is started by pino itself");
        return ExitCode::from(USAGE);
    };
    match shim::serve(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn complain(text: &str) {
    // nobody may be there to read it
    std::io::Write::write_all(&mut std::io::stderr(), format!("pino: {text}\n").as_bytes()).ok();
}
