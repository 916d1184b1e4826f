//! `set`: values in several places by one step.
//!
//! Must not know: when secrets are read.

mod key;

use mlua::Value;
use pino_vm::is_array;

use crate::{Call, Method, MethodError, json, key_path, params::is_nullish};

pub(crate) const TABLE: &[(&str, Method)] = &[("set", |call| Box::pin(async move { set(call) }))];

fn set(call: &Call) -> Result<Value, MethodError> {
    call.object("set")?;
    for (name, memory) in
        [("local", call.host.local(&call.place)?), ("global", call.host.global(&call.place)?)]
    {
        match call.param(name)? {
            Value::Table(list) if is_array(&list) => key_path::replace(&call.lua, &memory, &list)?,
            Value::Table(changes) => key_path::set_all(&call.lua, &memory, &changes)?,
            _ => continue,
        }
        let shown = pino_vm::stringify_json(&call.lua, &Value::Table(memory), 2)?.unwrap_or_default();
        call.print_lines(&format!("{shown}\n"));
    }
    let own = call.param("self")?;
    let files = if is_nullish(&own) { call.param("json")? } else { own };
    json::set_files(call, &files)?;
    key::store(call, &call.param("key")?)?;
    Ok(Value::Nil)
}
