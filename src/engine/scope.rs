//! The variables templates see (spec 20 §6): cheap ones set at once, the rest worked out when an expression asks.
//!
//! Must not know: how an expression is evaluated.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use pino_model::Data;
use pino_vm::{IntoLua as _, Lua, LuaError, Table, Value, Variadic};

use crate::{core::Core, environment::Environments, files::normalise, script::Script, world};

/// Every name of [`scope`](self); `_`, `os` and `path` are globals of the VM.
pub const NAMES: &[&str] = &[
    "input",
    "args",
    "local",
    "global",
    "self",
    "current",
    "next",
    "uri",
    "cwd",
    "dirname",
    "name",
    "port",
    "exists",
    "running",
    "ready",
    "script",
    "key",
    "pip",
    "platform",
    "arch",
    "gpu",
    "gpu_model",
    "gpu_driver",
    "gpu_target",
    "gpus",
    "vram",
    "ram",
    "graphics",
    "system",
    "cpu",
    "osInfo",
    "shell",
    "audio",
    "mem",
    "env",
    "envs",
    "which",
    "proxy",
    "kernel",
    "event",
    "cloud",
    "random",
    "timestamp",
];

/// Names answered from the machine's facts.
const MACHINE_NAMES: &[&str] = &[
    "gpu",
    "gpu_model",
    "gpu_driver",
    "gpu_target",
    "gpus",
    "vram",
    "ram",
    "graphics",
    "cpu",
    "osInfo",
    "mem",
];

/// Makes the scope of a script.
pub(crate) fn make(core: &Arc<Core>, script: &Arc<Script>) -> Result<Table, LuaError> {
    let lua = core.vm.lua();
    let scope = lua.create_table()?;
    scope.raw_set("args", script.args())?;
    scope.raw_set("input", script.args())?;
    scope.raw_set("local", &script.local)?;
    scope.raw_set("global", &script.global)?;
    scope.raw_set("uri", script.uri.as_str())?;
    scope.raw_set("cwd", text(&script.folder))?;
    scope.raw_set("dirname", text(&script.folder))?;
    let api = core.home.join("api");
    scope.raw_set("name", text(script.folder.strip_prefix(&api).unwrap_or(&script.folder)))?;
    scope.raw_set("platform", pino_machine::platform())?;
    scope.raw_set("arch", pino_machine::arch())?;
    let lazy =
        Lazy { core: Arc::downgrade(core), script: Arc::downgrade(script), environment: Mutex::new(None) };
    let index =
        lua.create_function(move |lua, (scope, name): (Table, String)| lazy.get(lua, &scope, &name))?;
    let behaviour = lua.create_table()?;
    behaviour.raw_set("__index", index)?;
    scope.set_metatable(Some(behaviour))?;
    Ok(scope)
}

/// Sets what changes from step to step.
pub(crate) fn begin_step(scope: &Table, input: &Value, index: usize, steps: usize) -> Result<(), LuaError> {
    scope.raw_set("input", input)?;
    scope.raw_set("current", index as f64)?;
    let next = if index + 1 < steps { Value::Number((index + 1) as f64) } else { Value::NULL };
    scope.raw_set("next", next)
}

/// A scope of its own for `{event: …}`: the engine-wide names stay visible.
pub(crate) fn with_event(lua: &Lua, scope: &Table, event: Value) -> Result<Table, LuaError> {
    let inner = lua.create_table()?;
    inner.raw_set("event", event)?;
    let behaviour = lua.create_table()?;
    behaviour.raw_set("__index", scope)?;
    inner.set_metatable(Some(behaviour))?;
    Ok(inner)
}

/// Works out variables on demand.
struct Lazy {
    core: Weak<Core>,
    script: Weak<Script>,
    /// `env` as an object, and the variables it was made from.
    environment: Mutex<Option<(Arc<crate::environment::Variables>, Value)>>,
}

impl Lazy {
    fn get(&self, lua: &Lua, scope: &Table, name: &str) -> Result<Value, LuaError> {
        let (Some(core), Some(script)) = (self.core.upgrade(), self.script.upgrade()) else {
            return Ok(Value::Nil);
        };
        match name {
            "port" => port(&core, &script),
            "self" => Ok(script.source.current(lua)),
            "random" => Ok(Value::Number(random())),
            "timestamp" => Ok(Value::Number(milliseconds())),
            "$pino_port_next" => {
                core.ports.next().map(|port| Value::Number(f64::from(port))).map_err(LuaError::external)
            }
            "env" | "envs" => {
                self.env(lua, &core.environments, core.environment_app(&script.path).as_deref())
            }
            _ => {
                let value = constant(lua, &core, &script, name)?;
                if !value.is_nil() {
                    scope.raw_set(name, &value)?;
                }
                Ok(value)
            }
        }
    }

    fn env(&self, lua: &Lua, environments: &Environments, app: Option<&Path>) -> Result<Value, LuaError> {
        let variables = environments.of(app);
        let mut known = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_from, value)) = known.as_ref()
            && Arc::ptr_eq(made_from, &variables)
        {
            return Ok(value.clone());
        }
        let members = variables.iter().map(|(name, value)| (name.clone(), Data::String(value.clone())));
        let value = pino_vm::from_data(lua, &Data::Object(members.collect()))?;
        *known = Some((variables, value.clone()));
        Ok(value)
    }
}

