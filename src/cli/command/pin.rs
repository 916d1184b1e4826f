//! `pino pin APP` and `pino unpin APP`: stay at a commit, or be updated again.
//!
//! Must not know: what updates do.

use std::process::ExitCode;

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino pin`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Go to this branch's tip, tag or commit first (default: stay where it is)
    revision: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `pino unpin`.
#[derive(clap::Args)]
pub(crate) struct UnpinArguments {
    /// The app
    app: String,
    #[command(flatten)]
    common: Common,
}

/// Pins.
pub(crate) fn pin(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(async move {
        let Arguments { app, revision, common } = arguments;
        let attendance = life::attendance(&common)?;
        let done = life::open(&common)?.pin(&app, revision.as_deref(), &attendance).await;
        tell(&done.map_err(life::problem)?, &common)
    })
}

/// Lets go.
pub(crate) fn unpin(arguments: UnpinArguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(async move {
        let done = life::open(&arguments.common)?.unpin(&arguments.app).map_err(life::problem)?;
        tell(&done, &arguments.common)
    })
}

fn tell(done: &pino_engine::life::Pinned, common: &Common) -> Result<u8, CommandError> {
    if common.json {
        print_json(done);
    } else if done.pinned {
        report::print(&format!("{} stays at {}\n", done.app, done.commit));
    } else {
        report::print(&format!("{} can be updated again\n", done.app));
    }
    Ok(0)
}
