//! Methods written in JavaScript: functions in steps, members of custom modules, members of `kernel`. They run in the VM of
//! the run and get `(req, ondata, kernel)` as spec 10 §3 says.
//!
//! Must not know: when they are called.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, Weak},
};

use pino_model::Event;
use pino_vm::{Function, JsError, LuaError, Table, Value};

use crate::{
    core::Core,
    dispatch::{self, Invocation, Target},
    failure::{Failure, Halt},
    files::{Stamp, unchanged},
    load,
    script::Script,
    uri,
};

/// A module of a `uri` step: kept while its file does not change, so that a class instance keeps its state.
pub(crate) struct LoadedModule {
    stamp: Option<Stamp>,
    value: Value,
}

/// Calls a JavaScript method. `folder` is the folder of the module it comes from.
pub(crate) async fn call(
    core: &Arc<Core>,
    script: &Arc<Script>,
    function: &Function,
    this: Value,
    folder: &Path,
    invocation: &Invocation,
) -> Result<Value, Halt> {
    let request = request(core, script, folder, invocation).map_err(|error| core.vm.failure(&error))?;
    let on_data = on_data(core, script, invocation.index).map_err(|error| core.vm.failure(&error))?;
    let kernel = core.objects()?.kernel.clone();
    Ok(core.vm.call(function, this, (request, on_data, kernel)).await?)
}

/// `req`
fn request(core: &Core, script: &Script, folder: &Path, invocation: &Invocation) -> Result<Table, LuaError> {
    let lua = core.vm.lua();
    let text = |path: &Path| lua.create_string(path.as_os_str().as_encoded_bytes()).map(Value::String);
    let object = |members: Vec<(&str, Value)>| -> Result<Table, LuaError> {
        let table = pino_vm::new_object(lua)?;
        for (name, value) in members {
            pino_vm::set_property(lua, &table, name, value)?;
        }
        Ok(table)
    };
    let total = script.state().ids.len();
    let following = invocation.index + 1;
    let parent = object(vec![
        ("id", text(&script.path)?),
        ("uri", Value::String(lua.create_string(&script.uri)?)),
        ("path", text(&script.path)?),
        (
            "git",
            match uri::origin_of(&script.app) {
                Some(remote) => Value::String(lua.create_string(remote)?),
                None => Value::NULL,
            },
        ),
        ("cwd", text(&script.folder)?),
        (
            "caller",
            match &script.caller {
                Some(caller) => text(caller)?,
                None => Value::Nil,
            },
        ),
        ("args", script.args()),
        ("body", script.source.current(lua)),
    ])?;
    object(vec![
        ("params", invocation.params.clone()),
        ("input", invocation.input.clone()),
        ("args", script.args()),
        ("current", Value::Number(invocation.index as f64)),
        ("total", Value::Number(total as f64)),
        ("next", if following < total { Value::Number(following as f64) } else { Value::NULL }),
        ("cwd", text(&script.folder)?),
        ("dirname", text(folder)?),
        ("root", text(&script.path)?),
        (
            "client",
            Value::Table(object(vec![("cols", Value::Number(100.0)), ("rows", Value::Number(30.0))])?),
        ),
        ("parent", Value::Table(parent)),
    ])
}

/// `ondata(data, type)`: text goes to the terminal, anything else is a packet.
fn on_data(core: &Arc<Core>, script: &Arc<Script>, index: usize) -> Result<Function, LuaError> {
    let (core, script) = (Arc::downgrade(core), Arc::downgrade(script));
    core.upgrade().ok_or_else(|| LuaError::runtime("the run is over"))?.vm.lua().create_function(
        move |lua, (_this, data, kind): (Value, Value, Option<String>)| {
            let (Some(core), Some(script)) = (core.upgrade(), Weak::upgrade(&script)) else { return Ok(()) };
            let kind = kind.unwrap_or_else(|| "stream".to_owned());
            let event = if kind == "stream" {
                let Some(raw) = printed(lua, &data)? else { return Ok(()) };
                Event::Stream { index, shell: None, raw }
            } else {
                let id = uuid::Uuid::new_v4().simple().to_string();
                Event::Packet { index, kind, id, data: pino_vm::to_data(&data)?, wait: false }
            };
            Core::emit(&core, &script.path, event);
            Ok(())
        },
    )
}

/// Text of `{raw}`, `{json}` or `{json2}`.
fn printed(lua: &pino_vm::Lua, data: &Value) -> Result<Option<String>, LuaError> {
    let Value::Table(table) = data else { return Ok(crate::values::text(data)) };
    for (name, indent) in [("raw", None), ("json", Some(0)), ("json2", Some(2))] {
        let value = pino_vm::get_property(lua, table, name)?;
        match indent {
            _ if value.is_nil() => {}
            None => return pino_vm::to_js_string(lua, &value).map(Some),
            Some(indent) => {
                let text = pino_vm::stringify_json(lua, &value, indent)?.unwrap_or_default();
                return Ok(Some(format!("{}\r\n", text.replace('\n', "\r\n"))));
            }
        }
    }
    Ok(None)
}

