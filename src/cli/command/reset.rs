//! `pino reset APP`: back to "not installed"; the launcher and what people made stay.
//!
//! Must not know: what belongs to whom.

use std::process::ExitCode;

use indicatif::HumanBytes;
use pino_engine::life::ResetRequest;

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino reset`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Files people made as well
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

/// Resets.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(reset(arguments))
}

async fn reset(arguments: Arguments) -> Result<u8, CommandError> {
    let Arguments { app, all, yes, common } = arguments;
    let work = life::open(&common)?;
    let what =
        if all { "everything in it, files people made as well" } else { "what its installation brought" };
    if !life::confirmed(&format!("remove from {app} {what}?"), yes)? {
        return Ok(1);
    }
    let request = ResetRequest { app: app.clone(), all };
    let done = work.reset(&request, &life::attendance(&common)?).await.map_err(life::problem)?;
    if common.json {
        print_json(&done);
        return Ok(0);
    }
    let kept = done.kept.as_ref().map(|place| {
        format!(
            "{} files are set aside in {} and come back with the next installation\n",
            done.kept_files,
            place.display()
        )
    });
    let freed = HumanBytes(done.freed_bytes);
    report::print(&format!(
        "{app} is reset, {freed} are free again; `pino install {app}` installs it anew\n{}",
        kept.unwrap_or_default()
    ));
    Ok(0)
}
