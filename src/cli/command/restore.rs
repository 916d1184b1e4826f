//! `pino restore FILE`: puts a backup back; `--rebuild` makes the state anew from what is on disk. The old state is kept.
//!
//! Must not know: what a backup holds.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use pino_engine::{
    home,
    state::{State, database_path},
};
use pino_server::HomeLock;

use crate::{
    client::{IN_USE, print_json},
    report,
};

/// Arguments of `pino restore`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file that `pino backup` has made
    #[arg(required_unless_present = "rebuild")]
    file: Option<PathBuf>,
    /// Set the state aside and make it anew from app folders and running programs
    #[arg(long, conflicts_with = "file")]
    rebuild: bool,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Launcher home (default: as `pino run`)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

/// Restores: 0, 1 when the backup cannot be used, 6 beside a server.
pub(crate) fn execute(arguments: &Arguments) -> ExitCode {
    let home = match home::planned(arguments.home.as_deref()) {
        Ok(home) => home,
        Err(error) => return fail(&error.to_string(), 1),
    };
    if let Some(pid) = HomeLock::holder(&home) {
        let why = format!("a server has {}: process {pid}; end it with `pino down` first", home.display());
        return fail(&why, IN_USE);
    }
    let outcome = match &arguments.file {
        Some(file) => put_back(&home, file, arguments.json),
        None => rebuild(&home, arguments.json),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}"), 1),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    report::failure(why, None);
    ExitCode::from(code)
}

fn put_back(home: &Path, file: &Path, json: bool) -> anyhow::Result<()> {
    let report = State::restore(&database_path(home), file)?;
    if json {
        print_json(&report);
        return Ok(());
    }
    let kept = report.kept.as_ref().map(|kept| format!("; the old state is kept in {}", kept.display()));
    report::print(&format!("{} apps are known again{}\n", report.apps, kept.unwrap_or_default()));
    Ok(())
}

fn rebuild(home: &Path, json: bool) -> anyhow::Result<()> {
    let report = State::rebuild(home)?;
    if json {
        print_json(&report);
        return Ok(());
    }
    let mut text = format!(
        "{} apps found: {} installed, {} not, {} running\n",
        report.installed.len() + report.not_installed.len(),
        report.installed.len(),
        report.not_installed.len(),
        report.running.len()
    );
    if let Some(aside) = &report.set_aside {
        // writing into a string cannot fail
        let _ = writeln!(text, "the old state is kept in {}", aside.display());
    }
    for path in &report.unreadable {
        let _ = writeln!(text, "could not be read: {path}");
    }
    report::print(&text);
    Ok(())
}
