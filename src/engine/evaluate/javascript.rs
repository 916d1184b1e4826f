//! `pino js`: one JavaScript file run to its end in a VM of its own.
//!
//! Must not know: the command line.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pino_vm::{
    FailureKind, Files, HostAccess, JsError, ModuleForm, OutputStream, RealHost, Value, Vm, VmOptions,
};

use super::PinoConverter;

/// What came of a run.
#[derive(Debug)]
pub struct JavaScriptOutcome {
    /// The error that ended it, with the phase it arose in.
    pub error: Option<(Phase, JsError)>,
    /// What the console printed, when it was collected.
    pub stdout: String,
}

/// When an error arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The text is no JavaScript.
    Parse,
    /// While it ran.
    Run,
}

/// Collected output is cut off here.
const MOST_OUTPUT_BYTES: usize = 16 * 1024 * 1024;

/// The real machine whose console is collected.
struct Collecting {
    real: RealHost,
    text: Mutex<String>,
}

impl HostAccess for Collecting {
    fn now_ms(&self) -> f64 {
        self.real.now_ms()
    }

    fn random(&self) -> f64 {
        self.real.random()
    }

    fn print(&self, stream: OutputStream, text: &str) {
        let mut collected = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        if stream == OutputStream::Out && collected.len() < MOST_OUTPUT_BYTES {
            collected.push_str(text);
        }
    }

    fn files(&self) -> &dyn Files {
        self.real.files()
    }
}

/// Runs a file. Writing is allowed below its folder. With `collect` the console's output is part of the outcome,
/// otherwise it goes to stdout and stderr, and a rejection nobody handles is an error.
pub async fn run_javascript(
    path: &Path,
    arguments: &[String],
    collect: bool,
    budget: Duration,
) -> JavaScriptOutcome {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let check = move |target: &Path| {
        if target.starts_with(&folder) {
            Ok(())
        } else {
            Err(format!("permission denied: only files below {} may be written", folder.display()))
        }
    };
    let real = RealHost::new(check);
    let (host, collected): (Arc<dyn HostAccess>, Option<Arc<Collecting>>) = if collect {
        let collecting = Arc::new(Collecting { real, text: Mutex::default() });
        (collecting.clone(), Some(collecting))
    } else {
        (Arc::new(real), None)
    };
    let error = run(path, arguments, host, budget, !collect).await.err();
    let stdout = collected
        .map(|collecting| {
            std::mem::take(&mut *collecting.text.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .unwrap_or_default();
    JavaScriptOutcome { error, stdout }
}

async fn run(
    path: &Path,
    arguments: &[String],
    host: Arc<dyn HostAccess>,
    budget: Duration,
    rejections_count: bool,
) -> Result<(), (Phase, JsError)> {
    let options =
        VmOptions { host: host.clone(), eval_budget: budget, ..VmOptions::new(Arc::new(PinoConverter)) };
    let at_run = |error: JsError| (Phase::Run, error);
    let name = path.to_string_lossy();
    let bytes = host.files().read(&name).map_err(|error| {
        at_run(JsError::new(FailureKind::Thrown, "Error", format!("cannot read {name}: {error}")))
    })?;
    let source = String::from_utf8_lossy(&bytes);
    let vm = Vm::new(options).map_err(at_run)?;
    vm.set_arguments(&name, arguments).map_err(at_run)?;
    let form = if name.ends_with(".mjs") { ModuleForm::EsModule } else { ModuleForm::Script };
    let phase = |error: JsError| {
        let parse = error.kind == FailureKind::Syntax;
        (if parse { Phase::Parse } else { Phase::Run }, error)
    };
    let value = vm.run_source(&source, &name, form).map_err(phase)?;
    finish(&vm, value, rejections_count).await.map_err(at_run)
}

/// Serves what the program left to do; an unhandled rejection is an error, as it is in Node.
async fn finish(vm: &Vm, value: Value, rejections_count: bool) -> Result<(), JsError> {
    vm.settle(value).await?;
    vm.run_until_idle().await?;
    if !rejections_count {
        return Ok(());
    }
    match vm.unhandled_rejections()?.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
