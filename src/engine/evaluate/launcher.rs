//! `pino eval`: one launcher or script file evaluated in a simulated world.
//!
//! Must not know: the command line.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use pino_machine::{Machine, Simulated, SimulatedGpu};
use pino_vm::{Function, IntoLuaMulti, JsError, Table, Value, Vm, VmOptions};
use serde::Deserialize;

use super::{
    PinoConverter,
    simulated::{Place, SimulatedWorld},
    state::{State, StateFile},
};
use crate::{app::MENU_FILES, files::normalise, world};

/// What to evaluate, and in which world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EvalRequest {
    /// The file.
    pub script: PathBuf,
    /// `linux`, `darwin`, `win32`; default linux.
    pub platform: Option<String>,
    /// `x64`, `arm64`; default the platform's usual one.
    pub arch: Option<String>,
    /// `nvidia`, `amd`, `apple`, `none`.
    pub gpu: Option<String>,
    /// What exists, runs and is known.
    pub state: StateFile,
    /// The app folder; default the topmost folder above the script with a launcher in it.
    pub root: Option<PathBuf>,
    /// The app's name; default the folder's.
    pub app: Option<String>,
    /// The home as scripts see it.
    pub home: Option<PathBuf>,
    /// Do not call what the file exports.
    pub library: bool,
    /// The machine itself; wins over `platform`, `arch` and `gpu`.
    #[serde(skip)]
    pub machine: Option<Machine>,
}

/// The request makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// No such adapter.
    #[error(transparent)]
    Gpu(#[from] pino_machine::UnknownGpu),
    /// The script does not lie in the app folder.
    #[error("{script} does not lie in the app folder {root}; pass the right one with --root")]
    Outside {
        /// The script.
        script: String,
        /// The app folder.
        root: String,
    },
}

/// JSON text of the value, or the error it ended with.
pub async fn evaluate(request: &EvalRequest) -> Result<Result<String, JsError>, EvalError> {
    let (machine, place, script) = prepare(request)?;
    let state = State::new(request.state.clone(), &place.app_root, &place.folder);
    let world = Arc::new(SimulatedWorld::new(machine, place, state));
    Ok(run(world, &script, request.library).await)
}

/// The world a request asks for, for those who render steps in it.
pub(crate) fn prepare_world(request: &EvalRequest) -> Result<SimulatedWorld, EvalError> {
    let (machine, place, _script) = prepare(request)?;
    let state = State::new(request.state.clone(), &place.app_root, &place.folder);
    Ok(SimulatedWorld::new(machine, place, state))
}

/// `linux x64, nvidia (nvidia geforce rtx 4090)`: the machine a request asks for.
pub(crate) fn describe_machine(request: &EvalRequest) -> Result<String, EvalError> {
    let machine = machine(request)?;
    let model = machine.gpu_model.as_deref().map(|model| format!(" ({model})")).unwrap_or_default();
    Ok(format!("{} {}, gpu {}{model}", machine.platform, machine.arch, machine.gpu))
}

fn machine(request: &EvalRequest) -> Result<Machine, EvalError> {
    if let Some(machine) = &request.machine {
        return Ok(machine.clone());
    }
    let platform = request.platform.clone().unwrap_or_else(|| "linux".to_owned());
    let usual_arch = if platform == "darwin" { "arm64" } else { "x64" };
    let arch = request.arch.clone().unwrap_or_else(|| usual_arch.to_owned());
    let gpu: SimulatedGpu = request.gpu.as_deref().unwrap_or("none").parse()?;
    Ok(Machine::simulated(&Simulated { platform, arch, gpu }))
}

fn prepare(request: &EvalRequest) -> Result<(Machine, Place, PathBuf), EvalError> {
    let machine = machine(request)?;
    let script = std::path::absolute(&request.script).unwrap_or_else(|_unchanged| request.script.clone());
    let script = normalise(&script);
    let root = match &request.root {
        Some(root) => normalise(&std::path::absolute(root).unwrap_or_else(|_unchanged| root.clone())),
        None => find_root(&script),
    };
    let Ok(inner) = script.strip_prefix(&root) else {
        let (script, root) = (script.display().to_string(), root.display().to_string());
        return Err(EvalError::Outside { script, root });
    };
    let usual_name = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let home = request.home.clone().unwrap_or_else(|| PathBuf::from("/pinokio"));
    let app_root = home.join("api").join(request.app.clone().unwrap_or_else(usual_name));
    let seen = app_root.join(inner);
    let folder = seen.parent().map(Path::to_owned).unwrap_or_default();
    let real_root = fs::canonicalize(&root).unwrap_or(root);
    Ok((machine, Place { home, app_root, real_root, folder }, seen))
}

