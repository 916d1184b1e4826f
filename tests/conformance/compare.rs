//! Compares the document of a run with the expectation, part by part, and writes down what differs.
//!
//! Must not know: how the document came about.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    case::Case,
    events::{kind, text},
};

/// One line of what differs for each part of the document named by `checks`.
pub(crate) fn differences(actual: &Value, expected: &Value, checks: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for check in checks {
        match (view(check, actual), view(check, expected)) {
            (Some(actual), Some(expected)) => difference(check, &clean(&actual), &clean(&expected), &mut out),
            _ => out.push(format!("unknown check: {check}")),
        }
    }
    out
}

/// Warnings that did not come, and errors that are not the ones the case names.
pub(crate) fn missing_codes(events: &[Value], case: &Case) -> Vec<String> {
    let codes = |wanted: &str| -> Vec<String> {
        events
            .iter()
            .filter(|event| kind(event) == wanted)
            .map(|event| text(event, "code").to_owned())
            .collect()
    };
    let warned = codes("warning");
    let mut out: Vec<String> = case
        .warnings
        .iter()
        .filter(|code| !warned.contains(code))
        .map(|code| format!("no warning with code {code}"))
        .collect();
    let raised = codes("error");
    if let Some(wanted) = case.error_codes.as_ref().filter(|wanted| **wanted != raised) {
        out.push(format!("error codes\n  expected {wanted:?}\n  actual   {raised:?}"));
    }
    out
}

/// One part of a document, in the form that is compared.
fn view(check: &str, document: &Value) -> Option<Value> {
    let steps = document.get("steps").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of = |step: &Value, more: &[&str]| -> Value {
        ["script", "index"].iter().chain(more).map(|name| member(step, name)).collect()
    };
    let ran = |wanted: &str, more: &[&str]| -> Value {
        steps
            .iter()
            .filter(|step| !has(step, "skipped") && step.get(wanted).is_some())
            .map(|step| of(step, more))
            .collect()
    };
    let any = |wanted: &str| -> Value {
        steps.iter().filter(|step| step.get(wanted).is_some()).map(|step| of(step, &[wanted])).collect()
    };
    Some(match check {
        "exit" | "local" | "files" => member(document, check),
        "global" => or_empty(member(document, "global"), json!({})),
        "packets" => or_empty(member(document, "packets"), json!([])),
        "errors" => or_empty(member(document, "error_events"), json!([])),
        "order" => steps
            .iter()
            .map(|step| json!([member(step, "script"), member(step, "index"), state(step)]))
            .collect(),
        "params" => ran("params", &["method", "params"]),
        "input" => ran("input", &["input"]),
        "result" => ran("result", &["result"]),
        "output" => steps
            .iter()
            .filter(|step| !has(step, "skipped") && step.get("method") == Some(&json!("shell.run")))
            .map(|step| of(step, &["output"]))
            .collect(),
        "log" => any("log"),
        "step-local" => any("local"),
        _ => return None,
    })
}

fn member(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or(Value::Null)
}

fn has(step: &Value, mark: &str) -> bool {
    step.get(mark) == Some(&Value::Bool(true))
}

fn or_empty(value: Value, empty: Value) -> Value {
    if value.is_null() { empty } else { value }
}

fn state(step: &Value) -> &'static str {
    if has(step, "skipped") {
        "skipped"
    } else if has(step, "failed") {
        "failed"
    } else {
        "ran"
    }
}

/// Object members the reference recorded as "undefined" are the same as absent ones; numbers are doubles.
fn clean(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(clean).collect(),
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(_, member)| !member.get("$undefined").is_some_and(|mark| *mark != json!(false)));
            Value::Object(kept.map(|(key, member)| (key.clone(), clean(member))).collect::<Map<_, _>>())
        }
        Value::Number(number) => number.as_f64().map_or(Value::Null, |double| json!(double)),
        other => other.clone(),
    }
}

fn difference(check: &str, actual: &Value, expected: &Value, out: &mut Vec<String>) {
    if actual == expected {
        return;
    }
    match (actual, expected) {
        (Value::Array(a), Value::Array(e)) => {
            let first = (0..a.len().max(e.len())).find(|at| a.get(*at) != e.get(*at)).unwrap_or(0);
            out.push(shown(check, &first.to_string(), a.get(first), e.get(first)));
        }
        (Value::Object(a), Value::Object(e)) => {
            let keys: BTreeSet<&String> = a.keys().chain(e.keys()).collect();
            out.extend(
                keys.into_iter()
                    .filter(|key| a.get(*key) != e.get(*key))
                    .map(|key| shown(check, key, a.get(key), e.get(key))),
            );
        }
        _ => out.push(shown(check, "", Some(actual), Some(expected))),
    }
}

fn shown(check: &str, at: &str, actual: Option<&Value>, expected: Option<&Value>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{check} {at}\n  expected {}\n  actual   {}", text(expected), text(actual))
}
