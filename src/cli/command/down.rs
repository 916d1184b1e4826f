//! `pino down`: ends the server of the home.
//!
//! Must not know: how it ends.

use std::process::ExitCode;

use pino_server::HomeLock;

use crate::{
    client::{CommandError, Common, print_json},
    report,
};

/// Arguments of `pino down`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Stop its apps too; without it they run on, and the next server takes them over
    #[arg(long)]
    stop_apps: bool,
    #[command(flatten)]
    common: Common,
}

/// Ends the server and waits until it is gone.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = &arguments.common;
    common.run(async {
        let client = common.server()?;
        let home = common.home()?;
        let problems = client.stop_server(arguments.stop_apps).await?;
        let gone = tokio::task::spawn_blocking(move || HomeLock::wait_released(&home)).await;
        gone.map_err(std::io::Error::other)
            .and_then(|waited| waited)
            .map_err(CommandError::io("cannot tell whether the server has ended"))?;
        if common.json {
            print_json(&serde_json::json!({ "problems": problems }));
        } else {
            for problem in &problems {
                report::failure(&problem.message, problem.next.as_deref());
            }
            report::print("the server has ended\n");
        }
        Ok(u8::from(!problems.is_empty()))
    })
}