/// The topmost folder above the script that holds launcher files, without leaving a folder named "repos".
fn find_root(script: &Path) -> PathBuf {
    let start = script.parent().unwrap_or(script);
    let mut best = start;
    for folder in start.ancestors() {
        if folder.parent().and_then(Path::file_name).is_some_and(|name| name == "repos") {
            return folder.to_owned();
        }
        if MENU_FILES.iter().any(|name| folder.join(name).exists()) {
            best = folder;
        }
    }
    best.to_owned()
}

/// Globals that an evaluated file has not got.
const ABSENT_GLOBALS: [&str; 1] = ["_"];

async fn run(world: Arc<SimulatedWorld>, script: &Path, library: bool) -> Result<String, JsError> {
    let app_root = Some(world.place().app_root.clone());
    let options = VmOptions { host: world.clone(), app_root, ..VmOptions::new(Arc::new(PinoConverter)) };
    let vm = Vm::new(options)?;
    world.fill_variables(&vm)?;
    let evaluation: Table = vm.prelude_module("host/evaluate")?;
    let failed = |error: pino_vm::LuaError| vm.failure(&error);
    let without: Function = evaluation.raw_get("without_globals").map_err(failed)?;
    without.call::<()>(ABSENT_GLOBALS.to_vec()).map_err(failed)?;
    let request = request_table(&vm, &world, script, library)?;
    let evaluate: Function = evaluation.raw_get("evaluate").map_err(failed)?;
    let value = vm.call(&evaluate, Value::Nil, request).await?;
    Ok(crate::values::text(&value).unwrap_or_default())
}

fn request_table(
    vm: &Vm,
    world: &Arc<SimulatedWorld>,
    script: &Path,
    library: bool,
) -> Result<Table, JsError> {
    let failed = |error: pino_vm::LuaError| vm.failure(&error);
    let shared: Arc<dyn world::World> = world.clone();
    let primitives = world::bind(vm, &shared)?;
    let name = script.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let fill = || -> Result<Table, pino_vm::LuaError> {
        let [local, global] = world.scripts_with_variables();
        let lua = vm.lua();
        primitives.raw_set("folder", world.place().app_root.to_string_lossy())?;
        primitives.raw_set("user_agent", "oracle")?;
        primitives.raw_set(
            "local_paths",
            lua.create_function(move |lua, ()| lua.create_sequence_from(local.clone()))?,
        )?;
        primitives.raw_set(
            "global_paths",
            lua.create_function(move |lua, ()| lua.create_sequence_from(global.clone()))?,
        )?;
        let request = lua.create_table()?;
        request.raw_set("path", script.to_string_lossy())?;
        request.raw_set("launcher", MENU_FILES.contains(&name.as_str()))?;
        request.raw_set("library", library)?;
        Ok(request)
    };
    let request = fill().map_err(failed)?;
    if !library {
        let objects = vm.host_objects(primitives)?;
        let info: Value = objects.info.call(world.place().folder.to_string_lossy()).map_err(failed)?;
        request.raw_set("kernel", objects.kernel).map_err(failed)?;
        request.raw_set("info", info).map_err(failed)?;
    }
    Ok(request)
}

/// What a module's export stands for (spec 00 §3.1): a class is instantiated, a function called with `args`, promises are
/// waited for.
pub async fn resolve_export(vm: &Vm, value: Value, args: impl IntoLuaMulti) -> Result<Value, JsError> {
    let evaluation: Table = vm.prelude_module("host/evaluate")?;
    let resolve: Function = evaluation.raw_get("resolve_export").map_err(|error| vm.failure(&error))?;
    vm.call(&resolve, value, args).await
}
