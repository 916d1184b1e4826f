//! What `kernel`, `info` and `script` ask of the world, and its binding to the VM as one table of plain functions.
//!
//! Must not know: which world it is (a live run, a simulated machine) nor how the objects look to scripts (lua/prelude/host).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;
use pino_machine::Machine;
use pino_model::Data;
use pino_vm::{FileKind, Files, Function, JsError, Lua, LuaError, Table, Value, Variadic, Vm};

/// An operation that waits (`kernel.download`, `kernel.exec`, …).
pub type WorldFuture = BoxFuture<'static, Result<Value, JsError>>;

/// The world behind the helper objects. Paths are absolute.
pub trait World: Send + Sync {
    /// Facts about the machine; the first call may look at the hardware.
    fn machine(&self) -> &Machine;
    /// `linux`, `darwin`, `win32`; costs nothing.
    fn platform(&self) -> &str;
    /// Node's name of the processor architecture; costs nothing.
    fn arch(&self) -> &str;
    /// The launcher home.
    fn home(&self) -> &Path;
    /// Files as scripts see them.
    fn files(&self) -> &dyn Files;
    /// The script at this path runs.
    fn running(&self, script: &Path) -> bool;
    /// It has reached its end since its last start.
    fn ready(&self, script: &Path) -> bool;
    /// Its local variables (a live object), while it runs.
    fn local(&self, script: &Path) -> Option<Table>;
    /// Its global variables (a live object), if it ever had some.
    fn global(&self, script: &Path) -> Option<Table>;
    /// Every script that runs.
    fn running_scripts(&self) -> Vec<PathBuf>;
    /// A free port.
    fn port(&self) -> Result<u16, String>;
    /// Nobody listens on this port.
    fn port_is_free(&self, port: u16) -> bool;
    /// An executable on the managed PATH.
    fn which(&self, name: &str) -> Option<PathBuf>;
    /// The effective environment for scripts in this folder.
    fn env(&self, folder: &Path) -> BTreeMap<String, String>;
    /// A path or URI as scripts write it; `None` when it leads nowhere.
    fn resolve(&self, cwd: &Path, uri: &str) -> Option<PathBuf>;
    /// The folder an app was cloned to from this git address.
    fn git_folder(&self, uri: &str) -> Option<PathBuf>;
    /// Secrets stored under a host by this run.
    fn key(&self, host: &str) -> Data;
    /// `download`, `exec`, `load`, `fetch`, `shell_run`, `wait` with their parameters.
    fn operation(&self, name: &'static str, params: Value) -> WorldFuture;
}

/// Operations that give promises.
const OPERATIONS: &[&str] = &["download", "exec", "load", "fetch", "shell_run", "wait"];

/// Makes the table of primitives `lua/prelude/host` builds its objects from.
pub fn bind(vm: &Vm, world: &Arc<dyn World>) -> Result<Table, JsError> {
    build(vm, world).map_err(|error| vm.failure(&error))
}

fn build(vm: &Vm, world: &Arc<dyn World>) -> Result<Table, LuaError> {
    let lua = vm.lua();
    let table = lua.create_table()?;
    table.raw_set("home", text(world.home()))?;
    table.raw_set("platform", world.platform())?;
    table.raw_set("arch", world.arch())?;
    let add = Binder { lua, table: &table, world };
    add.files()?;
    add.scripts()?;
    add.machine()?;
    for name in OPERATIONS {
        // the VM must not own itself through its functions
        let (weak, world) = (vm.downgrade(), Arc::clone(world));
        let call = lua.create_function(move |_, params: Value| {
            let vm = weak.upgrade().ok_or_else(|| LuaError::runtime("the run is over"))?;
            let work = world.operation(name, params);
            vm.promise(Box::pin(async move { work.await.map_err(|error| rejection(&error)) }))
                .map_err(LuaError::external)
        })?;
        table.raw_set(*name, call)?;
    }
    Ok(table)
}

/// The reason a promise is rejected with.
fn rejection(error: &JsError) -> Value {
    Value::Error(Box::new(LuaError::runtime(error.to_string())))
}

struct Binder<'a> {
    lua: &'a Lua,
    table: &'a Table,
    world: &'a Arc<dyn World>,
}

