//! Small questions asked of an event line.
//!
//! Must not know: cases, documents.

use serde_json::Value;

/// The kind of an event.
pub(crate) fn kind(event: &Value) -> &str {
    text(event, "t")
}

/// A text member, empty when absent.
pub(crate) fn text<'event>(event: &'event Value, member: &str) -> &'event str {
    event.get(member).and_then(Value::as_str).unwrap_or("")
}

/// A whole number, as JavaScript's `Number.isInteger` sees it.
pub(crate) fn integer(event: &Value, member: &str) -> Option<i64> {
    let number = event.get(member)?.as_f64()?;
    (number.fract() == 0.0).then_some(number as i64)
}

/// The script an event belongs to, as a key (an absent one is its own key).
pub(crate) fn script(event: &Value) -> Option<&str> {
    event.get("script").and_then(Value::as_str)
}