/// A member of the module a step names by `uri`.
pub(crate) async fn module_member(
    core: &Arc<Core>,
    script: &Arc<Script>,
    given: &str,
    name: &str,
) -> Result<Target, Halt> {
    let path = uri::resolve(&core.home, &script.folder, given)
        .map_err(|error| Failure::new("unknown-method", error.to_string()))?;
    let path = load::script_file(&path);
    if !path.is_file() {
        let text = format!("the module {given} does not exist at {}; check the step's `uri`", path.display());
        return Err(Failure::new("unknown-method", text).into());
    }
    let module = module(core, &path, &script.folder).await?;
    let lua = core.vm.lua();
    let member = load::member(lua, &module, name)?;
    let Value::Function(function) = member else {
        let known = match &module {
            Value::Table(table) => pino_vm::own_keys(lua, table).unwrap_or_default().join(", "),
            _ => String::new(),
        };
        let hint = if known.is_empty() { String::new() } else { format!("; it has {known}") };
        return Err(Failure::new(
            "unknown-method",
            format!("the module {given} has no function \"{name}\"{hint}"),
        )
        .into());
    };
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(Target::Member { name: name.to_owned(), owner: module, function, folder })
}

async fn module(core: &Arc<Core>, path: &Path, info_folder: &Path) -> Result<Value, Halt> {
    let stamp = Stamp::of(path);
    {
        let modules = core.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = modules.get(path) {
            if unchanged(known.stamp.as_ref(), stamp.as_ref()) || same_file(known, stamp.as_ref()) {
                return Ok(known.value.clone());
            }
            core.vm.forget_module(path);
        }
    }
    let value = load::value(core, path, info_folder).await?;
    let mut modules = core.modules.lock().unwrap_or_else(PoisonError::into_inner);
    modules.insert(PathBuf::from(path), LoadedModule { stamp, value: value.clone() });
    Ok(value)
}

/// For modules a young stamp is good enough: nobody edits a module within the milliseconds between two steps of one run.
fn same_file(known: &LoadedModule, now: Option<&Stamp>) -> bool {
    matches!((&known.stamp, now), (Some(before), Some(now)) if before.same_content_marks(now))
}

/// `kernel.…` as a method: a function of the kernel object, bound to its owner.
pub(crate) fn kernel_member(core: &Core, name: &str, path: &str) -> Result<Target, Halt> {
    if name == "kernel.api.stop"
        && let Some(method) = pino_stdlib::find("script.stop")
    {
        return Ok(Target::BuiltIn { name: name.to_owned(), method });
    }
    let lua = core.vm.lua();
    let (mut owner, mut member) = (Value::Nil, core.objects()?.kernel.clone());
    for part in path.split('.') {
        owner = member;
        member = load::member(lua, &owner, part)?;
    }
    match member {
        Value::Function(function) => {
            Ok(Target::Member { name: name.to_owned(), owner, function, folder: core.home.clone() })
        }
        _ => Err(dispatch::unknown(name).into()),
    }
}

/// The waiting helpers of `kernel`: they are calls of methods, made beside the step at work.
pub(crate) async fn kernel_operation(core: &Arc<Core>, name: &str, params: Value) -> Result<Value, JsError> {
    let method = match name {
        "download" => "fs.download",
        "exec" | "shell_run" => "shell.run",
        "fetch" => "net",
        "wait" => "process.wait",
        _ => return load_for_kernel(core, &params).await,
    };
    let script = core.scripts.latest_first().into_iter().next();
    let Some(script) = script else {
        return Err(JsError::new(pino_vm::FailureKind::Stopped, "Error", "the run is over"));
    };
    let index = script.state().index;
    let target = dispatch::by_name(core, method).map_err(|halt| thrown(&halt))?;
    let invocation = Invocation { index, params, input: Value::Nil };
    dispatch::call(core, &script, &target, invocation).await.map_err(|halt| thrown(&halt))
}

async fn load_for_kernel(core: &Arc<Core>, params: &Value) -> Result<Value, JsError> {
    let path = params.as_string().map(|text| PathBuf::from(text.to_string_lossy())).unwrap_or_default();
    let path = load::script_file(&core.home.join(path));
    if !path.is_file() {
        return Ok(Value::NULL);
    }
    let folder = path.parent().unwrap_or(&path);
    load::value(core, &path, folder).await.map_err(|halt| thrown(&halt))
}

/// A failed call as the exception JavaScript sees.
pub(crate) fn thrown(halt: &Halt) -> JsError {
    match halt {
        Halt::Stopped => JsError::new(pino_vm::FailureKind::Stopped, "Error", "stopped"),
        Halt::Failed(failure) => JsError::new(pino_vm::FailureKind::Thrown, "Error", failure.message.clone()),
    }
}