impl Binder<'_> {
    /// A function of one text.
    fn text_function<R: pino_vm::IntoLua + 'static>(
        &self,
        name: &str,
        call: impl Fn(&dyn World, &Lua, String) -> Result<R, LuaError> + Send + Sync + 'static,
    ) -> Result<(), LuaError> {
        let world = Arc::clone(self.world);
        let function: Function =
            self.lua.create_function(move |lua, given: String| call(world.as_ref(), lua, given))?;
        self.table.raw_set(name, function)
    }

    fn files(&self) -> Result<(), LuaError> {
        self.text_function("exists", |world, _, path| Ok(world.files().exists(&path)))?;
        self.text_function("is_dir", |world, _, path| {
            Ok(world.files().stat(&path, true).is_ok_and(|stat| stat.kind == FileKind::Folder))
        })?;
        self.text_function("stat", |world, lua, path| {
            let Ok(stat) = world.files().stat(&path, true) else { return Ok(Value::Nil) };
            let table = lua.create_table()?;
            table.raw_set("is_dir", stat.kind == FileKind::Folder)?;
            table.raw_set("is_file", stat.kind == FileKind::File)?;
            table.raw_set("size", stat.size as f64)?;
            table.raw_set("modified_ms", stat.modified_ms)?;
            table.raw_set("mode", stat.mode)?;
            Ok(Value::Table(table))
        })?;
        self.text_function("list", |world, lua, path| {
            let Ok(names) = world.files().list(&path) else { return Ok(Value::Nil) };
            lua.create_sequence_from(names).map(Value::Table)
        })?;
        self.text_function("read", |world, lua, path| {
            let Ok(bytes) = world.files().read(&path) else { return Ok(Value::Nil) };
            lua.create_string(bytes).map(Value::String)
        })
    }

    fn scripts(&self) -> Result<(), LuaError> {
        self.text_function("running", |world, _, path| Ok(world.running(Path::new(&path))))?;
        self.text_function("ready", |world, _, path| Ok(world.ready(Path::new(&path))))?;
        self.text_function("local_of", |world, _, path| Ok(world.local(Path::new(&path))))?;
        self.text_function("global_of", |world, _, path| Ok(world.global(Path::new(&path))))?;
        self.text_function("git_folder", |world, _, uri| Ok(world.git_folder(&uri).as_deref().map(text)))?;
        self.text_function("env", |world, lua, folder| {
            let variables =
                world.env(Path::new(&folder)).into_iter().map(|(name, value)| (name, Data::String(value)));
            pino_vm::from_data(lua, &Data::Object(variables.collect()))
        })?;
        self.text_function("key", |world, lua, host| pino_vm::from_data(lua, &world.key(&host)))?;
        self.text_function("which", |world, _, name| Ok(world.which(&name).as_deref().map(text)))?;
        let world = Arc::clone(self.world);
        let resolve = move |_: &Lua, (cwd, uri): (String, String)| {
            Ok(world.resolve(Path::new(&cwd), &uri).as_deref().map(text))
        };
        self.table.raw_set("resolve", self.lua.create_function(resolve)?)?;
        let world = Arc::clone(self.world);
        let running = move |lua: &Lua, _: Variadic<Value>| {
            lua.create_sequence_from(world.running_scripts().iter().map(|path| text(path)))
        };
        self.table.raw_set("running_scripts", self.lua.create_function(running)?)
    }

    fn machine(&self) -> Result<(), LuaError> {
        let world = Arc::clone(self.world);
        let port = move |_: &Lua, _: Variadic<Value>| world.port().map_err(LuaError::runtime);
        self.table.raw_set("port", self.lua.create_function(port)?)?;
        let world = Arc::clone(self.world);
        let port_free = move |_: &Lua, port: f64| {
            let in_range = port.fract() == 0.0 && (1.0..=f64::from(u16::MAX)).contains(&port);
            Ok(in_range && world.port_is_free(port as u16))
        };
        self.table.raw_set("port_free", self.lua.create_function(port_free)?)?;
        let world = Arc::clone(self.world);
        let machine =
            move |lua: &Lua, _: Variadic<Value>| pino_vm::from_data(lua, &machine_facts(world.machine()));
        self.table.raw_set("machine", self.lua.create_function(machine)?)
    }
}

/// Machine facts under the names scripts know (spec 20 §6.2).
pub fn machine_facts(machine: &Machine) -> Data {
    let absent = |value: &Option<String>| value.clone().map_or(Data::Undefined, Data::String);
    let null = |value: &Option<String>| value.clone().map_or(Data::Null, Data::String);
    let members = [
        ("platform", Data::String(machine.platform.clone())),
        ("arch", Data::String(machine.arch.clone())),
        ("gpu", Data::String(machine.gpu.clone())),
        ("gpu_model", absent(&machine.gpu_model)),
        ("gpu_driver", null(&machine.gpu_driver)),
        ("gpu_target", null(&machine.gpu_target)),
        ("gpus", machine.gpus_data()),
        ("vram", Data::Number(machine.vram as f64)),
        ("ram", Data::Number(machine.ram as f64)),
        ("graphics", machine.graphics_data()),
        ("cpu", machine.cpu_data()),
        ("mem", machine.mem_data()),
        ("osInfo", machine.os_data()),
    ];
    Data::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
