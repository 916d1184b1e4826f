//! One run from the outside: prepare it, execute it, stop it.
//!
//! Must not know: command lines and terminals.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

use pino_model::{Data, ExitStatus};
use pino_process::ProcessGroup;
use pino_vm::{Files, HostAccess, JsError, RealHost, Vm, VmOptions};
use tokio::sync::mpsc;

use crate::{
    answers::{Answers, Prompter},
    app::{WriteRules, app_folder, app_in_home},
    client::ClientMessage,
    core::{Core, NewCore, Request},
    drive::{self, Outcome},
    evaluate::PinoConverter,
    events::{Events, Outputs},
    failure::Halt,
    home::{self, HomeError},
    journal::{Beginning, Journalling, Resumption},
    load, lua_program, stop,
};

pub use pino_vm::OutputStream;

/// After a stop the VM gets this long to come to an end by itself.
const STUCK_LIMIT: Duration = Duration::from_secs(3);

/// What to run and how.
#[derive(Debug)]
pub struct RunOptions {
    /// The script.
    pub script: PathBuf,
    /// The launcher home (see [`home::planned`]).
    pub home: PathBuf,
    /// Start payload; `{}` without.
    pub input: Data,
    /// Answers for packets that wait, used in order.
    pub respond: Vec<Data>,
    /// Clients can send messages by [`Control::message`].
    pub clients: bool,
    /// Stop a daemon when it has run its last step.
    pub exit_when_ready: bool,
    /// Folders scripts may write to besides the home and their app.
    pub allowed_paths: Vec<PathBuf>,
    /// Where `console.log` of scripts goes; never into the event stream.
    pub console: Console,
    /// What a supervisor adds; the default is a run on its own.
    pub supervision: Supervision,
}

/// What a run gets from whoever supervises it.
#[derive(Clone, Debug, Default)]
pub struct Supervision {
    /// Its id; without one a fresh one.
    pub id: Option<String>,
    /// The group its processes are started in; without one a group of its own.
    pub processes: Option<ProcessGroup>,
    /// Variables that win over the ENVIRONMENT files.
    pub env: BTreeMap<String, String>,
    /// The environment of whoever asked for the run; without it that of this process.
    pub caller_env: Option<BTreeMap<String, String>>,
    /// How long programs may take to end on their own.
    pub grace: Option<Duration>,
    /// Where it is written down.
    pub journal: Journalling,
    /// The interrupted run it goes on with.
    pub resume: Option<Resumption>,
}

/// Takes what scripts write to their console.
pub type ConsoleSink = Arc<dyn Fn(OutputStream, &str) + Send + Sync>;

/// Where the console of scripts goes.
#[derive(Clone)]
pub enum Console {
    /// stdout and stderr, as in Node.
    Both,
    /// stderr alone: stdout carries event lines.
    StderrOnly,
    /// Somewhere else: a client of the server.
    Sink(ConsoleSink),
}

impl std::fmt::Debug for Console {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Both => "Both",
            Self::StderrOnly => "StderrOnly",
            Self::Sink(_) => "Sink",
        })
    }
}

/// Why a run cannot even begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no usable home.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The operating system gives no thread or file for it.
    #[error("the run cannot begin: {0}; free memory or end other programs and try again")]
    Thread(std::io::Error),
    /// The VM cannot be made.
    #[error("the script engine cannot start: {0}; please report this")]
    Vm(#[from] JsError),
}

/// A run that can be executed once.
pub struct Run {
    core: Arc<Core>,
    options: RunOptions,
    messages: mpsc::UnboundedReceiver<ClientMessage>,
    to_messages: mpsc::UnboundedSender<ClientMessage>,
}

/// Acts on a run from outside, from any thread.
#[derive(Clone)]
pub struct Control {
    core: Weak<Core>,
    messages: mpsc::UnboundedSender<ClientMessage>,
}

