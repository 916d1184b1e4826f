//! `pino run SCRIPT`: one script to its end, told as JSON lines or for people.
//!
//! Must not know: how steps run. Exit codes: 0 done or daemon, 1 error, 3 timeout, 130 stopped, 64 wrong usage.

use std::{
    io::IsTerminal as _,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};

use clap::ValueEnum;
use pino_engine::{Console, Control, LineWriter, Outputs, Prompter, Run, RunOptions, home};
use pino_model::{Data, ExitStatus};

use crate::{
    args::USAGE,
    report::{self, Terminal, TerminalPrompter},
    stdin, watch,
};

/// Arguments of `pino run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The script: .js, .json or .lua
    script: PathBuf,
    /// Launcher home (default: `PINOKIO_HOME`, ~/.pinokio/config.json, the cloud's persistent folder, ~/pinokio)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Start payload: `args` of the script and `input` of its first step
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = json)]
    input: Data,
    /// Answers for questions (`input`, `modal`), a JSON list used in order
    #[arg(long, value_name = "JSON", value_parser = list)]
    respond: Option<Answers>,
    /// Print the course of the run for programs
    #[arg(long, value_name = "FORMAT")]
    events: Option<EventFormat>,
    /// Stop a daemon script when it has run its last step
    #[arg(long)]
    exit_when_ready: bool,
    /// Stop the run after this many seconds
    #[arg(long, value_name = "SEC", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Let scripts write below this folder too (may be given several times)
    #[arg(long, value_name = "DIR")]
    allow_path: Vec<PathBuf>,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EventFormat {
    /// One JSON object a line
    Jsonl,
}

/// Prepared answers. A type of its own: clap takes a bare `Vec` for a repeated option.
#[derive(Clone, Debug, Default)]
struct Answers(Vec<Data>);

fn json(text: &str) -> Result<Data, String> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("no valid JSON: {error}"))?;
    Ok(value.into())
}

fn list(text: &str) -> Result<Answers, String> {
    match json(text)? {
        Data::Array(answers) => Ok(Answers(answers)),
        _ => Err("it has to be a JSON list with one answer for each question".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|error| format!("it has to be a number of seconds: {error}"))?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// Runs the script.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    match try_execute(arguments) {
        Ok(status) => ExitCode::from(exit_code(status)),
        Err(error) => {
            report::failure(&format!("{error:#}"), None);
            ExitCode::FAILURE
        }
    }
}

/// Exit codes of the event contract.
fn exit_code(status: ExitStatus) -> u8 {
    const _: () = assert!(USAGE == 64, "the contract names it");
    match status {
        ExitStatus::Done | ExitStatus::Daemon => 0,
        ExitStatus::Error => 1,
        ExitStatus::Timeout => 3,
        ExitStatus::Stopped => 130,
    }
}

fn try_execute(arguments: Arguments) -> anyhow::Result<ExitStatus> {
    let as_lines = arguments.events == Some(EventFormat::Jsonl);
    let reads_stdin = as_lines || std::io::stdin().is_terminal();
    let home = home::planned(arguments.home.as_deref())?;
    let control: Arc<OnceLock<Control>> = Arc::default();
    let (prompter, lines) = TerminalPrompter::new();
    let asks_person = !as_lines && std::io::stdin().is_terminal();
    let terminal = (!as_lines).then(|| Arc::new(Terminal::new()));
    let outputs = Outputs {
        lines: if as_lines { Some(line_writer(&control)?) } else { None },
        observer: terminal.clone().map(|terminal| terminal as _),
    };
    let options = RunOptions {
        script: arguments.script,
        home,
        input: arguments.input,
        respond: arguments.respond.unwrap_or_default().0,
        clients: as_lines,
        exit_when_ready: arguments.exit_when_ready,
        allowed_paths: arguments.allow_path,
        console: if as_lines { Console::StderrOnly } else { Console::Both },
    };
    let prompter = asks_person.then(|| Arc::new(prompter) as Arc<dyn Prompter>);
    let run = Run::prepare(options, outputs, prompter)?;
    let control = control.get_or_init(|| run.control());
    watch::start(control.clone(), arguments.timeout, terminal.is_some())?;
    if reads_stdin {
        let target =
            if as_lines { stdin::Target::Messages } else { stdin::Target::Person { lines, terminal } };
        stdin::start(control.clone(), target)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(run.execute());
    // whatever still waits in the runtime has nothing left to do: the run is over
    runtime.shutdown_background();
    Ok(status)
}

/// Lines on stdout; a reader that goes away stops the run.
fn line_writer(control: &Arc<OnceLock<Control>>) -> std::io::Result<LineWriter> {
    let control = Arc::clone(control);
    LineWriter::new(std::io::stdout(), move || {
        if let Some(control) = control.get() {
            control.stop(ExitStatus::Stopped);
        }
    })
}
