//! `pino exec APP COMMAND…`: a command of yours in the folder and environment of an app.
//!
//! Must not know: how the environment comes about.

use std::{
    ffi::OsString,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, ExitCode},
};

use pino_engine::supervise::exec_environment;
use pino_server::ControlError;

use crate::client::{CommandError, Common};

/// Arguments of `pino exec`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Launcher home (default: `PINOKIO_HOME`, ~/.pinokio/config.json, the cloud's persistent folder, ~/pinokio)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Virtual environment to use, relative to the app's folder
    #[arg(long, value_name = "DIR")]
    venv: Option<PathBuf>,
    /// Folder to work in, relative to the app's folder
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// The app
    app: String,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Becomes the command: signals, terminal and exit code are its own.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = Common { home: arguments.home.clone(), json: false };
    match prepare(&common, arguments) {
        Ok(mut command) => {
            let cause = command.exec();
            common.fail(&CommandError::Io { action: "cannot run the command", cause })
        }
        Err(error) => common.fail(&error),
    }
}

fn prepare(common: &Common, arguments: Arguments) -> Result<Command, CommandError> {
    let home = pino_engine::home::prepare(&common.home()?)?;
    let (folder, mut env) = exec_environment(&home, &arguments.app).map_err(ControlError::from)?;
    if let Some(venv) = arguments.venv {
        let venv = folder.join(venv);
        let path = env.get("PATH").cloned().unwrap_or_default();
        env.insert("PATH".to_owned(), format!("{}:{path}", venv.join("bin").display()));
        env.insert("VIRTUAL_ENV".to_owned(), venv.display().to_string());
        env.remove("PYTHONHOME");
    }
    let mut parts = arguments.command.into_iter();
    let program = parts.next().unwrap_or_default();
    // found on the app's PATH, not on ours
    let found = env.get("PATH").into_iter().flat_map(std::env::split_paths).map(|dir| dir.join(&program));
    let is_name = !program.to_string_lossy().contains('/');
    let program = found.into_iter().find(|file| is_name && file.is_file()).map_or(program, OsString::from);
    let mut command = Command::new(program);
    let folder = arguments.path.map_or(folder.clone(), |inner| folder.join(inner));
    command.args(parts).env_clear().envs(env).current_dir(folder);
    Ok(command)
}
