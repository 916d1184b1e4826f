//! `pino status APP`: everything about one app.
//!
//! Must not know: where the state comes from.

use std::process::ExitCode;

use pino_model::AppState;

use crate::{
    client::{Common, NOT_RUNNING, print_json},
    report,
};

/// Arguments of `pino status`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Print nothing; exit code 0 when it runs, 5 when it does not
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    common: Common,
}

/// Prints the page.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = &arguments.common;
    common.run(async {
        let control = common.control().await?;
        let status = control.status(&arguments.app).await?;
        if arguments.check {
            return Ok(if status.state == AppState::Running { 0 } else { NOT_RUNNING });
        }
        if common.json {
            print_json(&status);
        } else {
            report::print(&report::apps::page(&status));
        }
        Ok(0)
    })
}
