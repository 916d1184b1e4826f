//! The event stream of a run: one line of JSON per event, and the same as typed values for an observer in the process.
//!
//! Must not know: what the events are about, or who reads them. The contract is `shared/conformance/EVENTS.md`.

mod format;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use pino_model::{Data, Event, ExitStatus, RunEvent, RunEventKind};
use pino_state::Redactor;
use pino_vm::Value;

pub use writer::LineWriter;

/// Gets every event of a run as it happens. Called in order, from whichever thread the event comes from.
pub trait Observer: Send + Sync {
    /// One event.
    fn observe(&self, event: &RunEvent);
}

/// Where events go. Both may be there.
#[derive(Default)]
pub struct Outputs {
    /// JSON lines.
    pub lines: Option<LineWriter>,
    /// A reader in the process.
    pub observer: Option<Arc<dyn Observer>>,
}

/// Name of a script in events.
#[derive(Clone, Debug)]
pub(crate) struct ScriptName {
    text: Arc<str>,
    /// `"script":"…"`, escaped once.
    json: Arc<[u8]>,
}

impl ScriptName {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// The event stream of one run.
pub(crate) struct Events {
    began: Instant,
    last_ms: AtomicU64,
    base: OnceLock<PathBuf>,
    outputs: Outputs,
}

/// Variables as they go into `result`, `ready` and `exit`.
pub(crate) struct Variables<'a> {
    pub(crate) local: &'a Value,
    pub(crate) global: &'a Value,
}

/// What `begin` tells.
pub(crate) struct Begin<'a> {
    pub(crate) run: &'a str,
    pub(crate) cwd: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) args: &'a Value,
    pub(crate) caller: Option<&'a ScriptName>,
    pub(crate) steps: Option<usize>,
}

/// What `step` tells.
pub(crate) struct Step<'a> {
    pub(crate) index: usize,
    pub(crate) method: Option<&'a str>,
    pub(crate) params: &'a Value,
    pub(crate) input: &'a Value,
    pub(crate) uri: Option<&'a str>,
    pub(crate) id: Option<&'a Value>,
    pub(crate) port: Option<u16>,
}

/// What `exit` tells.
pub(crate) struct Exit<'a> {
    pub(crate) status: ExitStatus,
    pub(crate) result: &'a Value,
    pub(crate) variables: Variables<'a>,
    pub(crate) steps: usize,
    pub(crate) wall_ms: u64,
}

impl Events {
    pub(crate) fn new(outputs: Outputs) -> Self {
        Self { began: Instant::now(), last_ms: AtomicU64::new(0), base: OnceLock::new(), outputs }
    }

    /// Whole milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> u64 {
        let now = self.began.elapsed().as_millis() as u64;
        self.last_ms.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// Names are relative to the folder of the script that began first.
    pub(crate) fn set_base(&self, folder: &Path) {
        // only the first script of a run sets it
        let _ = self.base.set(folder.to_owned());
    }

    /// The name of a script in events.
    pub(crate) fn name(&self, script: &Path) -> ScriptName {
        let relative = self.base.get().and_then(|base| script.strip_prefix(base).ok()).unwrap_or(script);
        let text: Arc<str> = relative.to_string_lossy().as_ref().into();
        let mut json = b"\"script\":".to_vec();
        format::string(&mut json, &text);
        ScriptName { text, json: json.into() }
    }

    /// Everything written so far has reached the reader (or the reader is gone).
    pub(crate) fn close(&self) {
        if let Some(lines) = &self.outputs.lines {
            lines.close();
        }
    }

    fn line(&self, script: Option<&ScriptName>, kind: &str, fill: impl FnOnce(&mut Vec<u8>)) {
        let Some(lines) = &self.outputs.lines else { return };
        lines.line(|out| {
            // the clock is read under the writer's lock, so that `ms` never decreases from line to line
            format::head(out, kind, self.now_ms(), script.map(|name| &*name.json));
            fill(out);
            out.extend_from_slice(b"}\n");
        });
    }

    fn observe(&self, script: Option<&ScriptName>, kind: impl FnOnce() -> RunEventKind) {
        let Some(observer) = &self.outputs.observer else { return };
        let script = script.map_or_else(|| Arc::from(""), |name| Arc::clone(&name.text));
        observer.observe(&RunEvent { ms: self.now_ms(), script, kind: kind() });
    }

    pub(crate) fn begin(&self, script: &ScriptName, begin: &Begin<'_>) {
        self.line(Some(script), "begin", |out| {
            format::text_member(out, "run", begin.run);
            format::text_member(out, "cwd", &begin.cwd.to_string_lossy());
            format::text_member(out, "home", &begin.home.to_string_lossy());
            format::value_member(out, "args", begin.args);
            if let Some(caller) = begin.caller {
                format::text_member(out, "caller", &caller.text);
            }
        });
        let caller = begin.caller.map(|name| Arc::clone(&name.text));
        self.observe(Some(script), || RunEventKind::Begin { caller, steps: begin.steps });
    }

