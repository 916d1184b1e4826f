//! The members of event lines. Written by hand because lines are the hot path: no intermediate values, no maps.
//!
//! Must not know: when an event is sent.

use std::io::Write as _;

use pino_model::{Event, ExitStatus, ShellState};
use pino_vm::Value;

/// `{"t":"at","ms":12,"script":"x"` – the object is left open.
pub(super) fn head(out: &mut Vec<u8>, kind: &str, ms: u64, script: Option<&[u8]>) {
    out.extend_from_slice(b"{\"t\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"ms\":");
    number(out, ms);
    if let Some(script) = script {
        out.push(b',');
        out.extend_from_slice(script);
    }
}

/// JSON text of a string.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    json(out, text);
}

pub(super) fn text_member(out: &mut Vec<u8>, name: &str, text: &str) {
    member(out, name);
    json(out, text);
}

pub(super) fn number_member(out: &mut Vec<u8>, name: &str, value: u64) {
    member(out, name);
    number(out, value);
}

/// A VM value; an undefined one is an absent member.
pub(super) fn value_member(out: &mut Vec<u8>, name: &str, value: &Value) {
    if value.is_nil() || matches!(value, Value::Function(_)) {
        return;
    }
    let before = out.len();
    member(out, name);
    if pino_vm::write_json(value, out).is_err() {
        // a value without a JSON form (nested without end) must not spoil the line
        out.truncate(before);
    }
}

pub(super) fn status(status: ExitStatus) -> &'static str {
    match status {
        ExitStatus::Done => "done",
        ExitStatus::Error => "error",
        ExitStatus::Stopped => "stopped",
        ExitStatus::Timeout => "timeout",
        ExitStatus::Daemon => "daemon",
    }
}

pub(super) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Shell { .. } => "shell",
        Event::Stream { .. } => "stream",
        Event::Packet { .. } => "packet",
        Event::Warning { .. } => "warning",
        Event::Error { .. } => "error",
    }
}

/// The members of an event of a step.
pub(super) fn event(out: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Stream { index, shell, raw } => {
            number_member(out, "index", *index as u64);
            if let Some(shell) = shell {
                number_member(out, "shell", *shell as u64);
            }
            text_member(out, "raw", raw);
        }
        Event::Shell { index, shell, state } => {
            number_member(out, "index", *index as u64);
            number_member(out, "shell", *shell as u64);
            shell_state(out, state);
        }
        Event::Packet { index, kind, id, data, wait } => {
            number_member(out, "index", *index as u64);
            text_member(out, "type", kind);
            text_member(out, "id", id);
            if !matches!(data, pino_model::Data::Undefined | pino_model::Data::Function) {
                member(out, "data");
                json(out, data);
            }
            if *wait {
                member(out, "wait");
                out.extend_from_slice(b"true");
            }
        }
        Event::Warning { index, code, message, extra } => {
            optional_index(out, *index);
            text_member(out, "code", code);
            text_member(out, "message", message);
            for (name, value) in extra {
                member(out, name);
                json(out, value);
            }
        }
        Event::Error { index, code, message, events } => {
            optional_index(out, *index);
            text_member(out, "code", code);
            text_member(out, "message", message);
            if !events.is_empty() {
                member(out, "events");
                json(out, events);
            }
        }
    }
}

fn shell_state(out: &mut Vec<u8>, state: &ShellState) {
    match state {
        ShellState::Start { id, command, cwd } => {
            text_member(out, "state", "start");
            text_member(out, "id", id);
            text_member(out, "command", command);
            text_member(out, "cwd", cwd);
        }
        ShellState::Left => text_member(out, "state", "left"),
        ShellState::End { code } => {
            text_member(out, "state", "end");
            member(out, "code");
            json(out, code);
        }
    }
}

fn optional_index(out: &mut Vec<u8>, index: Option<usize>) {
    if let Some(index) = index {
        number_member(out, "index", index as u64);
    }
}

fn member(out: &mut Vec<u8>, name: &str) {
    // names of members are our own words: nothing in them needs escaping
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn number(out: &mut Vec<u8>, value: u64) {
    // writing into memory cannot fail
    let _ = write!(out, "{value}");
}

fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind_of: &Event) -> String {
        let mut out = Vec::new();
        head(&mut out, kind(kind_of), 7, Some(b"\"script\":\"a.json\""));
        event(&mut out, kind_of);
        out.push(b'}');
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn lines_are_what_the_contract_shows() {
        let stream = Event::Stream { index: 0, shell: Some(1), raw: "a\r\n\u{1b}[0m\"".into() };
        assert_eq!(
            line(&stream),
            r#"{"t":"stream","ms":7,"script":"a.json","index":0,"shell":1,"raw":"a\r\n\u001b[0m\""}"#
        );
        let end = Event::Shell { index: 2, shell: 0, state: ShellState::End { code: None } };
        assert_eq!(
            line(&end),
            r#"{"t":"shell","ms":7,"script":"a.json","index":2,"shell":0,"state":"end","code":null}"#
        );
        let error = Event::Error { index: None, code: "load", message: "no".into(), events: Vec::new() };
        assert_eq!(line(&error), r#"{"t":"error","ms":7,"script":"a.json","code":"load","message":"no"}"#);
    }
}
