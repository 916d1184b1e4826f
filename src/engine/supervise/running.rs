//! One run of an app on a thread of its own, and what is known about it from its events.
//!
//! Must not know: what is done when it ends.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
    thread,
};

use pino_model::{Data, Event, ExitStatus, RunEvent, RunEventKind, ShellState};
use pino_process::{Exit, ProcessGroup};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::run_log::RunLog;
use crate::{
    events::{LineWriter, Observer, Outputs},
    run::{Console, Control, Run, RunOptions, StartError, Supervision},
};

/// What to run.
pub(crate) struct Launch {
    pub(crate) home: PathBuf,
    pub(crate) script: PathBuf,
    pub(crate) input: Data,
    pub(crate) supervision: Supervision,
    pub(crate) group: ProcessGroup,
    pub(crate) strict_exit_codes: bool,
    pub(crate) log: RunLog,
}

/// What is known about a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The script's variables when its service came up.
    pub(crate) local: Option<serde_json::Value>,
    /// Where the app shows itself: `local.url` of any script of the run.
    pub(crate) url: Option<String>,
    /// The daemon script has run its last step.
    pub(crate) ready: bool,
    /// The last error.
    pub(crate) error: Option<String>,
    /// How the last shell that has ended did so.
    pub(crate) last_exit: Option<Exit>,
    /// Processes that could not be stopped.
    pub(crate) survivors: Option<String>,
    /// Shells that run.
    shells: usize,
    /// It is over.
    pub(crate) ended: Option<ExitStatus>,
}

/// A run under way.
pub(crate) struct Running {
    pub(crate) control: Control,
    pub(crate) group: ProcessGroup,
    pub(crate) facts: watch::Receiver<Facts>,
    abandon: CancellationToken,
}

impl Running {
    /// Starts the run; an error when it cannot even be prepared.
    pub(crate) async fn launch(launch: Launch) -> Result<Self, StartError> {
        let (tell_facts, facts) = watch::channel(Facts::default());
        let (tell_control, control) = oneshot::channel();
        let (abandon, group) = (CancellationToken::new(), launch.group.clone());
        let (abandoned, told) = (abandon.clone(), Arc::new(tell_facts));
        let work = move || run(launch, &told, tell_control, &abandoned);
        thread::Builder::new().name("run".into()).spawn(work).map_err(StartError::Thread)?;
        let control = control.await.map_err(|_closed| {
            StartError::Thread(io::Error::other("the thread of the run ended before it began"))
        })??;
        Ok(Self { control, group, facts, abandon })
    }

    /// Waits until it is over.
    pub(crate) async fn ended(&self) -> Facts {
        let mut facts = self.facts.clone();
        match facts.wait_for(|facts| facts.ended.is_some()).await {
            Ok(facts) => facts.clone(),
            // its thread is gone without a word: a bug, told as an error of the run
            Err(_closed) => Facts { ended: Some(ExitStatus::Error), ..Facts::default() },
        }
    }

    /// Lets go of it: its processes live on in their shims.
    pub(crate) fn abandon(&self) {
        self.abandon.cancel();
    }
}

fn run(
    launch: Launch,
    facts: &Arc<watch::Sender<Facts>>,
    tell_control: oneshot::Sender<Result<Control, StartError>>,
    abandon: &CancellationToken,
) {
    let control: Arc<OnceLock<Control>> = Arc::default();
    let watcher = Watcher {
        facts: Arc::clone(facts),
        control: Arc::clone(&control),
        main: OnceLock::new(),
        strict: launch.strict_exit_codes,
    };
    let prepared = prepare(launch, watcher);
    let (run, runtime) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            // whoever asked has gone; the run has not begun
            let _ = tell_control.send(Err(error));
            return;
        }
    };
    let handle = control.get_or_init(|| run.control());
    // whoever asked may be gone; the run goes on
    let _ = tell_control.send(Ok(handle.clone()));
    let status = runtime.block_on(async {
        tokio::select! {
            status = run.execute() => Some(status),
            () = abandon.cancelled() => None,
        }
    });
    runtime.shutdown_background();
    if let Some(status) = status {
        facts.send_modify(|facts| facts.ended = Some(status));
    }
}