    pub(crate) fn at(&self, script: &ScriptName, index: usize, method: Option<&Value>) {
        self.line(Some(script), "at", |out| {
            format::number_member(out, "index", index as u64);
            if let Some(method) = method {
                format::value_member(out, "method", method);
            }
        });
        self.observe(Some(script), || {
            let method = method.and_then(crate::values::text);
            RunEventKind::At { index, method }
        });
    }

    pub(crate) fn skip(&self, script: &ScriptName, index: usize) {
        self.line(Some(script), "skip", |out| format::number_member(out, "index", index as u64));
        self.observe(Some(script), || RunEventKind::Skip { index });
    }

    pub(crate) fn step(&self, script: &ScriptName, step: &Step<'_>) {
        self.line(Some(script), "step", |out| {
            format::number_member(out, "index", step.index as u64);
            if let Some(method) = step.method {
                format::text_member(out, "method", method);
            }
            format::value_member(out, "params", step.params);
            format::value_member(out, "input", step.input);
            if let Some(uri) = step.uri {
                format::text_member(out, "uri", uri);
            }
            if let Some(id) = step.id {
                format::value_member(out, "id", id);
            }
            if let Some(port) = step.port {
                format::number_member(out, "port", u64::from(port));
            }
        });
        self.observe(Some(script), || RunEventKind::Step {
            index: step.index,
            method: step.method.map(str::to_owned),
            params: without_secrets_in(data(step.params)),
        });
    }

    pub(crate) fn inner(&self, script: Option<&ScriptName>, event: Event) {
        self.line(script, format::kind(&event), |out| format::event(out, &event));
        self.observe(script, || RunEventKind::Inner(without_secrets(event)));
    }

    pub(crate) fn result(
        &self,
        script: &ScriptName,
        index: usize,
        result: &Value,
        variables: &Variables<'_>,
    ) {
        self.line(Some(script), "result", |out| {
            format::number_member(out, "index", index as u64);
            format::value_member(out, "result", result);
            variables.write(out);
        });
        self.observe(Some(script), || RunEventKind::Result {
            index,
            result: data(result),
            local: data(variables.local),
        });
    }

    pub(crate) fn ready(&self, script: &ScriptName, result: &Value, variables: &Variables<'_>) {
        self.line(Some(script), "ready", |out| {
            format::value_member(out, "result", result);
            variables.write(out);
        });
        self.observe(Some(script), || RunEventKind::Ready { local: data(variables.local) });
    }

    pub(crate) fn exit(&self, script: &ScriptName, exit: &Exit<'_>) {
        self.line(Some(script), "exit", |out| {
            format::text_member(out, "status", format::status(exit.status));
            format::value_member(out, "result", exit.result);
            exit.variables.write(out);
            format::number_member(out, "steps", exit.steps as u64);
            format::number_member(out, "wall_ms", exit.wall_ms);
        });
        self.observe(Some(script), || RunEventKind::Exit {
            status: exit.status,
            local: data(exit.variables.local),
            steps: exit.steps,
            wall_ms: exit.wall_ms,
        });
    }
}

impl Variables<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        format::value_member(out, "local", self.local);
        format::value_member(out, "global", self.global);
    }
}

/// Lines are cleaned by their writer; this is the same for observers.
fn without_secrets(mut event: Event) -> Event {
    let text = match &mut event {
        Event::Stream { raw, .. } => raw,
        Event::Warning { message, .. } | Event::Error { message, .. } => message,
        Event::Shell { state: pino_model::ShellState::Start { command, .. }, .. } => command,
        Event::Shell { .. } | Event::Packet { .. } => return event,
    };
    if let std::borrow::Cow::Owned(clean) = Redactor::shared().clean(text) {
        *text = clean;
    }
    event
}

/// The same for values.
fn without_secrets_in(data: Data) -> Data {
    match data {
        Data::String(text) => Data::String(Redactor::shared().clean(&text).into_owned()),
        Data::Array(items) => Data::Array(items.into_iter().map(without_secrets_in).collect()),
        Data::Object(members) => {
            Data::Object(members.into_iter().map(|(name, value)| (name, without_secrets_in(value))).collect())
        }
        other => other,
    }
}

/// For observers only: a value that cannot be told is left out rather than failing the run.
fn data(value: &Value) -> Data {
    pino_vm::to_data(value).unwrap_or_default()
}
