//! Runs one of an app's own scripts to its end, on a thread of its own.
//!
//! Must not know: why.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use pino_model::{Data, Event, ExitStatus, RunEvent, RunEventKind};
use pino_state::State;

use super::{Attendance, LifeError, Stage};
use crate::{Console, Control, Observer, Outputs, Run, RunOptions};

/// What to run.
pub(crate) struct ScriptRun {
    pub(crate) home: PathBuf,
    pub(crate) app: String,
    pub(crate) script: PathBuf,
    pub(crate) input: Data,
    /// A program that ends with a code other than 0 counts as a failure.
    pub(crate) strict: bool,
    pub(crate) allowed_paths: Vec<PathBuf>,
    /// Variables that win over the app's own.
    pub(crate) env: BTreeMap<String, String>,
    /// Where the run is written down.
    pub(crate) state: State,
    /// Go on with the interrupted run of this script, when there is one.
    pub(crate) resumes: bool,
}

/// The launcher's script of this name, in the spellings launchers use.
pub(crate) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let root = launcher_root(folder);
    ["js", "json", "lua"].iter().map(|end| root.join(format!("{name}.{end}"))).find(|file| file.is_file())
}

/// `pinokio` inside the app when the launcher lies there.
pub(crate) fn launcher_root(folder: &Path) -> PathBuf {
    let inner = folder.join("pinokio");
    let outer_has = ["pinokio.js", "pinokio.json"].iter().any(|name| folder.join(name).is_file());
    if !outer_has && inner.join("pinokio.js").is_file() { inner } else { folder.to_owned() }
}

/// Runs the script; an error says what it said.
pub(crate) async fn run(what: ScriptRun, attendance: &Attendance) -> Result<(), LifeError> {
    let name = what.script.file_name().unwrap_or_default().to_string_lossy().into_owned();
    attendance.stage(Stage::Script, name.as_str());
    let ears = Arc::new(Ears {
        next: attendance.observer.clone(),
        heard: Mutex::default(),
        strict: what.strict,
        control: OnceLock::new(),
    });
    let app = what.app.clone();
    let status = execute(what, Arc::clone(&ears), attendance).await?;
    let heard = std::mem::take(&mut *ears.heard.lock().unwrap_or_else(PoisonError::into_inner));
    let failed = |reason: String| {
        let next_step = "correct the cause and repeat the command: it goes on with what is there".to_owned();
        LifeError::Script { app: app.clone(), script: name.clone(), reason, next_step }
    };
    match status {
        ExitStatus::Done | ExitStatus::Daemon => {
            heard.failed_program.map_or(Ok(()), |program| Err(failed(program)))
        }
        ExitStatus::Stopped => Err(LifeError::Stopped),
        ExitStatus::Timeout => Err(failed("it took too long".to_owned())),
        ExitStatus::Error => Err(failed(
            heard.error.or(heard.failed_program).unwrap_or_else(|| "see its output above".to_owned()),
        )),
    }
}

async fn execute(what: ScriptRun, ears: Arc<Ears>, attendance: &Attendance) -> Result<ExitStatus, LifeError> {
    let failed = |error: String| LifeError::Thread(error);
    let (give, take) = tokio::sync::oneshot::channel();
    let (give_control, take_control) = tokio::sync::oneshot::channel::<Control>();
    let prompter = attendance.prompter.clone();
    let work = move || {
        let _ = give.send(execute_here(what, ears, prompter, give_control));
    };
    // the VM stays on one thread; scripts may nest deeply
    const STACK_BYTES: usize = 16 << 20;
    std::thread::Builder::new()
        .name("script".into())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map_err(|error| failed(error.to_string()))?;
    let stop = async {
        let Ok(control) = take_control.await else { return std::future::pending().await };
        attendance.cancel.cancelled().await;
        control.stop(ExitStatus::Stopped);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = take => done.map_err(|error| failed(error.to_string()))?,
        () = stop => Err(LifeError::Stopped),
    }
}

fn execute_here(
    what: ScriptRun,
    ears: Arc<Ears>,
    prompter: Option<Arc<dyn crate::Prompter>>,
    give_control: tokio::sync::oneshot::Sender<Control>,
) -> Result<ExitStatus, LifeError> {
    let resume = what.resumes.then(|| interrupted(&what)).flatten();
    let options = RunOptions {
        script: what.script,
        home: what.home,
        input: what.input,
        respond: Vec::new(),
        clients: false,
        exit_when_ready: true,
        allowed_paths: what.allowed_paths,
        console: Console::StderrOnly,
        supervision: crate::Supervision {
            env: what.env,
            journal: crate::Journalling::Shared(what.state),
            resume,
            ..crate::Supervision::default()
        },
    };
    let outputs = Outputs { lines: None, observer: Some(Arc::clone(&ears) as _) };
    let run =
        Run::prepare(options, outputs, prompter).map_err(|error| LifeError::Thread(error.to_string()))?;
    // a run has one control; nobody listens to the other one when the caller is gone
    let _ = ears.control.set(run.control());
    let _ = give_control.send(run.control());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| LifeError::Thread(error.to_string()))?;
    let status = runtime.block_on(run.execute());
    runtime.shutdown_background();
    Ok(status)
}

/// The interrupted run of exactly this script.
fn interrupted(what: &ScriptRun) -> Option<crate::Resumption> {
    let found = crate::resume(&what.state, &what.app, false).ok()?;
    (found.script() == what.script).then_some(found)
}

/// Hears what went wrong and passes everything on.
struct Ears {
    next: Option<Arc<dyn Observer>>,
    heard: Mutex<Heard>,
    strict: bool,
    control: OnceLock<Control>,
}

#[derive(Default)]
struct Heard {
    error: Option<String>,
    failed_program: Option<String>,
}

impl Observer for Ears {
    fn observe(&self, event: &RunEvent) {
        if let RunEventKind::Inner(inner) = &event.kind {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            match inner {
                Event::Error { message, .. } => heard.error = Some(message.clone()),
                Event::Warning { code: "exit-code", message, .. } if self.strict => {
                    heard.failed_program.get_or_insert_with(|| message.clone());
                    if let Some(control) = self.control.get() {
                        control.stop(ExitStatus::Error);
                    }
                }
                _ => {}
            }
        }
        if let Some(next) = &self.next {
            next.observe(event);
        }
    }
}
