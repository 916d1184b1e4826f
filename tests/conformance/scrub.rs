//! Replaces what differs from run to run: places, ports handed out, ids.
//!
//! Must not know: which members carry them.

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use regex::Regex;
use serde_json::{Map, Value};

static UUID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").ok());

/// What is replaced by what.
pub(crate) struct Scrubber {
    places: Vec<(String, &'static str)>,
    ports: BTreeSet<i64>,
}

impl Scrubber {
    /// `cwd` and `home` as the first event names them, `root` the scratch folder.
    pub(crate) fn new(cwd: &str, home: &str, root: &Path, ports: BTreeSet<i64>) -> Self {
        let places = vec![
            (cwd.to_owned(), "<CWD>"),
            (home.to_owned(), "<HOME>"),
            (root.to_string_lossy().into_owned(), "<TMP>"),
        ];
        Self { places: places.into_iter().filter(|(from, _)| !from.is_empty()).collect(), ports }
    }

    /// A value with everything replaced, keys too.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number)
                if number.as_f64().is_some_and(|n| n.fract() == 0.0 && self.ports.contains(&(n as i64))) =>
            {
                Value::String("<PORT>".to_owned())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => Value::Object(self.members(members)),
            other => other,
        }
    }

    fn members(&self, members: Map<String, Value>) -> Map<String, Value> {
        members.into_iter().map(|(key, member)| (self.text(key), self.value(member))).collect()
    }

    fn text(&self, mut text: String) -> String {
        for (from, to) in &self.places {
            text = text.replace(from.as_str(), to);
        }
        for port in &self.ports {
            text = replace_number(&text, &port.to_string(), "<PORT>");
        }
        match &*UUID {
            Some(pattern) => pattern.replace_all(&text, "<UUID>").into_owned(),
            None => text,
        }
    }
}

/// Replaces a number that stands alone, not as part of a longer one.
fn replace_number(text: &str, number: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before_is_digit = false;
    while let Some(at) = rest.find(number) {
        let (head, tail) = (&rest[..at], &rest[at + number.len()..]);
        let digit_before = head.chars().next_back().map_or(before_is_digit, |c| c.is_ascii_digit());
        let digit_after = tail.chars().next().is_some_and(|c| c.is_ascii_digit());
        out.push_str(head);
        out.push_str(if digit_before || digit_after { number } else { by });
        before_is_digit = true;
        rest = tail;
    }
    out.push_str(rest);
    out
}
