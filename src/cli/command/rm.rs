//! `pino rm APP`: removes an app after saying what it takes.
//!
//! Must not know: how files are removed.

use std::process::ExitCode;

use indicatif::HumanBytes;
use pino_engine::life::{RemoveRequest, SizePreview};

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino rm`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Say what it takes, remove nothing
    #[arg(long)]
    dry_run: bool,
    /// In spite of links that point into it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

/// Removes.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(async move { remove(&arguments) })
}

fn remove(arguments: &Arguments) -> Result<u8, CommandError> {
    let Arguments { app, yes, dry_run, force, common } = arguments;
    let work = life::open(common)?;
    let size = work.size(app).map_err(life::problem)?;
    if *dry_run {
        if common.json {
            print_json(&size);
        } else {
            report::print(&format!("{app}: {}\n", words(&size)));
        }
        return Ok(0);
    }
    if !life::confirmed(&format!("remove {app} ({})?", words(&size)), *yes)? {
        return Ok(1);
    }
    let request = RemoveRequest { app: app.clone(), force: *force };
    let done = work.remove(&request, &life::attendance(common)?).map_err(life::problem)?;
    if common.json {
        print_json(&done);
    } else {
        report::print(&format!("{app} is removed, {} are free again\n", HumanBytes(done.size.freed_bytes())));
    }
    Ok(0)
}

fn words(size: &SizePreview) -> String {
    format!(
        "{} in {} files, {} of it environments, {} shared with others",
        HumanBytes(size.total_bytes),
        size.files,
        HumanBytes(size.environment_bytes),
        HumanBytes(size.shared_bytes)
    )
}
