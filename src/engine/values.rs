//! Small readings of VM values.
//!
//! Must not know: what the values mean.

use pino_vm::Value;

/// The text, when the value is one.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string_lossy()),
        _ => None,
    }
}
