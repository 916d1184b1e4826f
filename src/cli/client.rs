//! The way from a command to the apps of a home: the server when one answers, this process otherwise; and how failures
//! are told.
//!
//! Must not know: what a command does.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use pino_model::Problem;
use pino_server::{AppControl, Client, ControlError};

use crate::{args::USAGE, report};

/// No such app or script.
pub(crate) const NOT_THERE: u8 = 4;
/// The app, or the server, does not run.
pub(crate) const NOT_RUNNING: u8 = 5;
/// Another pino acts in the home.
pub(crate) const IN_USE: u8 = 6;

/// Which home, and how the answer is printed.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Common {
    /// Launcher home (default: `PINOKIO_HOME`, ~/.pinokio/config.json, the cloud's persistent folder, ~/pinokio)
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// One JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The server or the supervisor says no.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// There is no usable home.
    #[error(transparent)]
    Home(#[from] pino_engine::home::HomeError),
    /// Something about this process or its terminal.
    #[error("{action}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The operating system's answer.
        cause: io::Error,
    },
    /// A refusal of the command itself.
    #[error("{}", .0.message)]
    Refused(Problem),
}

impl CommandError {
    /// For `map_err` on operations of the system.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { action, cause }
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Control(error) => error.problem().clone(),
            Self::Refused(problem) => problem.clone(),
            Self::Home(_) => Problem { code: "home".to_owned(), message: self.to_string(), next: None },
            Self::Io { .. } => Problem { code: "io".to_owned(), message: self.to_string(), next: None },
        }
    }
}

/// Exit code of a failure by its kind (docs/exit-codes.md).
fn exit_code(code: &str) -> u8 {
    match code {
        "no-app" | "no-script" | "no-download" => NOT_THERE,
        "not-running" | "no-server" => NOT_RUNNING,
        "home-in-use" => IN_USE,
        "bad-name" | "bad-request" => USAGE,
        _ => 1,
    }
}

impl Common {
    /// The home as settings and options say.
    pub(crate) fn home(&self) -> Result<PathBuf, CommandError> {
        Ok(pino_engine::home::planned(self.home.as_deref())?)
    }

    /// Runs a command to its end and tells a failure.
    pub(crate) fn run(&self, work: impl Future<Output = Result<u8, CommandError>>) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let done = match runtime {
            Ok(runtime) => {
                let done = runtime.block_on(work);
                runtime.shutdown_background();
                done
            }
            Err(cause) => Err(CommandError::Io { action: "cannot start the event loop", cause }),
        };
        match done {
            Ok(code) => ExitCode::from(code),
            Err(error) => self.fail(&error),
        }
    }

    /// Tells a failure and gives its exit code.
    pub(crate) fn fail(&self, error: &CommandError) -> ExitCode {
        let problem = error.problem();
        let code = exit_code(&problem.code);
        if self.json {
            print_json(&serde_json::json!({ "error": problem }));
        } else {
            report::failure(&problem.message, problem.next.as_deref());
        }
        ExitCode::from(code)
    }

    /// The way to the apps of the home.
    pub(crate) async fn control(&self) -> Result<Box<dyn AppControl>, CommandError> {
        let home = self.home()?;
        Ok(pino_server::control(&home, own_program()?).await?)
    }

    /// The server of the home, for commands that make no sense without one.
    pub(crate) fn server(&self) -> Result<Client, CommandError> {
        let home = self.home()?;
        Client::find(&home).ok_or_else(|| CommandError::Refused(no_server(&home)))
    }
}

fn no_server(home: &Path) -> Problem {
    Problem {
        code: "no-server".to_owned(),
        message: format!("no server runs for {}", home.display()),
        next: Some("`pino up` starts one".to_owned()),
    }
}

/// `pino` itself, which is also the program of its shims.
pub(crate) fn own_program() -> Result<PathBuf, CommandError> {
    std::env::current_exe().map_err(CommandError::io("cannot find the program file of pino"))
}

/// Prints one JSON document.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    let mut stdout = io::stdout().lock();
    // a closed stdout is no failure of ours
    let _ = serde_json::to_writer_pretty(&mut stdout, value)
        .map_err(io::Error::from)
        .and_then(|()| writeln!(stdout));
}
