//! `json.*`: single values in JSON files.
//!
//! Must not know: variables of a run, except that `json.get` fills `local`.

pub(crate) mod file;
mod merge;
pub(crate) mod query;
mod validate;

use mlua::Value;
use pino_vm::{for_each_property, get_property, set_property, to_js_string};

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("json.get", |call| Box::pin(async move { get(call) })),
    ("json.set", |call| Box::pin(async move { set(call, "json.set") })),
    ("json.rm", |call| Box::pin(async move { rm(call, "json.rm") })),
    ("json.merge", |call| Box::pin(async move { merge::merge(call) })),
    ("json.validate", |call| Box::pin(async move { validate::validate(call) })),
];

fn get(call: &Call) -> Result<Value, MethodError> {
    let mut wanted = Vec::new();
    for_each_property(&call.lua, call.object("json.get")?, |name, path| {
        wanted.push((name.to_owned(), path));
    })?;
    let local = call.host.local(&call.place)?;
    for (name, source) in wanted {
        set_property(&call.lua, &local, &name, load(call, &source)?)?;
    }
    Ok(Value::Nil)
}

/// A file name, or `{file, path}`: what the `JSONPath` selects in it, as a list.
fn load(call: &Call, source: &Value) -> Result<Value, MethodError> {
    let Value::Table(table) = source else {
        return file::load_or_null(call, &to_js_string(&call.lua, source)?);
    };
    let member =
        |name| Ok::<_, MethodError>(to_js_string(&call.lua, &get_property(&call.lua, table, name)?)?);
    let (file, path) = (member("file")?, member("path")?);
    query::select(call, &file::load_or_null(call, &file)?, &path)
}

/// `{file: {key path: value}}` or `{file: [whole content]}`.
pub(crate) fn set(call: &Call, method: &str) -> Result<Value, MethodError> {
    set_files(call, &Value::Table(call.object(method)?.clone()))?;
    Ok(Value::Nil)
}

/// `{file: [key paths]}`.
pub(crate) fn rm(call: &Call, method: &str) -> Result<Value, MethodError> {
    remove_from_files(call, &Value::Table(call.object(method)?.clone()))?;
    Ok(Value::Nil)
}

pub(crate) fn set_files(call: &Call, files: &Value) -> Result<(), MethodError> {
    for (path, changes) in members(call, files)? {
        file::change(call, &path, &changes)?;
    }
    Ok(())
}

pub(crate) fn remove_from_files(call: &Call, files: &Value) -> Result<(), MethodError> {
    for (path, paths) in members(call, files)? {
        file::remove(call, &path, &paths)?;
    }
    Ok(())
}

fn members(call: &Call, files: &Value) -> Result<Vec<(String, Value)>, MethodError> {
    let Value::Table(files) = files else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for_each_property(&call.lua, files, |path, value| found.push((path.to_owned(), value)))?;
    Ok(found)
}
