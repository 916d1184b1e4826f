//! `script.*`: starting, stopping and fetching other scripts.
//!
//! Must not know: how a script runs.

mod download;

pub(crate) use download::clone;

use std::path::PathBuf;

use mlua::Value;
use pino_model::Data;
use pino_vm::{new_object, set_property};

use crate::{
    Call, Jump, Method, MethodError, ScriptCall,
    params::{is_nullish, truthy},
};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("script.start", |call| Box::pin(start(call))),
    ("script.run", |call| Box::pin(start(call))),
    ("script.stop", |call| Box::pin(stop(call))),
    ("script.return", |call| Box::pin(async move { Ok(call.params.clone()) })),
    ("script.download", |call| Box::pin(download::download(call))),
    ("script.restart", |call| Box::pin(async move { restart(call) })),
    ("script.ready", |call| Box::pin(async move { ready(call) })),
    ("script.status", |call| Box::pin(async move { status(call) })),
];

/// Waits until the script has ended or is up; its last step's result is the result.
async fn start(call: &Call) -> Result<Value, MethodError> {
    let uri = call.required("script.start", "uri")?;
    download::fetch(call, &uri).await?;
    let params = call.param("params")?;
    let params = if is_nullish(&params) { Value::Nil } else { params };
    call.host.start_script(&call.place, ScriptCall { uri, params }).await
}

/// One or several scripts, relative to the caller; waits until each is over.
async fn stop(call: &Call) -> Result<Value, MethodError> {
    let uris = call.texts("uri")?;
    if uris.is_empty() {
        return Err(MethodError::BadParams(
            "script.stop: the parameter \"uri\" is missing or empty".to_owned(),
        ));
    }
    for uri in uris {
        let path = call.path(&uri)?;
        let text = if call.host.stop_script(&call.place, &path).await? { "Stopped" } else { "Not running:" };
        call.print_lines(&format!("{text} {uri}\n"));
    }
    Ok(Value::Nil)
}

/// Without `uri` the script itself begins again, with its old start payload unless there is a new one.
fn restart(call: &Call) -> Result<Value, MethodError> {
    let given = call.text("uri")?;
    let path = match &given {
        Some(uri) => call.path(uri)?,
        None => call.place.script.clone(),
    };
    let is_self = path == call.place.script;
    let params = call.param("params")?;
    let params = if truthy(&params) || !is_self { params } else { call.args.clone() };
    let uri = path.to_string_lossy().into_owned();
    let data = [
        ("uri".to_owned(), Data::String(uri.clone())),
        ("self".to_owned(), Data::Bool(is_self)),
        ("params".to_owned(), pino_vm::to_data(&params)?),
    ];
    call.packet("restart", Data::Object(data.into_iter().collect()));
    if is_self {
        call.host.jump(&call.place, Jump::Restart(params.clone()))?;
    } else {
        call.host.restart_script(&call.place, &path, params.clone());
    }
    let result = new_object(&call.lua)?;
    let members = [
        ("uri", Value::String(call.lua.create_string(&uri)?)),
        ("scheduled", Value::Boolean(true)),
        ("self", Value::Boolean(is_self)),
        ("params", params),
    ];
    for (name, value) in members {
        set_property(&call.lua, &result, name, value)?;
    }
    Ok(Value::Table(result))
}

/// The script has reached its end since its last start.
fn ready(call: &Call) -> Result<Value, MethodError> {
    Ok(Value::Boolean(call.host.is_ready(&named(call)?)))
}

/// Our addition: `{uri, running, ready, local}` of a script of this run.
fn status(call: &Call) -> Result<Value, MethodError> {
    let path = named(call)?;
    let result = new_object(&call.lua)?;
    let local = call.host.local_of(&path).map(|local| pino_vm::to_data(&Value::Table(local))).transpose()?;
    let members = [
        ("uri", Value::String(call.lua.create_string(path.to_string_lossy().as_bytes())?)),
        ("running", Value::Boolean(call.host.is_running(&path))),
        ("ready", Value::Boolean(call.host.is_ready(&path))),
        ("local", local.map_or(Ok(Value::Nil), |local| call.value(&local))?),
    ];
    for (name, value) in members {
        set_property(&call.lua, &result, name, value)?;
    }
    Ok(Value::Table(result))
}

/// The script a question is about: the parameter itself, `uri`, `path` or `script`, else the asking script.
fn named(call: &Call) -> Result<PathBuf, MethodError> {
    let mut given = match &call.params {
        Value::String(text) => Some(text.to_string_lossy()),
        _ => None,
    };
    for name in ["uri", "path", "script"] {
        if given.is_none() {
            given = call.text(name)?;
        }
    }
    match given {
        Some(uri) => call.path(&uri),
        None => Ok(call.place.script.clone()),
    }
}
