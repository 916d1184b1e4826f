//! The place a script's steps are rendered in while planning: a VM, a world that cannot be changed, the variables.
//!
//! Must not know: what the steps do.

use std::{path::Path, sync::Arc};

use pino_model::Data;
use pino_vm::{JsError, LuaError, Table, Value, Variadic, Vm, VmOptions};
use serde_json::Value as Json;

use crate::{
    evaluate::{EvalError, EvalRequest, PinoConverter, SimulatedWorld, prepare_world},
    files::normalise,
    render::{Condition, Renderer},
    world::{self, World},
};

/// Everything needed to render one script's steps.
pub(super) struct Stage {
    vm: Vm,
    renderer: Renderer,
    scope: Table,
}

/// A stage cannot be set.
#[derive(Debug, thiserror::Error)]
pub(super) enum StageError {
    /// The request makes no sense.
    #[error(transparent)]
    World(#[from] EvalError),
    /// The script or the VM failed.
    #[error(transparent)]
    Script(#[from] JsError),
}

impl Stage {
    /// For a script that evaluates to `script`, started with `input`.
    pub(super) fn set(request: &EvalRequest, script: &Json, input: &Json) -> Result<Self, StageError> {
        let world = Arc::new(prepare_world(request)?);
        let app_root = Some(world.app_root().to_owned());
        let options = VmOptions { host: world.clone(), app_root, ..VmOptions::new(Arc::new(PinoConverter)) };
        let vm = Vm::new(options)?;
        world.fill_variables(&vm)?;
        let scope = scope(&vm, &world, script, input)?;
        Ok(Self { renderer: Renderer::new(&vm), vm, scope })
    }

    /// Goes to a step.
    pub(super) fn begin_step(&self, index: usize, steps: usize, input: &Json) -> Result<(), JsError> {
        let place = || -> Result<(), LuaError> {
            let input = pino_vm::from_data(self.vm.lua(), &Data::from(input.clone()))?;
            crate::scope::begin_step(&self.scope, &input, index, steps)
        };
        place().map_err(|error| self.vm.failure(&error))
    }

    /// Renders a value of the author; what only a run can know stays as written.
    pub(super) fn render(&self, value: &Json) -> Result<Json, JsError> {
        let template = self.renderer.compile(&self.value(value)?)?;
        let mut unresolved = Vec::new();
        let rendered = template.render(&self.scope, &mut unresolved)?;
        let data = pino_vm::to_data(&rendered).map_err(|error| self.vm.failure(&error))?;
        Ok(serde_json::to_value(&data).unwrap_or(Json::Null))
    }

    /// What a `when` says in this world.
    pub(super) fn condition(&self, when: &Json) -> Result<Condition, JsError> {
        self.renderer.compile(&self.value(when)?)?.condition(&self.scope)
    }

    fn value(&self, json: &Json) -> Result<Value, JsError> {
        pino_vm::from_data(self.vm.lua(), &Data::from(json.clone())).map_err(|error| self.vm.failure(&error))
    }
}

fn scope(vm: &Vm, world: &Arc<SimulatedWorld>, script: &Json, input: &Json) -> Result<Table, JsError> {
    let shared: Arc<dyn World> = world.clone();
    let primitives = world::bind(vm, &shared)?;
    let folder = world.script_folder().to_string_lossy().into_owned();
    let failed = |error: LuaError| vm.failure(&error);
    primitives.raw_set("folder", world.app_root().to_string_lossy()).map_err(failed)?;
    let objects = vm.host_objects(primitives)?;
    let fill = || -> Result<Table, LuaError> {
        let lua = vm.lua();
        let scope = lua.create_table()?;
        for (name, value) in members(&shared, script, input, &folder) {
            scope.raw_set(name, pino_vm::from_data(lua, &value)?)?;
        }
        scope.raw_set("kernel", objects.kernel_sync.clone())?;
        scope.raw_set("script", objects.script.call::<Value>(folder.clone())?)?;
        add_tests(vm, &scope, &shared, Path::new(&folder))?;
        Ok(scope)
    };
    fill().map_err(failed)
}

/// Variables that are plain data.
fn members(world: &Arc<dyn World>, script: &Json, input: &Json, folder: &str) -> Vec<(String, Data)> {
    let text = |value: &str| Data::String(value.to_owned());
    let environment =
        world.env(Path::new(folder)).into_iter().map(|(name, value)| (name, Data::String(value)));
    let environment = Data::Object(environment.collect());
    let empty = || Data::Object(indexmap::IndexMap::default());
    let mut members: Vec<(String, Data)> = [
        ("args", Data::from(input.clone())),
        ("input", Data::from(input.clone())),
        ("local", empty()),
        ("global", empty()),
        ("self", Data::from(script.clone())),
        ("cwd", text(folder)),
        ("dirname", text(folder)),
        ("port", Data::Number(f64::from(world.port().unwrap_or(42_003)))),
        ("env", environment.clone()),
        ("envs", environment),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Data::Object(facts) = world::machine_facts(world.machine()) {
        members.extend(facts);
    }
    members
}

/// `exists`, `running`, `ready`, `which`.
fn add_tests(vm: &Vm, scope: &Table, world: &Arc<dyn World>, folder: &Path) -> Result<(), LuaError> {
    let lua = vm.lua();
    let test = |answer: fn(&dyn World, &Path) -> bool| {
        let (world, folder) = (Arc::clone(world), folder.to_owned());
        lua.create_function(move |_, (_this, parts): (Value, Variadic<String>)| {
            let path = parts.iter().fold(folder.clone(), |path, part| path.join(part));
            Ok(answer(&*world, &normalise(&path)))
        })
    };
    scope.raw_set("exists", test(|world, path| world.files().exists(&path.to_string_lossy()))?)?;
    scope.raw_set("running", test(|world, path| world.running(path))?)?;
    scope.raw_set("ready", test(|world, path| world.ready(path))?)?;
    let world = Arc::clone(world);
    let which = lua.create_function(move |lua, (_this, name): (Value, String)| match world.which(&name) {
        Some(path) => lua.create_string(path.to_string_lossy().as_bytes()).map(Value::String),
        None => Ok(Value::NULL),
    })?;
    scope.raw_set("which", which)
}
