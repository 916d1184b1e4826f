//! `pino update APP`: the newest version, with a way back.
//!
//! Must not know: how an app is updated.

use std::process::ExitCode;

use pino_engine::life::{UpdateRequest, Updated};

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino update`.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line are bools")]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Say what would change, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Overwrite local changes (the snapshot keeps them) and follow a rewritten history
    #[arg(long)]
    force: bool,
    /// Do not run the launcher's update script
    #[arg(long)]
    no_script: bool,
    /// Programs that end with a code other than 0 fail the update
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    common: Common,
}

/// Updates.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(update(arguments))
}

async fn update(arguments: Arguments) -> Result<u8, CommandError> {
    let Arguments { app, dry_run, force, no_script, strict, common } = arguments;
    let attendance = life::attendance(&common)?;
    let request = UpdateRequest { app, dry_run, force, no_script, strict };
    let done = life::open(&common)?.update(&request, &attendance).await.map_err(life::problem)?;
    if common.json {
        print_json(&done);
    } else {
        report::print(&sentence(&done, dry_run));
    }
    Ok(0)
}

fn sentence(done: &Updated, dry_run: bool) -> String {
    let comparison = &done.comparison;
    let mut lines = Vec::new();
    for commit in &comparison.commits {
        lines.push(format!("  {} {}", commit.id, commit.summary));
    }
    for file in comparison.diff.files.iter().take(20) {
        lines.push(format!("  {:>5}+ {:>5}-  {}", file.added, file.removed, file.path));
    }
    for suspicion in &done.new_suspicions {
        lines.push(format!(
            "  new: {}:{} [{}] {}",
            suspicion.file, suspicion.line, suspicion.rule, suspicion.excerpt
        ));
    }
    if !comparison.conflicts.is_empty() {
        lines.push(format!("  changed here and there: {}", comparison.conflicts.join(", ")));
    }
    let (app, diff) = (&done.app, &comparison.diff);
    lines.push(match (done.changed, dry_run) {
        (false, _) => match &done.script {
            Some(script) => format!("{app} was up to date; {script} has run"),
            None => format!("{app} is up to date"),
        },
        (true, true) => {
            format!("{app}: {} files would change (+{} -{})", diff.files_changed, diff.added, diff.removed)
        }
        (true, false) => format!(
            "{app} is updated: {} files (+{} -{}); `pino rollback {app}` goes back",
            diff.files_changed, diff.added, diff.removed
        ),
    });
    if done.install_changed && !dry_run {
        lines.push(format!(
            "its install script has changed; `pino repair {app}` builds its environments anew"
        ));
    }
    lines.join("\n") + "\n"
}