/// One number for all templates of a step, a new one for the next step.
fn port(core: &Core, script: &Script) -> Result<Value, LuaError> {
    let known = script.state().port;
    let port = match known {
        Some(port) => port,
        None => core.ports.next().map_err(LuaError::external)?,
    };
    script.state().port = Some(port);
    Ok(Value::Number(f64::from(port)))
}

/// Variables that keep their value for the whole run.
fn constant(lua: &Lua, core: &Arc<Core>, script: &Arc<Script>, name: &str) -> Result<Value, LuaError> {
    if MACHINE_NAMES.contains(&name) {
        let facts = world::machine_facts(pino_machine::Machine::detect());
        return pino_vm::from_data(lua, facts.get(name));
    }
    match name {
        "exists" => path_test(lua, script, Path::exists),
        "running" => {
            let core = Arc::downgrade(core);
            path_test(lua, script, move |path| {
                core.upgrade().is_some_and(|core| core.scripts.get(path).is_some())
            })
        }
        "ready" => {
            let core = Arc::downgrade(core);
            path_test(lua, script, move |path| {
                core.upgrade()
                    .and_then(|core| core.scripts.get(path))
                    .is_some_and(|script| script.state().ready)
            })
        }
        "kernel" => Ok(core.objects().map_err(LuaError::external)?.kernel_sync.clone()),
        "script" => core.objects().map_err(LuaError::external)?.script.call(text(&script.folder)),
        "cloud" => crate::cloud::here().map_or("", |cloud| cloud.name).into_lua(lua),
        "$pino_cloud_gpu" => {
            pino_machine::Machine::detect().gpu_model.clone().unwrap_or_default().into_lua(lua)
        }
        "$pino_cloud_storage" => {
            let storage = crate::cloud::here().and_then(crate::cloud::Cloud::storage);
            storage.as_deref().map(text).unwrap_or_default().into_lua(lua)
        }
        "which" => which(lua, core),
        "key" => key(lua, core),
        "proxy" => proxy(lua),
        "pip" => pino_vm::from_data(lua, &pip()),
        "shell" => std::env::var("SHELL").unwrap_or_else(|_| "/bin/bash".to_owned()).into_lua(lua),
        "system" | "audio" => pino_vm::from_data(lua, &Data::Object(indexmap::IndexMap::default())),
        _ => Ok(Value::Nil),
    }
}

/// `f(...parts)`: joins the parts as `path.resolve(cwd, …)` does and tests the place.
fn path_test(
    lua: &Lua,
    script: &Script,
    test: impl Fn(&Path) -> bool + Send + Sync + 'static,
) -> Result<Value, LuaError> {
    let folder = script.folder.clone();
    let function = lua.create_function(move |_, (_this, parts): (Value, Variadic<Value>)| {
        let mut path = folder.clone();
        for part in parts.iter() {
            path.push(path_part(part)?);
        }
        Ok(test(&normalise(&path)))
    })?;
    Ok(Value::Function(function))
}

fn path_part(value: &Value) -> Result<String, LuaError> {
    match value {
        Value::String(text) => Ok(text.to_string_lossy()),
        other => Err(LuaError::runtime(format!(
            "TypeError: The \"path\" argument must be of type string. Received {}",
            if other.is_nil() { "undefined" } else { other.type_name() }
        ))),
    }
}

fn which(lua: &Lua, core: &Arc<Core>) -> Result<Value, LuaError> {
    let core = Arc::downgrade(core);
    let function = lua.create_function(move |lua, (_this, name): (Value, String)| {
        match core.upgrade().and_then(|core| core.environments.which(&name)) {
            Some(path) => text(&path).into_lua(lua),
            None => Ok(Value::NULL),
        }
    })?;
    Ok(Value::Function(function))
}

fn key(lua: &Lua, core: &Arc<Core>) -> Result<Value, LuaError> {
    let core = Arc::downgrade(core);
    let function = lua.create_function(move |lua, (_this, host): (Value, String)| {
        let Some(core) = core.upgrade() else { return Ok(Value::Nil) };
        let known = core.keys.lock().unwrap_or_else(PoisonError::into_inner);
        pino_vm::from_data(lua, known.get(&host).unwrap_or(&Data::Undefined))
    })?;
    Ok(Value::Function(function))
}

fn proxy(lua: &Lua) -> Result<Value, LuaError> {
    let function = lua.create_function(|lua, (_this, port): (Value, Value)| {
        Ok(format!("http://localhost:{}", pino_vm::to_js_string(lua, &port)?))
    })?;
    Ok(Value::Function(function))
}

/// A number from 0 to below 1, new for every expression that asks.
fn random() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u128() as u64;
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Milliseconds since 1970.
fn milliseconds() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_millis() as f64)
}

/// `pip.install.torch`: kept for old scripts, with the addresses they knew.
fn pip() -> Data {
    let machine = pino_machine::Machine::detect();
    let index = match (machine.platform.as_str(), machine.gpu.as_str()) {
        ("darwin", _) => "",
        (_, "nvidia") => " --index-url https://download.pytorch.org/whl/cu118",
        ("linux", "amd") => " --index-url https://download.pytorch.org/whl/rocm5.6",
        ("linux", _) => " --index-url https://download.pytorch.org/whl/cpu",
        _ => "",
    };
    let torch = Data::String(format!("pip3 install torch torchvision torchaudio{index}"));
    let install = Data::Object([("torch".to_owned(), torch)].into_iter().collect());
    Data::Object([("install".to_owned(), install)].into_iter().collect())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
