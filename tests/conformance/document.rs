//! Events of a run → the document cases are compared by.
//!
//! Must not know: expectations; how the events came.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::LazyLock,
};

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::{
    events::{integer, kind, script, text},
    scrub::Scrubber,
};

static ESCAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("\u{1b}\\[[0-9;?]*[ -/]*[@-~]|\u{1b}\\][^\u{7}\u{1b}]*(?:\u{7}|\u{1b}\\\\)|\u{1b}[=>]").ok()
});
const PACKETS: [&str; 4] = ["notify", "input", "modal", "web.open"];

/// What one shell printed.
#[derive(Default)]
struct Shell {
    raw: String,
    left: bool,
}

/// A step as it grows while the events are read.
#[derive(Default)]
struct Step {
    script: Option<String>,
    index: i64,
    method: Option<Value>,
    skipped: bool,
    failed: bool,
    started: bool,
    params: Option<Value>,
    input: Value,
    uri: Option<Value>,
    result: Option<Value>,
    local: Option<Value>,
    printed: String,
    shells: BTreeMap<usize, Shell>,
}

#[derive(Default)]
struct Reader<'run> {
    steps: Vec<Step>,
    pending: BTreeMap<Option<&'run str>, &'run Value>,
    open: BTreeMap<Option<&'run str>, usize>,
    errors: Vec<Value>,
    packets: Vec<Value>,
    ports: BTreeSet<i64>,
}

/// The document of a run; `files` is what changed in the app folder.
pub(crate) fn build(events: &[Value], files: Map<String, Value>, root: &Path) -> Value {
    let mut reader = Reader::default();
    for event in events {
        reader.read(event);
    }
    let begin = events.iter().find(|event| kind(event) == "begin").cloned().unwrap_or_default();
    let of_main = |event: &&Value| {
        kind(event) == "exit" && (script(event).is_none() || script(event) == script(&begin))
    };
    let exit = events.iter().rev().find(of_main).cloned().unwrap_or_default();
    let scrubber = Scrubber::new(text(&begin, "cwd"), text(&begin, "home"), root, reader.ports.clone());
    scrubber.value(reader.finish(&exit, files))
}

impl<'run> Reader<'run> {
    fn read(&mut self, event: &'run Value) {
        if let Some(port) = integer(event, "port") {
            self.ports.insert(port);
        }
        match kind(event) {
            "at" => {
                self.pending.insert(script(event), event);
            }
            "skip" => self.skip(event),
            "step" => self.step(event),
            "shell" => self.shell(event),
            "stream" => self.stream(event),
            "result" => self.result(event),
            "error" => self.error(event),
            "packet" if PACKETS.contains(&text(event, "type")) => {
                let mut packet = json!({ "type": text(event, "type"), "script": script(event) });
                if let (Some(data), Some(members)) = (event.get("data"), packet.as_object_mut()) {
                    members.insert("data".to_owned(), data.clone());
                }
                self.packets.push(packet);
            }
            _ => {}
        }
    }

    /// The step an event belongs to: the open one of its script, else the last of that index that was not skipped.
    fn latest(&mut self, event: &Value) -> Option<&mut Step> {
        let index = integer(event, "index");
        let open = self.open.get(&script(event)).copied().filter(|at| Some(self.steps[*at].index) == index);
        let found = open.or_else(|| {
            let same = |step: &Step| {
                step.script.as_deref() == script(event) && Some(step.index) == index && !step.skipped
            };
            self.steps.iter().rposition(same)
        })?;
        self.steps.get_mut(found)
    }

    fn skip(&mut self, event: &'run Value) {
        let at = self.pending.remove(&script(event)).unwrap_or(event);
        self.steps.push(Step { skipped: true, method: at.get("method").cloned(), ..bare(event) });
    }

    fn step(&mut self, event: &'run Value) {
        self.pending.remove(&script(event));
        self.open.insert(script(event), self.steps.len());
        self.steps.push(Step {
            started: true,
            method: event.get("method").cloned(),
            params: event.get("params").cloned(),
            input: reduced(event.get("input")),
            uri: event.get("uri").filter(|uri| truthy(uri)).cloned(),
            ..bare(event)
        });
    }

    fn shell(&mut self, event: &'run Value) {
        let left = text(event, "state") == "left";
        let number = integer(event, "shell").unwrap_or(0) as usize;
        if let Some(step) = self.latest(event) {
            let shell = step.shells.entry(number).or_default();
            shell.left = shell.left || left;
        }
    }

    fn stream(&mut self, event: &'run Value) {
        let number = integer(event, "shell");
        if let Some(step) = self.latest(event) {
            let printed = match number {
                Some(number) => &mut step.shells.entry(number as usize).or_default().raw,
                None => &mut step.printed,
            };
            printed.push_str(text(event, "raw"));
        }
    }

    fn result(&mut self, event: &'run Value) {
        let (result, local) = (reduced(event.get("result")), event.get("local").cloned());
        if let Some(step) = self.latest(event) {
            step.result = Some(result);
            step.local = local;
        }
    }

