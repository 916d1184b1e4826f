//! `env.*`: changes to the app's ENVIRONMENT file.
//!
//! Must not know: who reads the file. What is changed is the file that is in force (`pinokio/ENVIRONMENT` when that is used).

mod edit;

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use mlua::Value;
use pino_vm::{for_each_property, to_js_string};

use crate::{Call, Method, MethodError, files::write_atomically, params::file_error};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("env.set", |call| Box::pin(async move { set(call) })),
    ("env.switch", |call| Box::pin(async move { switch(call) })),
];

fn set(call: &Call) -> Result<Value, MethodError> {
    let changes = named_values(call, "env.set")?;
    let changes = changes.into_iter().map(|(name, value)| Ok((name, to_js_string(&call.lua, &value)?)));
    change(call, "env.set", changes.collect::<Result<_, MethodError>>()?)
}

/// Each name goes from one of its values to the next; an unset one gets the first, another value stays.
fn switch(call: &Call) -> Result<Value, MethodError> {
    let environment = call.host.environment(&call.place.script);
    let mut changes = Vec::new();
    for (name, options) in named_values(call, "env.switch")? {
        if let Some(next) = next_option(&environment, &name, &call.texts_of(&options)?) {
            changes.push((name, next));
        }
    }
    change(call, "env.switch", changes)
}

fn next_option(environment: &BTreeMap<String, String>, name: &str, options: &[String]) -> Option<String> {
    match environment.get(name) {
        None => options.first().cloned(),
        Some(current) => {
            let at = options.iter().position(|option| option == current)?;
            options.get((at + 1) % options.len()).cloned()
        }
    }
}

fn named_values(call: &Call, method: &str) -> Result<Vec<(String, Value)>, MethodError> {
    let mut found = Vec::new();
    for_each_property(&call.lua, call.object(method)?, |name, value| found.push((name.to_owned(), value)))?;
    match found.iter().find(|(name, _)| !edit::is_name(name)) {
        Some((name, _)) => {
            let text = format!("{method}: {name:?} is no name of a variable; use letters, digits and _");
            Err(MethodError::BadParams(text))
        }
        None => Ok(found),
    }
}

fn change(call: &Call, method: &str, changes: Vec<(String, String)>) -> Result<Value, MethodError> {
    if changes.is_empty() {
        return Ok(Value::Nil);
    }
    let path = active_file(call, method)?;
    call.host.check_write(&call.place, &path)?;
    let old = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        other => other.map_err(file_error("read", &path))?,
    };
    let new = changes.iter().fold(old, |text, (name, value)| edit::with_value(&text, name, value));
    write_atomically(&path, new.as_bytes())?;
    Ok(Value::Nil)
}

/// `<app>/pinokio/ENVIRONMENT` when the app keeps its launcher there, else `<app>/ENVIRONMENT`.
fn active_file(call: &Call, method: &str) -> Result<PathBuf, MethodError> {
    let Some(root) = call.host.app_root(&call.place.script) else {
        return Err(MethodError::Failed(format!(
            "{method}: the script belongs to no app, so there is no ENVIRONMENT file to change"
        )));
    };
    let inner = root.join("pinokio");
    let uses_inner =
        inner.join("ENVIRONMENT").is_file() || inner.is_dir() && !root.join("ENVIRONMENT").is_file();
    Ok(if uses_inner { inner.join("ENVIRONMENT") } else { root.join("ENVIRONMENT") })
}
