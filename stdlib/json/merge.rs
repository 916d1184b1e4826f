//! `json.merge`: whole objects laid over the content of JSON files (RFC 7396); our addition.
//!
//! Must not know: key paths.

use mlua::{Lua, Table, Value};
use pino_vm::{
    delete_property, for_each_property, get_property, is_array, new_object, set_property, to_js_string,
};

use super::{file, members};
use crate::{Call, MethodError, params::is_null};

/// How deep objects are merged; deeper ones take the place of the old.
const DEEPEST: usize = 64;

/// `{file: object}`: members are added or replaced, `null` removes, objects inside are merged.
pub(super) fn merge(call: &Call) -> Result<Value, MethodError> {
    for (path, changes) in members(call, &Value::Table(call.object("json.merge")?.clone()))? {
        match changes {
            Value::Table(changes) if !is_array(&changes) => {
                file::update(call, &path, |content| lay_over(&call.lua, content, &changes, 0))?;
            }
            other => {
                let text = to_js_string(&call.lua, &other)?;
                return Err(MethodError::BadParams(format!(
                    "json.merge: what to lay over {path} must be an object, not {text}"
                )));
            }
        }
    }
    Ok(Value::Nil)
}

fn lay_over(lua: &Lua, target: &Table, changes: &Table, depth: usize) -> Result<(), MethodError> {
    let mut found = Vec::new();
    for_each_property(lua, changes, |name, value| found.push((name.to_owned(), value)))?;
    for (name, value) in found {
        match value {
            value if is_null(&value) => {
                delete_property(lua, target, &name)?;
            }
            Value::Table(inner) if !is_array(&inner) && depth < DEEPEST => {
                let below = match get_property(lua, target, &name)? {
                    Value::Table(old) if !is_array(&old) => old,
                    _ => new_object(lua)?,
                };
                lay_over(lua, &below, &inner, depth + 1)?;
                set_property(lua, target, &name, Value::Table(below))?;
            }
            Value::Nil => {}
            value => set_property(lua, target, &name, value)?,
        }
    }
    Ok(())
}
