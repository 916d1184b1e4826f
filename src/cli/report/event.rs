//! Event lines of a run in the server as the typed values the report is made from.
//!
//! Must not know: where the lines come from. Members that are missing count as empty: another version may have sent them.

use std::sync::Arc;

use pino_model::{Data, Event, ExitStatus, RunEvent, RunEventKind, ShellState};
use serde_json::Value;

/// Codes the report knows by name.
const CODES: &[&str] = &[
    "unresolved",
    "when-threw",
    "exit-code",
    "duplicate-id",
    "plain-event",
    "deprecated",
    "link-conflict",
    "still-running",
    "on-stop",
    "load",
    "no-run",
    "no-method",
    "unknown-method",
    "bad-target",
    "params",
    "output",
    "failed",
    "callee",
    "no-answer",
    "internal",
];

/// One line as a value; `None` for kinds that are not known here.
pub(crate) fn decode(line: &Value) -> Option<RunEvent> {
    let kind = kind(line)?;
    Some(RunEvent {
        ms: line["ms"].as_u64().unwrap_or_default(),
        script: Arc::from(text(line, "script")),
        kind,
    })
}

fn kind(line: &Value) -> Option<RunEventKind> {
    Some(match line["t"].as_str()? {
        "begin" => {
            let caller = line["caller"].as_str().map(Arc::from);
            RunEventKind::Begin { caller, steps: None }
        }
        "at" => RunEventKind::At { index: index(line), method: line["method"].as_str().map(str::to_owned) },
        "skip" => RunEventKind::Skip { index: index(line) },
        "step" => RunEventKind::Step {
            index: index(line),
            method: line["method"].as_str().map(str::to_owned),
            params: data(line, "params"),
        },
        "result" => RunEventKind::Result {
            index: index(line),
            result: data(line, "result"),
            local: data(line, "local"),
        },
        "ready" => RunEventKind::Ready { local: data(line, "local") },
        "exit" => RunEventKind::Exit {
            status: serde_json::from_value(line["status"].clone()).unwrap_or(ExitStatus::Error),
            local: data(line, "local"),
            steps: line["steps"].as_u64().unwrap_or_default() as usize,
            wall_ms: line["wall_ms"].as_u64().unwrap_or_default(),
        },
        _ => RunEventKind::Inner(inner(line)?),
    })
}

fn inner(line: &Value) -> Option<Event> {
    let place = line["index"].as_u64().map(|index| index as usize);
    Some(match line["t"].as_str()? {
        "stream" => Event::Stream { index: index(line), shell: shell(line), raw: text(line, "raw") },
        "shell" => {
            let state = match line["state"].as_str()? {
                "start" => ShellState::Start {
                    id: text(line, "id"),
                    command: text(line, "command"),
                    cwd: text(line, "cwd"),
                },
                "left" => ShellState::Left,
                _ => ShellState::End { code: line["code"].as_i64().map(|code| code as i32) },
            };
            Event::Shell { index: index(line), shell: shell(line).unwrap_or_default(), state }
        }
        "packet" => Event::Packet {
            index: index(line),
            kind: text(line, "type"),
            id: text(line, "id"),
            data: data(line, "data"),
            wait: line["wait"].as_bool().unwrap_or_default(),
        },
        "warning" => Event::Warning {
            index: place,
            code: code(line),
            message: text(line, "message"),
            extra: line.as_object().cloned().unwrap_or_default(),
        },
        "error" => Event::Error {
            index: place,
            code: code(line),
            message: text(line, "message"),
            events: Vec::new(),
        },
        _ => return None,
    })
}

fn text(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap_or_default().to_owned()
}

fn index(line: &Value) -> usize {
    line["index"].as_u64().unwrap_or_default() as usize
}

fn shell(line: &Value) -> Option<usize> {
    line["shell"].as_u64().map(|shell| shell as usize)
}

fn data(line: &Value, name: &str) -> Data {
    line.get(name).cloned().map_or(Data::Undefined, Data::from)
}

fn code(line: &Value) -> &'static str {
    let code = line["code"].as_str().unwrap_or_default();
    CODES.iter().find(|known| **known == code).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_events() {
        let exit =
            serde_json::json!({"t":"exit","ms":5,"script":"a.js","status":"stopped","steps":2,"wall_ms":4});
        let event = decode(&exit);
        assert!(matches!(
            event.map(|event| event.kind),
            Some(RunEventKind::Exit { status: ExitStatus::Stopped, steps: 2, .. })
        ));
        let end = serde_json::json!({"t":"shell","index":1,"shell":0,"state":"end","code":null});
        assert!(matches!(
            decode(&end).map(|event| event.kind),
            Some(RunEventKind::Inner(Event::Shell { state: ShellState::End { code: None }, .. }))
        ));
        assert!(decode(&serde_json::json!({"t":"console"})).is_none());
    }
}
