//! `pino start APP` and `pino restart APP`.
//!
//! Must not know: how an app starts.

use std::process::ExitCode;

use pino_model::{AppState, AppStatus, StartRequest, StopRequest};

use crate::{
    client::{CommandError, Common, print_json},
    report,
};

/// Exit code of an interrupted start.
const INTERRUPTED: u8 = 130;

/// Arguments of `pino start` and `pino restart`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Script to start, relative to the app's folder (default: its settings, its launcher's default, start.js)
    #[arg(long, value_name = "FILE")]
    script: Option<String>,
    /// Start payload
    #[arg(long, value_name = "JSON", value_parser = json)]
    input: Option<serde_json::Value>,
    /// Do not wait until its service is up
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    common: Common,
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("no valid JSON: {error}"))
}

/// Starts the app.
pub(crate) fn start(arguments: Arguments) -> ExitCode {
    execute(arguments, false)
}

/// Stops and starts the app.
pub(crate) fn restart(arguments: Arguments) -> ExitCode {
    execute(arguments, true)
}

fn execute(arguments: Arguments, again: bool) -> ExitCode {
    let common = arguments.common.clone();
    common.run(act(arguments, again))
}

async fn act(arguments: Arguments, again: bool) -> Result<u8, CommandError> {
    let Arguments { app, script, input, no_wait, common } = arguments;
    let control = common.control().await?;
    let request = StartRequest { script, input, no_wait };
    let work = if again { control.restart(&app, request) } else { control.start(&app, request) };
    let status = tokio::select! {
        status = work => status?,
        _ = tokio::signal::ctrl_c() => {
            report::notice("stopping it again …");
            control.stop(&app, StopRequest::default()).await?;
            return Ok(INTERRUPTED);
        }
    };
    if common.json {
        print_json(&status);
    } else {
        report::print(&sentence(&status));
    }
    Ok(0)
}

fn sentence(status: &AppStatus) -> String {
    let name = &status.name;
    match (status.state, &status.url) {
        (AppState::Running, Some(url)) => format!("{name} is running at {url}\n"),
        (AppState::Running, None) => format!("{name} is running\n"),
        _ => format!("{name} has run to its end\n"),
    }
}
