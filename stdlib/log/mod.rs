//! `log`: text for whoever watches.
//!
//! Must not know: terminals.

use mlua::Value;
use pino_vm::{stringify_json, to_js_string};

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("log", |call| Box::pin(async move { log(call) }))];

/// The first form that is given counts; null is given.
fn log(call: &Call) -> Result<Value, MethodError> {
    for form in ["raw", "text", "json", "json2"] {
        let value = call.param(form)?;
        if value.is_nil() {
            continue;
        }
        let text = match form {
            "json" => stringify_json(&call.lua, &value, 0)?.unwrap_or_else(|| "undefined".to_owned()),
            "json2" => stringify_json(&call.lua, &value, 2)?.unwrap_or_else(|| "undefined".to_owned()),
            _ => to_js_string(&call.lua, &value)?,
        };
        call.print_lines(&format!("{text}\n"));
        break;
    }
    Ok(Value::Nil)
}
