//! `pino rollback APP`: back to a snapshot.
//!
//! Must not know: what a snapshot holds.

use std::process::ExitCode;

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino rollback`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// A snapshot or commit as `--list` shows it (default: the newest)
    snapshot: Option<String>,
    /// Show the snapshots
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    common: Common,
}

/// Goes back.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(rollback(arguments))
}

async fn rollback(arguments: Arguments) -> Result<u8, CommandError> {
    let Arguments { app, snapshot, list, common } = arguments;
    let attendance = life::attendance(&common)?;
    let work = life::open(&common)?;
    if list {
        let all = work.snapshots(&app).map_err(life::problem)?;
        if common.json {
            print_json(&all);
        } else {
            let line = |one: &pino_engine::life::Snapshot| {
                format!("{}  {}  {}\n", one.id, &one.commit[..10.min(one.commit.len())], one.reason)
            };
            report::print(&all.iter().map(line).collect::<String>());
        }
        return Ok(0);
    }
    let done = work.rollback(&app, snapshot.as_deref(), &attendance).await.map_err(life::problem)?;
    if common.json {
        print_json(&done);
    } else {
        report::print(&format!("{app} is back at {} ({})\n", done.commit, done.reason));
    }
    Ok(0)
}
