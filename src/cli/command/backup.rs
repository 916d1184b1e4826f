//! `pino backup [FILE]`: copies the state of the home while it is in use; `--check` only looks whether it is whole.
//!
//! Must not know: what is in it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use pino_engine::{
    home,
    state::{State, database_path, now_ms},
};

use crate::{client::print_json, report};

/// Arguments of `pino backup`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the copy goes (default: `pino/backups` in the home). Apps' files and tokens are not in it
    file: Option<PathBuf>,
    /// Only look whether the state is whole
    #[arg(long, conflicts_with = "file")]
    check: bool,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Launcher home (default: as `pino run`)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

/// Copies or checks: 0, 1 when that fails or the state is damaged.
pub(crate) fn execute(arguments: &Arguments) -> ExitCode {
    let outcome = home::planned(arguments.home.as_deref()).map_err(anyhow::Error::from).and_then(|home| {
        let state = State::open(&database_path(&home))?;
        if arguments.check { check(&state, arguments.json) } else { copy(&state, &home, arguments) }
    });
    outcome.unwrap_or_else(|error| {
        report::failure(&format!("{error:#}"), None);
        ExitCode::FAILURE
    })
}

fn copy(state: &State, home: &Path, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let default = || home.join("pino/backups").join(format!("pino-{}.db", now_ms()));
    let target = std::path::absolute(arguments.file.clone().unwrap_or_else(default))?;
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let report = state.backup(&target)?;
    if arguments.json {
        print_json(&report);
    } else {
        let (path, kib) = (report.path.display(), report.bytes.div_ceil(1024));
        report::print(&format!("{path} ({kib} KiB): {} apps, {} runs\n", report.apps, report.runs));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(state: &State, json: bool) -> anyhow::Result<ExitCode> {
    let found = state.check()?;
    let is_whole = found.problems.is_empty();
    if json {
        print_json(&found);
    } else if is_whole {
        report::print(&format!("{} is whole (schema {})\n", state.path().display(), found.schema));
    } else {
        let hint = "`pino restore FILE` puts a backup back; `pino restore --rebuild` makes it anew from what is on disk";
        report::failure(
            &format!("{} is damaged:\n{}", state.path().display(), found.problems.join("\n")),
            Some(hint),
        );
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