impl Run {
    /// Prepares home and VM. Nothing of the script has been read yet.
    pub fn prepare(
        mut options: RunOptions,
        outputs: Outputs,
        prompter: Option<Arc<dyn Prompter>>,
    ) -> Result<Self, StartError> {
        let home = home::prepare(&options.home)?;
        let script = std::path::absolute(&options.script).unwrap_or_else(|_| options.script.clone());
        let app = app_folder(&home, &script);
        let write_rules = Arc::new(WriteRules::new(&home, &options.allowed_paths));
        // the redactor has to know them before anything is told
        if let Err(error) = pino_state::Secrets::open(&home) {
            tracing::warn!(%error, "the secrets of the home are not known");
        }
        let vm = Vm::new(vm_options(&app, &write_rules, options.console.clone()))?;
        let prepared = std::mem::take(&mut options.respond);
        let answers = Answers::new(prepared, prompter, options.clients);
        let events = Arc::new(Events::new(outputs));
        let supervision = std::mem::take(&mut options.supervision);
        let core = Core::new(NewCore { home, vm, events, write_rules, answers, supervision });
        lua_program::bind(&core)?;
        options.script = load::script_file(&core.script_path(&script));
        let (to_messages, messages) = mpsc::unbounded_channel();
        Ok(Self { core, options, messages, to_messages })
    }

    /// A handle to stop the run and to talk to it.
    pub fn control(&self) -> Control {
        Control { core: Arc::downgrade(&self.core), messages: self.to_messages.clone() }
    }

    /// Runs the script to its end. Everything it started has ended when this returns, and every event has been written.
    pub async fn execute(mut self) -> ExitStatus {
        let clients = {
            let (core, mut messages) = (
                Arc::downgrade(&self.core),
                std::mem::replace(&mut self.messages, mpsc::unbounded_channel().1),
            );
            tokio::spawn(async move {
                while let Some(message) = messages.recv().await {
                    let Some(core) = core.upgrade() else { return };
                    act(&core, message).await;
                }
            })
        };
        let status = self.run().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the run could not be carried out");
            ExitStatus::Error
        });
        clients.abort();
        self.close_journal(status).await;
        self.core.events.close();
        status
    }

    /// Waits for the disk on a thread of its own: others may be at work on this one.
    async fn close_journal(&self, status: ExitStatus) {
        let core = Arc::clone(&self.core);
        if let Err(error) = tokio::task::spawn_blocking(move || core.journal.run_ends(status)).await {
            tracing::error!(%error, "the end of the run is not written down");
        }
    }

    async fn run(&self) -> Result<ExitStatus, JsError> {
        let core = &self.core;
        let lua = core.vm.lua();
        let args = pino_vm::from_data(lua, &self.options.input).map_err(|error| core.vm.failure(&error))?;
        let path = self.options.script.clone();
        let app_folder = app_folder(&core.home, &path);
        let app = app_in_home(&core.home, &path);
        let app = app.and_then(|app| Some(app.file_name()?.to_string_lossy().into_owned()));
        let beginning =
            Beginning { home: &core.home, app, app_folder: &app_folder, script: &path, args: &args };
        core.journal.run_begins(&beginning);
        let uri = path.to_string_lossy().into_owned();
        let script =
            core.add_script(Request { path, uri, args }, None).map_err(|error| core.vm.failure(&error))?;
        let status = match drive::drive(core, &script, None).await {
            Outcome::Done(_) => ExitStatus::Done,
            Outcome::Ready(_) if self.options.exit_when_ready => ExitStatus::Daemon,
            Outcome::Ready(_) => {
                script.token.cancelled().await;
                core.stop_status()
            }
            Outcome::Halted(Halt::Failed(_)) => ExitStatus::Error,
            Outcome::Halted(Halt::Stopped) => core.stop_status(),
        };
        stop::end(core, &script, status).await;
        Ok(status)
    }
}

