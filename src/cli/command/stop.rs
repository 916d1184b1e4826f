//! `pino stop APP…`.
//!
//! Must not know: how an app stops.

use std::process::ExitCode;

use pino_model::{AppState, StopRequest};

use crate::{
    client::{CommandError, Common, print_json},
    report,
};

/// Arguments of `pino stop`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The apps
    #[arg(required_unless_present = "all")]
    apps: Vec<String>,
    /// Every app that runs
    #[arg(long, conflicts_with = "apps")]
    all: bool,
    /// Seconds its processes get to end by themselves (default: the app's setting, 10)
    #[arg(long, value_name = "SEC")]
    grace: Option<u64>,
    #[command(flatten)]
    common: Common,
}

/// Stops the apps, one after the other.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(act(arguments))
}

async fn act(arguments: Arguments) -> Result<u8, CommandError> {
    let Arguments { mut apps, all, grace, common } = arguments;
    let control = common.control().await?;
    if all {
        let list = control.list().await?.into_iter();
        apps = list.filter(|app| app.state == AppState::Running).map(|app| app.name).collect();
    }
    let mut stopped = Vec::new();
    for app in &apps {
        let status = control.stop(app, StopRequest { grace_secs: grace }).await?;
        if !common.json {
            report::print(&format!("{app} is stopped\n"));
        }
        stopped.push(status);
    }
    if common.json {
        print_json(&stopped);
    }
    Ok(0)
}
