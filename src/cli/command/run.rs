//! `pino run SCRIPT`: one script to its end, told as JSON lines or for people.
//!
//! Must not know: how steps run. Exit codes: 0 done or daemon, 1 error, 3 timeout, 6 a
//! server has the home, 130 stopped, 64 wrong usage.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, OnceLock},
    time::Duration,
};

use clap::ValueEnum;
use pino_engine::{Console, Control, LineWriter, Outputs, Prompter, Resumption, Run, RunOptions, home};
use pino_model::{Data, ExitStatus, RunRequest};
use pino_server::{Client, HomeLock};

use crate::{
    args::USAGE,
    client::{CommandError, Common, IN_USE},
    remote_run::{self, Audience},
    report::{self, Terminal, TerminalPrompter, TypedLines},
    run_control::{Remote, RunControl},
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
    #[command(flatten)]
    manner: Manner,
    /// Run here even when the home has a server; refused while it has one
    #[arg(long)]
    standalone: bool,
    /// Set by `pino resume`.
    #[arg(skip)]
    resume: Option<Resumption>,
}

/// How a run is told and answered.
#[derive(clap::Args)]
pub(crate) struct Manner {
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

impl Manner {
    /// A program reads what the run tells.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.events.is_some()
    }
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
        Err(Failed::Told(code)) => code,
        Err(Failed::Run(error)) => {
            report::failure(&format!("{error:#}"), None);
            ExitCode::FAILURE
        }
    }
}

/// Goes on with an interrupted run, here.
pub(crate) fn resume(resumption: Resumption, home: PathBuf, manner: Manner) -> ExitCode {
    let (script, input) = (resumption.script(), resumption.input());
    execute(Arguments { script, home: Some(home), input, manner, standalone: true, resume: Some(resumption) })
}

/// Why there is no status.
enum Failed {
    /// The failure has been told; this is its exit code.
    Told(ExitCode),
    /// It has not.
    Run(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Run(error.into())
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

/// Through the server when one has the home, so that two never fight over it; here otherwise.
fn try_execute(arguments: Arguments) -> Result<ExitStatus, Failed> {
    let home = home::planned(arguments.home.as_deref())?;
    if arguments.standalone {
        refuse_beside_server(&home).map_err(Failed::Told)?;
    } else if let Some(client) = Client::find(&home) {
        let common = Common { home: Some(home), json: false };
        return there(arguments, client).map_err(|error| Failed::Told(common.fail(&error)));
    }
    Ok(here(arguments, home)?)
}

fn refuse_beside_server(home: &Path) -> Result<(), ExitCode> {
    let Some(pid) = HomeLock::holder(home) else { return Ok(()) };
    let what = format!("a server has {}: process {pid}", home.display());
    report::failure(
        &what,
        Some("run it through the server, without --standalone, or end the server with `pino down`"),
    );
    Err(ExitCode::from(IN_USE))
}

/// Everything that is heard and told during a run, wherever it goes on.
struct Ears {
    as_lines: bool,
    terminal: Option<Arc<Terminal>>,
    prompter: Option<Arc<dyn Prompter>>,
    lines: TypedLines,
}

impl Ears {
    fn new(arguments: &Arguments) -> Self {
        let as_lines = arguments.manner.events == Some(EventFormat::Jsonl);
        let (prompter, lines) = TerminalPrompter::new();
        let asks_person = !as_lines && std::io::stdin().is_terminal();
        Self {
            as_lines,
            terminal: (!as_lines).then(|| Arc::new(Terminal::new())),
            prompter: asks_person.then(|| Arc::new(prompter) as Arc<dyn Prompter>),
            lines,
        }
    }

    /// Begins to hear signals, the time limit, stdin.
    fn listen(self, control: &RunControl, limit: Option<Duration>) -> std::io::Result<()> {
        let Self { as_lines, terminal, lines, .. } = self;
        watch::start(control.clone(), limit, terminal.is_some())?;
        if as_lines || std::io::stdin().is_terminal() {
            let target =
                if as_lines { stdin::Target::Messages } else { stdin::Target::Person { lines, terminal } };
            stdin::start(control.clone(), target)?;
        }
        Ok(())
    }
}

fn here(arguments: Arguments, home: PathBuf) -> anyhow::Result<ExitStatus> {
    let ears = Ears::new(&arguments);
    let control: Arc<OnceLock<Control>> = Arc::default();
    let outputs = Outputs {
        lines: if ears.as_lines { Some(line_writer(&control)?) } else { None },
        observer: ears.terminal.clone().map(|terminal| terminal as _),
    };
    let options = RunOptions {
        script: arguments.script,
        home,
        input: arguments.input,
        respond: arguments.manner.respond.unwrap_or_default().0,
        clients: ears.as_lines,
        exit_when_ready: arguments.manner.exit_when_ready,
        allowed_paths: arguments.manner.allow_path,
        console: if ears.as_lines { Console::StderrOnly } else { Console::Both },
        supervision: pino_engine::Supervision { resume: arguments.resume, ..Default::default() },
    };
    let run = Run::prepare(options, outputs, ears.prompter.clone())?;
    let control = control.get_or_init(|| run.control());
    ears.listen(&RunControl::Here(control.clone()), arguments.manner.timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(run.execute());
    // whatever still waits in the runtime has nothing left to do: the run is over
    runtime.shutdown_background();
    Ok(status)
}

/// The run goes on in the server; what it tells and asks is told and asked here.
fn there(arguments: Arguments, client: Client) -> Result<ExitStatus, CommandError> {
    let ears = Ears::new(&arguments);
    let text = |path: PathBuf| std::path::absolute(&path).unwrap_or(path).to_string_lossy().into_owned();
    let value = |data: &Data| serde_json::to_value(data).unwrap_or_default();
    let request = RunRequest {
        script: text(arguments.script),
        input: value(&arguments.input),
        respond: arguments.manner.respond.unwrap_or_default().0.iter().map(value).collect(),
        clients: ears.as_lines || ears.prompter.is_some(),
        exit_when_ready: arguments.manner.exit_when_ready,
        allowed_paths: arguments.manner.allow_path.into_iter().map(text).collect(),
        env: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(CommandError::io("cannot start the event loop"))?;
    let status = runtime.block_on(async {
        let (run, pieces) = client.run(&request).await?;
        let (remote, orders) = Remote::new(client, run);
        tokio::spawn(remote.clone().carry_out(orders));
        let control = RunControl::There(remote);
        let audience = Audience { terminal: ears.terminal.clone(), prompter: ears.prompter.clone() };
        ears.listen(&control, arguments.manner.timeout).map_err(CommandError::io("cannot watch the run"))?;
        remote_run::follow(pieces, &control, &audience).await
    });
    runtime.shutdown_background();
    status
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
