//! `pino resume APP`: goes on with an interrupted run at the step where it stopped.
//!
//! Must not know: how a script is put back to its place.

use std::{path::PathBuf, process::ExitCode};

use pino_engine::{Resumption, home, state};
use pino_server::HomeLock;

use super::run::{self, Manner};
use crate::{
    client::{IN_USE, NOT_THERE},
    report,
};

/// Arguments of `pino resume`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// An app, or a run as `pino runs` names it (the first letters do)
    target: String,
    /// Go on although steps that ran already have changed since
    #[arg(long)]
    force: bool,
    /// Only say what it would go on with, as JSON
    #[arg(long)]
    json: bool,
    /// Launcher home (default: as `pino run`)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    #[command(flatten)]
    manner: Manner,
}

/// Finds the run and goes on with it: exit codes as `pino run`, 4 when there is nothing to resume, 6 beside a server.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let home = match home::planned(arguments.home.as_deref()) {
        Ok(home) => home,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let resumption = match find(&home, &arguments) {
        Ok(resumption) => resumption,
        Err((why, code)) => return fail(&why, code),
    };
    if arguments.json {
        return tell(&resumption);
    }
    if let Some(pid) = HomeLock::holder(&home) {
        let why =
            format!("a server has {}: process {pid}; end it with `pino down`, then resume", home.display());
        return fail(&why, IN_USE);
    }
    if !arguments.manner.is_for_programs() {
        let why = resumption
            .reason()
            .map(|why| format!(" ({})", why.lines().next().unwrap_or(why)))
            .unwrap_or_default();
        let script = resumption.script();
        report::notice(&format!(
            "going on with step {} of {}{why}",
            resumption.position + 1,
            script.display()
        ));
    }
    run::resume(resumption, home, arguments.manner)
}

fn find(home: &std::path::Path, arguments: &Arguments) -> Result<Resumption, (String, u8)> {
    let path = state::database_path(home);
    if !path.exists() {
        return Err((format!("nothing has run in {} yet", home.display()), NOT_THERE));
    }
    let open = state::State::open(&path).map_err(|error| (error.to_string(), 1))?;
    pino_engine::resume(&open, &arguments.target, arguments.force).map_err(|error| {
        let code = if matches!(error, pino_engine::ResumeError::Nothing(_)) { NOT_THERE } else { 1 };
        (error.to_string(), code)
    })
}

fn tell(resumption: &Resumption) -> ExitCode {
    crate::client::print_json(&serde_json::json!({
        "run": resumption.run(),
        "script": resumption.script(),
        "index": resumption.position,
        "reason": resumption.reason(),
    }));
    ExitCode::SUCCESS
}

fn fail(why: &str, code: u8) -> ExitCode {
    report::failure(why, None);
    ExitCode::from(code)
}
