//! From a script file to its object and its steps (spec 00 §3).
//!
//! Must not know: how steps run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use pino_vm::{FailureKind, JsError, Lua, Table, Value};

use crate::{
    core::Core,
    evaluate,
    failure::{Failure, Halt, javascript_message},
    program::Program,
    script::Script,
    source::{check_file, is_json, read_json},
};

/// The file a script URI means: `start.js` is `start.lua` in a converted folder; a folder is its `index.js`.
pub(crate) fn script_file(path: &Path) -> PathBuf {
    if path.is_file() {
        return path.to_owned();
    }
    let converted = path.with_extension("lua");
    if path.extension().is_some_and(|extension| extension == "js") && converted.is_file() {
        return converted;
    }
    let inner = ["index.js", "index.lua", "index.json"].map(|name| path.join(name));
    inner.into_iter().find(|file| file.is_file()).unwrap_or_else(|| path.to_owned())
}

/// Evaluates the script's file; the object is kept as its `self`.
pub(crate) async fn object(core: &Arc<Core>, script: &Arc<Script>) -> Result<Value, Halt> {
    check_file(&script.path)?;
    let value = value(core, &script.path, &script.folder).await?;
    script.source.keep(value.clone());
    Ok(value)
}

/// What a module or JSON file gives, functions called and classes made as spec 00 §3.1 says.
pub(crate) async fn value(core: &Arc<Core>, path: &Path, info_folder: &Path) -> Result<Value, Halt> {
    if is_json(path) {
        return Ok(read_json(core.vm.lua(), path)?);
    }
    let loaded = core.vm.load_module(path).map_err(|error| cannot_load(path, &error))?;
    let loaded = core.vm.settle(loaded).await.map_err(|error| cannot_load(path, &error))?;
    let objects = core.objects()?;
    let info: Value = objects
        .info
        .call(info_folder.to_string_lossy().into_owned())
        .map_err(|error| core.vm.failure(&error))?;
    let kernel = objects.kernel.clone();
    evaluate::resolve_export(&core.vm, loaded, (kernel, info))
        .await
        .map_err(|error| cannot_load(path, &error))
}

/// An error of the script's own code, with the next step for the person who maintains it.
fn cannot_load(path: &Path, error: &JsError) -> Halt {
    if error.kind == FailureKind::Stopped {
        return Halt::Stopped;
    }
    let code = if error.kind == FailureKind::Internal { "internal" } else { "load" };
    let message = javascript_message(error);
    Failure::new(
        code,
        format!("{} cannot be loaded: {message}\ncorrect the file there and start again", path.display()),
    )
    .into()
}

/// The steps and whether the script stays up. `object` is the script object.
pub(crate) async fn program(core: &Arc<Core>, script: &Arc<Script>, object: &Value) -> Result<Program, Halt> {
    let lua = core.vm.lua();
    let run = member(lua, object, "run")?;
    let run = match run {
        Value::Function(function) => {
            let arguments = (core.objects()?.kernel.clone(), info(core, script)?, context(core, script)?);
            core.vm.call(&function, object.clone(), arguments).await?
        }
        other => other,
    };
    let steps = steps(lua, script, &run, "run")?;
    Ok(Program { steps, daemon: daemon(core, script, &member(lua, object, "daemon")?)? })
}

/// The steps of an action: another list of the script object.
pub(crate) fn action(core: &Core, script: &Script, action: &str) -> Result<Program, Halt> {
    let lua = core.vm.lua();
    let list = member(lua, &script.source.current(lua), action)?;
    Ok(Program { steps: steps(lua, script, &list, action)?, daemon: false })
}

fn steps(lua: &Lua, script: &Script, list: &Value, name: &str) -> Result<Vec<crate::program::Entry>, Halt> {
    let no_run = |why: &str| {
        let path = script.path.display();
        Failure::new(
            "no-run",
            format!(
                "{path} has no steps: `{name}` {why}. A script is {{ \"run\": [ {{ \"method\": … }} ] }}"
            ),
        )
    };
    match list {
        Value::Nil => Err(no_run("is missing").into()),
        Value::Table(table) if pino_vm::is_array(table) => {
            let steps =
                Program::capture(lua, table).map_err(|error| Failure::new("internal", error.to_string()))?;
            if steps.is_empty() { Err(no_run("is an empty list").into()) } else { Ok(steps) }
        }
        _ => Err(no_run("is no list").into()),
    }
}

/// `daemon` is rendered once, with `args`; undefined or failing counts as false (E14).
fn daemon(core: &Core, script: &Script, value: &Value) -> Result<bool, Halt> {
    let Some(scope) = script.scope.get() else { return Ok(false) };
    let mut unresolved = Vec::new();
    let rendered = core.renderer.compile(value)?.render(scope, &mut unresolved)?;
    Ok(unresolved.is_empty() && pino_vm::to_data(&rendered).is_ok_and(|data| data.is_truthy()))
}

fn info(core: &Arc<Core>, script: &Script) -> Result<Value, Halt> {
    let folder = script.folder.to_string_lossy().into_owned();
    Ok(core.objects()?.info.call(folder).map_err(|error| core.vm.failure(&error))?)
}

/// The third argument of a function-valued `run`: the template variables as an object (spec 20 §6.3).
fn context(core: &Arc<Core>, script: &Arc<Script>) -> Result<Table, Halt> {
    let lua = core.vm.lua();
    let build = || {
        let context = pino_vm::new_object(lua)?;
        if let Some(scope) = script.scope.get() {
            for name in
                crate::scope::NAMES.iter().filter(|name| !matches!(**name, "current" | "next" | "event"))
            {
                pino_vm::set_property(lua, &context, name, scope.get::<Value>(*name)?)?;
            }
        }
        pino_vm::set_property(
            lua,
            &context,
            "kernel",
            core.objects().map_err(pino_vm::LuaError::external)?.kernel.clone(),
        )?;
        pino_vm::set_property(lua, &context, "action", Value::String(lua.create_string("run")?))?;
        Ok(context)
    };
    build().map_err(|error: pino_vm::LuaError| core.vm.failure(&error).into())
}

/// A member of a value; undefined when it is no object.
pub(crate) fn member(lua: &Lua, object: &Value, name: &str) -> Result<Value, Halt> {
    match object {
        Value::Table(table) => pino_vm::get_property(lua, table, name)
            .map_err(|error| Failure::new("load", error.to_string()).into()),
        _ => Ok(Value::Nil),
    }
}