    fn error(&mut self, event: &'run Value) {
        if let Some(at) = self.pending.remove(&script(event)) {
            self.steps.push(Step {
                failed: true,
                method: at.get("method").cloned(),
                index: integer(at, "index").unwrap_or(-1),
                ..bare(event)
            });
        } else if let Some(open) = self.open.get(&script(event)).copied() {
            let step = &mut self.steps[open];
            step.failed =
                step.failed || (Some(step.index) == integer(event, "index") && step.result.is_none());
        }
        if let Some(Value::Array(texts)) =
            event.get("events").filter(|list| list.as_array().is_some_and(|list| !list.is_empty()))
        {
            self.errors.push(Value::Array(texts.clone()));
        }
    }

    fn finish(self, exit: &Value, files: Map<String, Value>) -> Value {
        let steps: Vec<Value> = self.steps.into_iter().map(shown).collect();
        let mut document = json!({
            "exit": exit.get("status"),
            "steps": steps,
            "local": exit.get("local").cloned().unwrap_or_else(|| json!({})),
            "files": files,
        });
        if let Some(members) = document.as_object_mut() {
            if let Some(global) = exit
                .get("global")
                .filter(|global| global.as_object().is_some_and(|members| !members.is_empty()))
            {
                members.insert("global".to_owned(), global.clone());
            }
            if !self.packets.is_empty() {
                members.insert("packets".to_owned(), Value::Array(self.packets));
            }
            if !self.errors.is_empty() {
                members.insert("error_events".to_owned(), Value::Array(self.errors));
            }
        }
        document
    }
}

fn bare(event: &Value) -> Step {
    Step {
        script: script(event).map(str::to_owned),
        index: integer(event, "index").unwrap_or(-1),
        ..Step::default()
    }
}

/// JavaScript truth.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64().is_some_and(|n| n != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A shell's result is reduced to what every implementation can agree on; absent is null.
fn reduced(value: Option<&Value>) -> Value {
    let Some(value) = value else { return Value::Null };
    let Some(members) = value
        .as_object()
        .filter(|members| members.contains_key("stdout") && members.contains_key("response"))
    else {
        return value.clone();
    };
    let mut short = json!({ "event": members.get("event") });
    if let (Some(error), Some(out)) =
        (members.get("error").filter(|error| truthy(error)), short.as_object_mut())
    {
        out.insert("error".to_owned(), error.clone());
    }
    short
}

fn shown(step: Step) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("script", step.script.map(Value::String));
    put("index", Some(json!(step.index)));
    put("method", step.method.clone());
    put("skipped", step.skipped.then_some(Value::Bool(true)));
    put("failed", step.failed.then_some(Value::Bool(true)));
    put("params", step.params);
    put("input", step.started.then_some(step.input));
    put("uri", step.uri);
    let event = step
        .result
        .as_ref()
        .and_then(|result| result.get("event"))
        .and_then(|event| event.get(0))
        .and_then(Value::as_str)
        .map(str::to_owned);
    put("result", step.result);
    put("local", step.local);
    let method = step.method.as_ref().and_then(Value::as_str).unwrap_or("");
    if step.started && method == "shell.run" {
        put("output", output(&step.shells, event.as_deref()));
    }
    if step.started && ["log", "fs.cat"].contains(&method) && !step.printed.is_empty() {
        put("log", Some(Value::String(step.printed.replace("\r\n", "\n"))));
    }
    Value::Object(out)
}

fn output(shells: &BTreeMap<usize, Shell>, event: Option<&str>) -> Option<Value> {
    let last = *shells.keys().next_back()?;
    let of =
        |number: usize| shells.get(&number).map_or_else(|| json!([]), |shell| json!(lines(shell, event)));
    Some(Value::Array((0..=last).map(of).collect()))
}

/// Lines of one shell; of a shell that was left running only the text up to the end of the match counts.
fn lines(shell: &Shell, event: Option<&str>) -> Vec<String> {
    let plain = match &*ESCAPES {
        Some(pattern) => pattern.replace_all(&shell.raw, "").into_owned(),
        None => shell.raw.clone(),
    };
    let mut seen = without_leading_returns(&plain.replace("\r\n", "\n"));
    if let Some(event) = event.filter(|_| shell.left)
        && let Some(at) = seen.find(event)
    {
        seen.truncate(at + event.len());
    }
    if seen.trim().is_empty() {
        Vec::new()
    } else {
        seen.trim_end_matches('\n').split('\n').map(str::to_owned).collect()
    }
}

/// Drops carriage returns that stand at the beginning of a line.
fn without_leading_returns(text: &str) -> String {
    let mut before = '\n';
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !(c == '\r' && matches!(before, '\n' | '\r' | '\u{2028}' | '\u{2029}')) {
            out.push(c);
        }
        before = c;
    }
    out
}
