//! `pino repair APP`: builds its environments anew, touches no data.
//!
//! Must not know: how environments are built.

use std::process::ExitCode;

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino repair`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    #[command(flatten)]
    common: Common,
}

/// Repairs.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(repair(arguments))
}

async fn repair(arguments: Arguments) -> Result<u8, CommandError> {
    let Arguments { app, common } = arguments;
    let done = life::open(&common)?.repair(&app, &life::attendance(&common)?).await.map_err(life::problem)?;
    if common.json {
        print_json(&done);
    } else {
        report::print(&format!("{app} is repaired; built anew: {}\n", done.rebuilt.join(", ")));
    }
    Ok(0)
}