fn vm_options(app: &Path, rules: &Arc<WriteRules>, console: Console) -> VmOptions {
    let mut options = VmOptions::new(Arc::new(PinoConverter));
    let (read_rules, rules, own) = (Arc::clone(rules), Arc::clone(rules), app.to_owned());
    let real = RealHost::new(move |path| rules.check(&own, path))
        .refusing_reads(move |path| read_rules.check_read(path));
    options.host = Arc::new(ScriptHost { real, console });
    options.app_root = Some(app.to_owned());
    options
}

/// The machine as modules of scripts see it, with the console where the run wants it.
struct ScriptHost {
    real: RealHost,
    console: Console,
}

impl HostAccess for ScriptHost {
    fn now_ms(&self) -> f64 {
        self.real.now_ms()
    }

    fn random(&self) -> f64 {
        self.real.random()
    }

    fn print(&self, stream: OutputStream, text: &str) {
        match &self.console {
            Console::Both => self.real.print(stream, text),
            Console::StderrOnly => self.real.print(OutputStream::Error, text),
            Console::Sink(sink) => sink(stream, text),
        }
    }

    fn files(&self) -> &dyn Files {
        self.real.files()
    }
}

impl Control {
    /// Stops the whole run; the first reason is the one that is told.
    pub fn stop(&self, reason: ExitStatus) {
        let Some(core) = self.core.upgrade() else { return };
        core.stop_all(reason);
        // a script that computes without end does not look at the token
        let (stopper, weak) = (core.vm.stopper(), Weak::clone(&self.core));
        let watch = move || {
            std::thread::sleep(STUCK_LIMIT);
            let stuck =
                |core: Arc<Core>| core.scripts.latest_first().iter().any(|script| !script.state().ending);
            if weak.upgrade().is_some_and(stuck) {
                stopper.stop();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("stop".into()).spawn(watch) {
            tracing::debug!(%error, "cannot watch the stop");
        }
    }

    /// Nothing is left of the run.
    pub fn is_over(&self) -> bool {
        self.core.strong_count() == 0
    }

    /// Kills every process of the run at once. For the second Ctrl-C.
    pub async fn kill(&self) {
        let Some(core) = self.core.upgrade() else { return };
        if let Err(error) = core.processes.stop_all(Duration::ZERO).await {
            tracing::error!(%error, "processes are left");
        }
    }

    /// No client can answer any more (end of stdin).
    pub fn clients_gone(&self) {
        if let Some(core) = self.core.upgrade() {
            core.answers.clients_gone();
        }
    }

    /// Hands over a client's message. Messages about things that are gone have no effect.
    pub fn message(&self, message: ClientMessage) {
        // without a receiver the run is over
        let _ = self.messages.send(message);
    }
}

async fn act(core: &Arc<Core>, message: ClientMessage) {
    match message {
        ClientMessage::Respond { packet, value } => {
            core.answers.deliver(&packet, value);
        }
        ClientMessage::Keys { shell, data } => {
            if let Some(handle) = core.processes.shell(&shell)
                && let Err(error) = handle.write(data.as_bytes()).await
            {
                tracing::debug!(shell, %error, "keys for a shell that has ended");
            }
        }
        ClientMessage::Resize { cols, rows, shell } => {
            for handle in core.processes.shells() {
                if shell.as_deref().is_none_or(|id| handle.id() == id)
                    && let Err(error) = handle.resize(cols, rows)
                {
                    tracing::debug!(%error, "a shell keeps its size");
                }
            }
        }
        ClientMessage::Stop { script } => {
            let name = script.as_deref();
            let found =
                core.scripts.latest_first().into_iter().find(|script| Some(script.name.text()) == name);
            match found {
                Some(script) if !core.is_main(&script) => stop::stop(core, &script).await,
                None if name.is_some() => {}
                _ => core.stop_all(ExitStatus::Stopped),
            }
        }
    }
}
