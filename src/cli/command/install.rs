//! `pino install TARGET`: from an address, a folder or a name of the catalogue to an app that can be started.
//!
//! Must not know: how an app is installed.

use std::{path::PathBuf, process::ExitCode};

use pino_engine::life::{InstallRequest, Installed};
use pino_model::Data;

use crate::{
    client::{CommandError, Common, print_json},
    life, report,
};

/// Arguments of `pino install`.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line are bools")]
pub(crate) struct Arguments {
    /// Repository address, folder, name in the catalogue, or an app of the home whose installation was interrupted
    target: String,
    /// Name of the app's folder (default: the repository's)
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Branch, tag or commit
    #[arg(long, value_name = "REVISION", visible_aliases = ["branch", "tag", "commit"])]
    revision: Option<String>,
    /// The whole history instead of the newest commit
    #[arg(long)]
    full_history: bool,
    /// Write only this folder and the files at the top (may be given several times)
    #[arg(long, value_name = "FOLDER")]
    sparse: Vec<String>,
    /// Another address of the repository, tried when the first one fails (may be given several times)
    #[arg(long, value_name = "ADDRESS")]
    mirror: Vec<String>,
    /// Go on in spite of reasons against it
    #[arg(long)]
    force: bool,
    /// Look and tell, install nothing
    #[arg(long)]
    dry_run: bool,
    /// Fetch the launcher, run nothing
    #[arg(long)]
    no_script: bool,
    /// Programs that end with a code other than 0 fail the installation
    #[arg(long)]
    strict: bool,
    /// Start payload of the install script
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = json)]
    input: Data,
    /// Let scripts write below this folder too (may be given several times)
    #[arg(long, value_name = "DIR")]
    allow_path: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

fn json(text: &str) -> Result<Data, String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("no valid JSON: {error}"))?;
    Ok(value.into())
}

/// Installs.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(install(arguments))
}

async fn install(arguments: Arguments) -> Result<u8, CommandError> {
    let common = arguments.common.clone();
    let request = InstallRequest {
        target: arguments.target,
        name: arguments.name,
        revision: arguments.revision,
        full_history: arguments.full_history,
        sparse: arguments.sparse,
        mirrors: arguments.mirror,
        force: arguments.force,
        dry_run: arguments.dry_run,
        no_script: arguments.no_script,
        strict: arguments.strict,
        allowed_paths: arguments.allow_path,
        input: arguments.input,
    };
    let attendance = life::attendance(&common)?;
    let work = life::open(&common)?;
    let catalog = life::catalog(&common)?;
    let done = work.install(&request, Some(&catalog), &attendance).await.map_err(life::problem)?;
    if common.json {
        print_json(&done);
    } else if !request.dry_run {
        report::print(&sentence(&done));
    }
    let refused = request.dry_run && !done.preflight.reasons().is_empty();
    Ok(u8::from(refused))
}

fn sentence(done: &Installed) -> String {
    let back = match done.files_back {
        0 => String::new(),
        count => format!("\n{count} files that were set aside are back in their places"),
    };
    format!(
        "{} is installed in {}; `pino start {}` starts it{back}\n",
        done.app,
        done.folder.display(),
        done.app
    )
}
