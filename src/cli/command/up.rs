//! `pino up`: the server of the home, here or in the background.
//!
//! Must not know: what the server does.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{ExitCode, Stdio},
    time::Instant,
};

use pino_model::Problem;
use pino_server::{ServeError, ServeOptions, Server};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    client::{CommandError, Common, own_program, print_json},
    report,
};

/// Arguments of `pino up`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Go into the background; comes back when the first request can be answered
    #[arg(long, short)]
    detach: bool,
    /// Stop all apps when the server ends; without it they run on, and the next server takes them over
    #[arg(long)]
    stop_apps: bool,
    /// Say on stdout, in one line of JSON, that the server is there
    #[arg(long, hide = true)]
    announce: bool,
    #[command(flatten)]
    common: Common,
}

/// What the background server says to whoever started it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Announcement {
    pid: u32,
    home: String,
    socket: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

/// Runs the server, or starts it in the background.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let began = Instant::now();
    let common = arguments.common.clone();
    if arguments.detach {
        return match detach(&arguments) {
            Ok(announcement) => told(&common, announcement),
            Err(error) => common.fail(&error),
        };
    }
    if arguments.announce {
        leave_session();
    }
    let done = common.run(serve(&arguments, began));
    // the runtime is gone: whatever was still waiting has been let go
    done
}

/// A server in the background belongs to no terminal.
fn leave_session() {
    if let Err(error) = rustix::process::setsid() {
        tracing::debug!(%error, "the server stays in its session");
    }
}

async fn serve(arguments: &Arguments, began: Instant) -> Result<u8, CommandError> {
    let common = &arguments.common;
    let options = ServeOptions { home: common.home()?, program: own_program()?, began };
    let server = match Server::open(options) {
        Ok(server) => server,
        Err(error) => {
            let problem = problem(&error);
            if arguments.announce {
                announce(Path::new(""), Path::new(""), Some(problem.clone()));
            }
            return Err(CommandError::Refused(problem));
        }
    };
    let (socket, home) = (server.socket().to_owned(), server.home().to_owned());
    let stop = server.stop_token();
    let asked = stop.clone();
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::io("cannot watch signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::io("cannot watch signals"))?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(CommandError::io("cannot watch signals"))?;
    let supervisor = server.supervisor().clone();
    let stop_apps = arguments.stop_apps;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
        if stop_apps {
            for error in supervisor.stop_all().await {
                report::failure(&error.to_string(), error.next_step().as_deref());
            }
        }
        asked.cancel();
    });
    let ready = || {
        if arguments.announce {
            announce(&home, &socket, None);
        } else if common.json {
            print_json(&Announcement::new(&home, &socket, None));
        } else {
            let text = format!(
                "serving {}\ncontrol socket {}\nCtrl-C ends the server; its apps run on\n",
                home.display(),
                socket.display()
            );
            report::print(&text);
        }
    };
    server.serve(ready).await.map_err(CommandError::io("the server has ended badly"))?;
    Ok(0)
}

fn problem(error: &ServeError) -> Problem {
    let code = match error {
        ServeError::Lock(_) => "home-in-use",
        ServeError::Home(_) => "home",
        ServeError::Socket { .. } => "socket",
        ServeError::Run(_) => "start",
    };
    Problem { code: code.to_owned(), message: error.to_string(), next: error.next_step().map(str::to_owned) }
}

impl Announcement {
    fn new(home: &Path, socket: &Path, error: Option<Problem>) -> Self {
        Self {
            pid: std::process::id(),
            home: home.display().to_string(),
            socket: socket.display().to_string(),
            error,
        }
    }
}

fn announce(home: &Path, socket: &Path, error: Option<Problem>) {
    let text = serde_json::to_string(&Announcement::new(home, socket, error)).unwrap_or_default();
    let mut stdout = std::io::stdout().lock();
    // whoever started us may have gone: the server is there all the same
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Starts `pino up` in the background and waits for its word.
fn detach(arguments: &Arguments) -> Result<Announcement, CommandError> {
    let home = pino_engine::home::prepare(&arguments.common.home()?)?;
    let mut command = std::process::Command::new(own_program()?);
    command.args(["up", "--announce", "--home"]).arg(&home);
    if arguments.stop_apps {
        command.arg("--stop-apps");
    }
    let log = log_file(&home).map_err(CommandError::io("cannot open the log of the server"))?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).current_dir("/");
    let mut child = command.spawn().map_err(CommandError::io("cannot start the server"))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(CommandError::io("the server says nothing"))?;
    }
    serde_json::from_str(&line).map_err(|unreadable| {
        tracing::debug!(%unreadable, "the server's word");
        let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let log = home.join("pino/logs/server.log");
        CommandError::Refused(Problem {
            code: "start".to_owned(),
            message: format!("the server has ended before it was ready: {status}"),
            next: Some(format!("{} says why", log.display())),
        })
    })
}

fn log_file(home: &Path) -> std::io::Result<File> {
    pino_server::make_own_folder(home)?;
    let folder = home.join("pino/logs");
    std::fs::create_dir_all(&folder)?;
    File::options().create(true).append(true).open(folder.join("server.log"))
}

fn told(common: &Common, announcement: Announcement) -> ExitCode {
    if let Some(problem) = announcement.error {
        return common.fail(&CommandError::Refused(problem));
    }
    if common.json {
        print_json(&announcement);
    } else {
        let Announcement { pid, home, socket, .. } = announcement;
        report::print(&format!(
            "serving {home} as process {pid}\ncontrol socket {socket}\n`pino down` ends it\n"
        ));
    }
    ExitCode::SUCCESS
}
