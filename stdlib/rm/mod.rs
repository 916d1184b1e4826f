//! `rm`: removes values (not files) in several places by one step.
//!
//! Must not know: how they are kept.

use mlua::Value;

use crate::{Call, Method, MethodError, json, key_path, params::is_nullish};

pub(crate) const TABLE: &[(&str, Method)] = &[("rm", |call| Box::pin(async move { rm(call) }))];

fn rm(call: &Call) -> Result<Value, MethodError> {
    call.object("rm")?;
    key_path::remove_all(call, &call.host.local(&call.place)?, &call.param("local")?)?;
    key_path::remove_all(call, &call.host.global(&call.place)?, &call.param("global")?)?;
    let own = call.param("self")?;
    let files = if is_nullish(&own) { call.param("json")? } else { own };
    json::remove_from_files(call, &files)?;
    Ok(Value::Nil)
}
