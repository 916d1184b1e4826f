//! One JSON file: read, changed by key paths, written with two spaces of indent so that there is always a complete one.
//!
//! Must not know: which method asked. Only names ending in `.json` are touched.

use std::{fs, io, path::Path};

use mlua::{Table, Value};
use pino_vm::{for_each_property, is_array, is_object, new_object, parse_json, stringify_json};

use super::query;

use crate::{Call, MethodError, files::write_atomically, key_path, params::file_error};

fn is_json_name(call: &Call, path: &str) -> bool {
    let is_json = Path::new(path).extension().is_some_and(|extension| extension == "json");
    if !is_json {
        let text = format!("{path} is passed over: only names ending in .json are read and written here");
        call.warn("not-json", text, &[("path", path.into())]);
    }
    is_json
}

/// The content; null when the file is missing or broken (with a warning then).
pub(crate) fn load_or_null(call: &Call, given: &str) -> Result<Value, MethodError> {
    let path = call.readable(given)?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(parse_json(&call.lua, without_mark(&text)).unwrap_or_else(|error| {
            call.warn(
                "not-json",
                format!("{given} is no valid JSON, so it counts as null: {error}"),
                &[("path", given.into())],
            );
            Value::NULL
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::NULL),
        Err(error) => Err(file_error("read", &path)(error)),
    }
}

/// The content as plain JSON; a missing or broken file is an error.
pub(crate) fn read_json(call: &Call, given: &str) -> Result<serde_json::Value, MethodError> {
    let path = call.readable(given)?;
    let text = fs::read_to_string(&path).map_err(file_error("read", &path))?;
    serde_json::from_str(without_mark(&text)).map_err(|error| {
        MethodError::Failed(format!("{} is no valid JSON: {error}; repair it and run again", path.display()))
    })
}

/// Changes the object in a file in place; a missing file starts empty.
pub(crate) fn update(
    call: &Call,
    given: &str,
    change: impl FnOnce(&Table) -> Result<(), MethodError>,
) -> Result<(), MethodError> {
    if !is_json_name(call, given) {
        return Ok(());
    }
    let path = call.writable(given)?;
    let content = load_object(call, &path)?.map_or_else(|| new_object(&call.lua), Ok)?;
    change(&content)?;
    save(call, &path, &Value::Table(content))
}

/// Sets values by key paths or `JSONPath`; a list takes the place of the whole content.
pub(crate) fn change(call: &Call, given: &str, changes: &Value) -> Result<(), MethodError> {
    if !is_json_name(call, given) {
        return Ok(());
    }
    match changes {
        Value::Table(list) if is_array(list) => save(call, &call.writable(given)?, changes),
        Value::Table(changes) => update(call, given, |content| set_members(call, content, changes)),
        _ => Err(MethodError::BadParams(format!(
            "what to set in {given} must be an object of key paths or a list"
        ))),
    }
}

fn set_members(call: &Call, content: &Table, changes: &Table) -> Result<(), MethodError> {
    let mut result = Ok(());
    for_each_property(&call.lua, changes, |path, value| {
        if result.is_ok() {
            result = if query::is_query(path) {
                query::set(&call.lua, content, path, &value)
            } else {
                key_path::set(&call.lua, content, path, value)
            };
        }
    })?;
    result
}

/// Removes values by key paths or `JSONPath`; a missing file stays missing.
pub(crate) fn remove(call: &Call, given: &str, paths: &Value) -> Result<(), MethodError> {
    if !is_json_name(call, given) {
        return Ok(());
    }
    let path = call.writable(given)?;
    let Some(content) = load_object(call, &path)? else { return Ok(()) };
    for path in call.texts_of(paths)? {
        if query::is_query(&path) {
            query::remove(&call.lua, &content, &path)?;
        } else {
            key_path::remove(&call.lua, &content, &path)?;
        }
    }
    save(call, &path, &Value::Table(content))
}

/// The object in a file that is going to be changed; a broken file is an error, never overwritten.
fn load_object(call: &Call, path: &Path) -> Result<Option<Table>, MethodError> {
    let text = match fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => return Ok(None),
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error("read", path)(error)),
    };
    let broken = |cause: &str| {
        MethodError::Failed(format!(
            "{} cannot be changed because {cause}; repair or remove it and run again",
            path.display()
        ))
    };
    let content = parse_json(&call.lua, without_mark(&text))
        .map_err(|error| broken(&format!("it is no valid JSON ({error})")))?;
    match content {
        Value::Table(table) if is_object(&Value::Table(table.clone())) => Ok(Some(table)),
        value if crate::params::is_null(&value) => Ok(None),
        _ => Err(broken("its content is neither an object nor a list")),
    }
}

fn save(call: &Call, path: &Path, content: &Value) -> Result<(), MethodError> {
    let text = stringify_json(&call.lua, content, 2)?.unwrap_or_default();
    write_atomically(path, text.as_bytes())
}

/// Some editors put a byte order mark in front.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
