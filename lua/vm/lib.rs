//! The Lua VM: sandbox, limits, value bridge, event loop, tracebacks in JavaScript lines.
//!
//! Must not know: scripts, steps, the engine.

use mlua::{Lua, Result, Value};
use pino_model::Data;

/// A VM value as plain data.
pub fn to_data(_value: &Value) -> Result<Data> {
    Ok(Data::Undefined)
}

/// Plain data as a VM value.
pub fn from_data(_lua: &Lua, _data: &Data) -> Result<Value> {
    Ok(Value::Nil)
}
