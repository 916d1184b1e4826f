//! `local.*`: the variables of this run.
//!
//! Must not know: how a run keeps them. `local.set` is the most frequent method of loops: it works on live VM objects only.

mod share;

use mlua::{Table, Value};
use pino_vm::{for_each_property, is_array, set_property};

use crate::{Call, Method, MethodError, key_path};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("local.set", |call| Box::pin(async move { set(call) })),
    ("local.rm", |call| Box::pin(async move { rm(call) })),
    ("local.import", |call| Box::pin(async move { import(call) })),
];

fn set(call: &Call) -> Result<Value, MethodError> {
    let params = call.object("local.set")?;
    let local = call.host.local(&call.place)?;
    if is_array(params) {
        key_path::replace(&call.lua, &local, params)?;
    } else {
        set_members(call, &local, params)?;
    }
    Ok(Value::Nil)
}

/// One pass over the members; only an address among them is worth a look at the settings for sharing.
fn set_members(call: &Call, local: &Table, params: &Table) -> Result<(), MethodError> {
    let (mut result, mut has_address) = (Ok(()), false);
    for_each_property(&call.lua, params, |path, value| {
        has_address |= share::is_address(&value);
        if result.is_ok() {
            result = key_path::set(&call.lua, local, path, value);
        }
    })?;
    result?;
    if has_address { share::warn_if_asked(call, params) } else { Ok(()) }
}

fn rm(call: &Call) -> Result<Value, MethodError> {
    key_path::remove_all(call, &call.host.local(&call.place)?, &call.params)?;
    Ok(Value::Nil)
}

fn import(call: &Call) -> Result<Value, MethodError> {
    let mut wanted = Vec::new();
    for_each_property(&call.lua, call.object("local.import")?, |name, uri| {
        wanted.push((name.to_owned(), uri));
    })?;
    let local = call.host.local(&call.place)?;
    for (name, uri) in wanted {
        let script = call.path(&pino_vm::to_js_string(&call.lua, &uri)?)?;
        let value = call.host.local_of(&script).map_or(Value::Nil, Value::Table);
        set_property(&call.lua, &local, &name, value)?;
    }
    Ok(Value::Nil)
}
