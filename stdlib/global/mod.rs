//! `global.*`: variables of a script that later runs of it see too.
//!
//! Must not know: how long they are kept.

use mlua::Value;
use pino_vm::is_array;

use crate::{Call, Method, MethodError, key_path};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("global.set", |call| Box::pin(async move { set(call) })),
    ("global.rm", |call| Box::pin(async move { rm(call) })),
];

fn set(call: &Call) -> Result<Value, MethodError> {
    let params = call.object("global.set")?;
    let global = call.host.global(&call.place)?;
    if is_array(params) {
        key_path::replace(&call.lua, &global, params)?;
    } else {
        key_path::set_all(&call.lua, &global, params)?;
    }
    Ok(Value::Nil)
}

fn rm(call: &Call) -> Result<Value, MethodError> {
    key_path::remove_all(call, &call.host.global(&call.place)?, &call.params)?;
    Ok(Value::Nil)
}
