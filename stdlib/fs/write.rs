//! `fs.write` and `fs.append`.
//!
//! Must not know: reading. A write leaves the old file or the new one, never half of it.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use mlua::Value;
use pino_vm::{buffer_bytes, stringify_json, to_js_string};

use crate::{
    Call, MethodError,
    files::write_atomically,
    params::{blocking, elements, file_error, is_nullish, number, truthy},
};

/// Forms of content, in the order in which the first true one counts.
const FORMS: [&str; 4] = ["json", "json2", "buffer", "text"];

/// Writes a file anew.
pub(super) async fn write(call: &Call) -> Result<Value, MethodError> {
    let (path, content) = prepare(call, "fs.write")?;
    blocking(move || {
        refuse_folder(&path)?;
        write_atomically(&path, &content)
    })
    .await?;
    Ok(Value::Nil)
}

/// Adds to the end of a file.
pub(super) async fn append(call: &Call) -> Result<Value, MethodError> {
    let (path, content) = prepare(call, "fs.append")?;
    blocking(move || {
        refuse_folder(&path)?;
        add(&path, &content).map_err(file_error("write", &path))
    })
    .await?;
    Ok(Value::Nil)
}

fn add(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)?.write_all(content)
}

fn prepare(call: &Call, method: &str) -> Result<(PathBuf, Vec<u8>), MethodError> {
    let path = call.writable(&call.required(method, "path")?)?;
    Ok((path, content(call, method)?))
}

fn refuse_folder(path: &Path) -> Result<(), MethodError> {
    if path.is_dir() {
        let text = format!(
            "{} is a folder; give the path of a file, or remove the folder with fs.rm first",
            path.display()
        );
        return Err(MethodError::Failed(text));
    }
    Ok(())
}

/// The first form that is true; if none is, the first that is there and not null.
fn content(call: &Call, method: &str) -> Result<Vec<u8>, MethodError> {
    let mut given = Vec::new();
    for form in FORMS {
        let value = call.param(form)?;
        if !is_nullish(&value) {
            given.push((form, value));
        }
    }
    let chosen = given.iter().find(|(_, value)| truthy(value)).or(given.first());
    let Some((form, value)) = chosen else {
        return Err(MethodError::BadParams(format!(
            "{method}: one of json, json2, buffer and text must be given"
        )));
    };
    bytes_of(call, form, value)
}

fn bytes_of(call: &Call, form: &str, value: &Value) -> Result<Vec<u8>, MethodError> {
    let json = |indent| Ok(stringify_json(&call.lua, value, indent)?.unwrap_or_default().into_bytes());
    match form {
        "json" => json(0),
        "json2" => json(2),
        "buffer" => raw_bytes(call, value),
        _ => Ok(to_js_string(&call.lua, value)?.into_bytes()),
    }
}

/// A buffer, a list of byte numbers, or text.
fn raw_bytes(call: &Call, value: &Value) -> Result<Vec<u8>, MethodError> {
    if let Some(bytes) = buffer_bytes(value) {
        return Ok(bytes);
    }
    match value {
        Value::Table(list) if pino_vm::is_array(list) => {
            let items = elements(list)?;
            Ok(items.iter().map(|item| number(item).map_or(0, |number| number as i64 as u8)).collect())
        }
        _ => Ok(to_js_string(&call.lua, value)?.into_bytes()),
    }
}