fn prepare(launch: Launch, watcher: Watcher) -> Result<(Run, tokio::runtime::Runtime), StartError> {
    let lines = LineWriter::new(launch.log, || {}).map_err(StartError::Thread)?;
    let outputs = Outputs { lines: Some(lines), observer: Some(Arc::new(watcher)) };
    let options = RunOptions {
        script: launch.script,
        home: launch.home,
        input: launch.input,
        respond: Vec::new(),
        clients: true,
        exit_when_ready: false,
        allowed_paths: Vec::new(),
        console: Console::StderrOnly,
        supervision: Supervision { processes: Some(launch.group), ..launch.supervision },
    };
    let run = Run::prepare(options, outputs, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok((run, runtime.map_err(StartError::Thread)?))
}

/// Turns events into facts, and ends runs that have nothing left to do.
struct Watcher {
    facts: Arc<watch::Sender<Facts>>,
    control: Arc<OnceLock<Control>>,
    /// The first script of the run.
    main: OnceLock<Arc<str>>,
    strict: bool,
}

impl Watcher {
    fn stop(&self, status: ExitStatus) {
        if let Some(control) = self.control.get() {
            control.stop(status);
        }
    }

    fn variables(&self, local: &Data) {
        let Some(url) = local.get("url").as_str().filter(|url| !url.is_empty()) else { return };
        self.facts.send_if_modified(|facts| {
            let changed = facts.url.as_deref() != Some(url);
            facts.url = Some(url.to_owned());
            changed
        });
    }

    fn inner(&self, event: &Event) {
        match event {
            Event::Shell { state: ShellState::Start { .. }, .. } => {
                self.facts.send_modify(|facts| facts.shells += 1);
            }
            Event::Shell { state: ShellState::End { code }, .. } => self.shell_ended(*code),
            Event::Error { message, .. } => {
                self.facts.send_modify(|facts| facts.error = Some(message.clone()));
            }
            Event::Warning { code: "still-running", message, .. } => {
                self.facts.send_modify(|facts| facts.survivors = Some(message.clone()));
            }
            Event::Warning { code: "exit-code", message, .. } if self.strict => {
                self.facts.send_modify(|facts| facts.error = Some(message.clone()));
                self.stop(ExitStatus::Error);
            }
            Event::Shell { .. } | Event::Stream { .. } | Event::Packet { .. } | Event::Warning { .. } => {}
        }
    }

    /// A daemon whose last program has ended is over.
    fn shell_ended(&self, code: Option<i32>) {
        self.facts.send_modify(|facts| {
            facts.shells = facts.shells.saturating_sub(1);
            facts.last_exit = Some(Exit { code });
        });
        let is_over = self.facts.borrow().ready && self.facts.borrow().shells == 0;
        if is_over {
            self.stop(if code == Some(0) { ExitStatus::Done } else { ExitStatus::Error });
        }
    }

    /// A daemon that comes up with nothing alive and a failed program has not come up.
    fn ready(&self, is_main: bool, local: &Data) {
        self.variables(local);
        if !is_main {
            return;
        }
        let failed = {
            let facts = self.facts.borrow();
            facts.shells == 0 && facts.last_exit.is_some_and(|exit| exit.code != Some(0))
        };
        if failed {
            self.stop(ExitStatus::Error);
        } else {
            let local = serde_json::to_value(local).ok();
            self.facts.send_modify(|facts| (facts.ready, facts.local) = (true, local));
        }
    }
}

impl Observer for Watcher {
    fn observe(&self, event: &RunEvent) {
        match &event.kind {
            RunEventKind::Inner(inner) => self.inner(inner),
            RunEventKind::Result { local, .. } => self.variables(local),
            RunEventKind::Ready { local } => self.ready(self.main.get() == Some(&event.script), local),
            RunEventKind::Begin { .. } => {
                // only the first script of a run sets it
                let _ = self.main.set(Arc::clone(&event.script));
            }
            RunEventKind::At { .. }
            | RunEventKind::Skip { .. }
            | RunEventKind::Step { .. }
            | RunEventKind::Exit { .. } => {}
        }
    }
}
