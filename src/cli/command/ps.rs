//! `pino ps`: the apps of the home and how they are.
//!
//! Must not know: where the states come from.

use std::process::ExitCode;

use crate::{
    client::{Common, print_json},
    report,
};

/// Arguments of `pino ps`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only apps that run
    #[arg(long)]
    running: bool,
    #[command(flatten)]
    common: Common,
}

/// Prints the list.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = &arguments.common;
    common.run(async {
        let control = common.control().await?;
        let mut apps = control.list().await?;
        if arguments.running {
            apps.retain(|app| app.state == pino_model::AppState::Running);
        }
        if common.json {
            print_json(&apps);
        } else {
            report::print(&report::apps::table(&apps));
        }
        Ok(0)
    })
}
