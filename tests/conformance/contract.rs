//! Rules of the event stream without which a document would mean nothing.
//!
//! Must not know: cases.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::events::{integer, kind, script};

const KINDS: [&str; 12] = [
    "begin", "at", "skip", "step", "shell", "stream", "packet", "result", "warning", "error", "ready", "exit",
];
const OF_A_STEP: [&str; 7] = ["at", "skip", "step", "shell", "stream", "packet", "result"];
const STATUSES: [&str; 5] = ["done", "error", "daemon", "stopped", "timeout"];
const COMPLAINTS_AT_MOST: usize = 5;

#[derive(Default)]
struct Checker<'run> {
    complaints: Vec<String>,
    at: BTreeMap<Option<&'run str>, i64>,
    running: BTreeMap<Option<&'run str>, i64>,
}

/// Everything in the events that breaks the contract.
pub(crate) fn violations(events: &[Value]) -> Vec<String> {
    let mut checker = Checker::default();
    checker.ends(events);
    let mut before_ms = 0;
    for event in events {
        checker.event(event);
        let now_ms = integer(event, "ms").unwrap_or(-1);
        if now_ms < before_ms {
            checker.say(event, "ms is missing or went backwards");
        }
        before_ms = now_ms;
    }
    checker.complaints
}

impl<'run> Checker<'run> {
    fn say(&mut self, event: &Value, why: &str) {
        if self.complaints.len() < COMPLAINTS_AT_MOST {
            let shown: String = event.to_string().chars().take(200).collect();
            self.complaints.push(format!("{why}: {shown}"));
        }
    }

    fn ends(&mut self, events: &[Value]) {
        let first = events.first();
        match first.filter(|event| kind(event) == "begin") {
            None => self.complaints.push("the first line is not begin".to_owned()),
            Some(begin) => {
                for member in ["run", "script", "cwd", "home"] {
                    if !begin.get(member).is_some_and(Value::is_string) {
                        self.say(begin, &format!("begin.{member} is not a string"));
                    }
                }
            }
        }
        match events.last().filter(|event| kind(event) == "exit" && script(event) == first.and_then(script)) {
            None => self.complaints.push("the last line is not the exit of the main script".to_owned()),
            Some(exit)
                if !exit
                    .get("status")
                    .and_then(Value::as_str)
                    .is_some_and(|status| STATUSES.contains(&status)) =>
            {
                self.say(exit, "unknown status");
            }
            Some(_) => {}
        }
    }

    fn event(&mut self, event: &'run Value) {
        let kind = kind(event);
        if !KINDS.contains(&kind) {
            self.say(event, "unknown event");
            return;
        }
        if OF_A_STEP.contains(&kind) && (script(event).is_none() || integer(event, "index").is_none()) {
            self.say(event, "script or index missing");
        }
        self.order(event, kind);
        self.members(event, kind);
    }

    fn order(&mut self, event: &'run Value, kind: &str) {
        let (of, index) = (script(event), integer(event, "index").unwrap_or(-1));
        match kind {
            "at" => {
                self.at.insert(of, index);
            }
            "skip" | "step" => {
                if self.at.remove(&of) != Some(index) {
                    self.say(event, "no at before it");
                }
                if kind == "step" {
                    self.running.insert(of, index);
                }
            }
            "result" if self.running.remove(&of) != Some(index) => self.say(event, "no step before it"),
            _ => {}
        }
    }

    fn members(&mut self, event: &Value, kind: &str) {
        let is_text = |member: &str| event.get(member).is_some_and(Value::is_string);
        let state = event.get("state").and_then(Value::as_str).unwrap_or("");
        let complaint = match kind {
            "stream" if !is_text("raw") => "raw is not a string",
            "shell" if integer(event, "shell").is_none() || !["start", "left", "end"].contains(&state) => {
                "bad shell event"
            }
            "error" if !is_text("code") || !is_text("message") => "code or message missing",
            "packet" if !is_text("type") || !is_text("id") => "type or id missing",
            _ => return,
        };
        self.say(event, complaint);
    }
}
