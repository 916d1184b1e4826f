//! The table `native` the prelude gets: what only Rust can do for it, apart from C-like helpers in `native/`.
//!
//! Must not know: what JavaScript is made of it.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use mlua::{Function, LightUserData, Lua, LuaString, Table, Thread, Value};

use crate::{HostAccess, OutputStream, Vm, event_loop::EventLoop, prelude::Prelude, trace, trace::Sources};

/// Names of Lua that a namespace cannot have.
const RENAMED: [(&str, &str); 1] = [("local", "locals")];

/// The parts of a VM in the making.
pub(crate) struct Setup<'a> {
    pub(crate) lua: &'a Lua,
    pub(crate) js: &'a Table,
    pub(crate) native: &'a Table,
    pub(crate) libraries: &'a Table,
    pub(crate) prelude: &'a Prelude,
}

impl Setup<'_> {
    /// Fills `native`.
    pub(crate) fn install(
        &self,
        host: &Arc<dyn HostAccess>,
        event_loop: &Arc<EventLoop>,
        sources: &Arc<Sources>,
    ) -> mlua::Result<()> {
        self.native.raw_set("null", Value::NULL)?;
        self.native.raw_set("prelude_prefix", trace::PRELUDE_PREFIX)?;
        self.install_metatables()?;
        self.install_traces(sources)?;
        self.install_clock(host)?;
        self.install_system(host)?;
        self.install_files_of_prelude()?;
        crate::event_loop::install(event_loop, self.lua, self.native)?;
        crate::loader::install_files(self.lua, self.native, host)
    }

    fn install_metatables(&self) -> mlua::Result<()> {
        let set = self.lua.create_function(|lua, (kind, metatable): (String, Option<Table>)| {
            match kind.as_str() {
                "string" => lua.set_type_metatable::<LuaString>(metatable),
                "number" => lua.set_type_metatable::<f64>(metatable),
                "boolean" => lua.set_type_metatable::<bool>(metatable),
                "function" => lua.set_type_metatable::<Function>(metatable),
                "lightuserdata" | "null" => lua.set_type_metatable::<LightUserData>(metatable),
                "thread" => lua.set_type_metatable::<Thread>(metatable),
                "buffer" => lua.set_type_metatable::<mlua::Buffer>(metatable),
                other => return Err(mlua::Error::runtime(format!("no type metatable for {other}"))),
            }
            Ok(())
        })?;
        self.native.raw_set("set_type_metatable", set)?;
        let is_limit = self.lua.create_function(|_, value: Value| {
            Ok(matches!(value, Value::Error(error) if crate::limits::of_error(&error).is_some()))
        })?;
        self.native.raw_set("is_limit", is_limit)?;
        let globals: Table = self.native.raw_get("globals")?;
        let changed = self.lua.create_function(move |_, ()| {
            globals.set_safeenv(false);
            Ok(())
        })?;
        self.native.raw_set("globals_changed", changed)?;
        let helpers = self.js.clone();
        let open = self.lua.create_function(move |_, open: bool| {
            helpers.set_readonly(!open);
            Ok(())
        })?;
        self.native.raw_set("open_helpers", open)?;
        let readonly = self.lua.create_function(|_, table: Table| {
            table.set_readonly(true);
            Ok(table)
        })?;
        self.native.raw_set("read_only", readonly)
    }

    fn install_traces(&self, sources: &Arc<Sources>) -> mlua::Result<()> {
        let shared = sources.clone();
        let traceback = self.lua.create_function(move |lua, ()| Ok(trace::text(lua, &shared)))?;
        self.native.raw_set("traceback", traceback)?;
        let shared = sources.clone();
        let caller = self.lua.create_function(move |lua, ()| {
            let frame = trace::frames(lua, &shared, 1).pop();
            Ok(frame.map(|frame| (frame.file, frame.line, frame.column)).unzip3())
        })?;
        self.native.raw_set("caller", caller)?;
        let shared = sources.clone();
        let locate = self.lua.create_function(move |_, (chunk, line): (String, u32)| {
            Ok(shared.lookup(&chunk, line).map_or((None, None), |(line, column)| (Some(line), Some(column))))
        })?;
        self.native.raw_set("locate", locate)
    }

    fn install_clock(&self, host: &Arc<dyn HostAccess>) -> mlua::Result<()> {
        let lua = self.lua;
        let shared = host.clone();
        self.native.raw_set("now_ms", lua.create_function(move |_, ()| Ok(shared.now_ms()))?)?;
        let shared = host.clone();
        self.native.raw_set("random", lua.create_function(move |_, ()| Ok(shared.random()))?)?;
        let shared = host.clone();
        let console = lua.create_function(move |_, (level, text): (LuaString, LuaString)| {
            let level = level.to_string_lossy();
            let error = matches!(level.as_str(), "error" | "warn" | "trace" | "assert");
            let stream = if error { OutputStream::Error } else { OutputStream::Out };
            let mut text = text.to_string_lossy();
            text.push('\n');
            shared.print(stream, &text);
            Ok(())
        })?;
        self.native.raw_set("console", console)?;
        let shared = host.clone();
        let print = lua.create_function(move |_, text: LuaString| {
            shared.print(OutputStream::Out, &text.to_string_lossy());
            Ok(())
        })?;
        self.native.raw_set("print_raw", print)?;
        let (born, fixed) = (Instant::now(), host.skips_waiting());
        let performance = lua.create_function(move |_, ()| {
            Ok(if fixed { 0.0 } else { born.elapsed().as_secs_f64() * 1000.0 })
        })?;
        self.native.raw_set("performance_now", performance)?;
        let zone =
            lua.create_function(move |_, ()| Ok(if fixed { Some("UTC".to_owned()) } else { time_zone() }))?;
        self.native.raw_set("time_zone", zone)
    }

    /// `system_facts()`, `environment()`, `cwd()`: tables made when asked for.
    fn install_system(&self, host: &Arc<dyn HostAccess>) -> mlua::Result<()> {
        let shared = host.clone();
        let facts = self.lua.create_function(move |lua, ()| {
            let facts = shared.system();
            let table = lua.create_table()?;
            let texts = [
                ("platform", facts.platform),
                ("arch", facts.arch),
                ("homedir", facts.home),
                ("tmpdir", facts.temporary),
                ("hostname", facts.hostname),
                ("type", facts.kind),
                ("release", facts.release),
                ("version", facts.version),
                ("username", facts.user),
                ("shell", facts.shell),
            ];
            for (name, value) in texts {
                table.raw_set(name, value)?;
            }
            let numbers = [
                ("cpus", facts.processors as f64),
                ("totalmem", facts.total_bytes),
                ("freemem", facts.free_bytes),
                ("uid", facts.uid),
                ("gid", facts.gid),
                ("uptime", facts.uptime),
            ];
            for (name, value) in numbers {
                table.raw_set(name, value)?;
            }
            table.raw_set("endianness", if cfg!(target_endian = "big") { "BE" } else { "LE" })?;
            table.raw_set("eol", "\n")?;
            Ok(table)
        })?;
        self.native.raw_set("system_facts", facts)?;
        let shared = host.clone();
        let environment = self.lua.create_function(move |_, ()| Ok(shared.environment()))?;
        self.native.raw_set("environment", environment)?;
        let shared = host.clone();
        self.native.raw_set("cwd", self.lua.create_function(move |_, ()| Ok(shared.cwd()))?)
    }

    /// `load_file(name)` → the chunk of a prelude file, not yet run.
    fn install_files_of_prelude(&self) -> mlua::Result<()> {
        let (prelude, libraries) = (self.prelude.clone(), self.libraries.clone());
        let load = self.lua.create_function(move |lua, name: String| match prelude.bytecode(&name)? {
            Some(bytes) => chunk(lua, bytes.as_ref(), &name, &libraries).map(Some),
            None => Ok(None),
        })?;
        self.native.raw_set("load_file", load)
    }

    /// Runs `host/loading` (which installs `need` and friends), then the files of `core/order`.
    pub(crate) fn load_core(&self) -> mlua::Result<()> {
        self.run("host/loading")?;
        let order = self.prelude.order();
        for name in order.lines().map(str::trim).filter(|name| !name.is_empty() && !name.starts_with('#')) {
            self.run(&format!("core/{name}"))?;
        }
        self.run("host/driver")?;
        self.native.raw_get::<Function>("core_loaded")?.call(())
    }

    fn run(&self, name: &str) -> mlua::Result<()> {
        let Some(bytes) = self.prelude.bytecode(name)? else {
            return Err(mlua::Error::runtime(format!("the prelude has no file {name}.lua")));
        };
        let ran = chunk(self.lua, bytes.as_ref(), name, self.libraries)?.call((self.js, self.native));
        ran.map_err(|error| mlua::Error::runtime(format!("{name}.lua: {error}")))
    }
}

fn chunk(lua: &Lua, bytecode: &[u8], name: &str, environment: &Table) -> mlua::Result<Function> {
    lua.load(bytecode)
        .set_mode(mlua::chunk::ChunkMode::Binary)
        .set_name(format!("={}{name}", trace::PRELUDE_PREFIX))
        .set_environment(environment.clone())
        .into_function()
}

fn time_zone() -> Option<String> {
    static ZONE: OnceLock<Option<String>> = OnceLock::new();
    ZONE.get_or_init(|| {
        let named = std::env::var("TZ").ok().map(|zone| zone.trim_start_matches(':').to_owned());
        named.filter(|zone| !zone.is_empty()).or_else(|| {
            let link = std::fs::read_link("/etc/localtime").ok()?;
            let text = link.to_string_lossy().into_owned();
            text.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
        })
    })
    .clone()
}

/// Makes `shell = { run = … }` and the like, and puts them into the globals.
pub(crate) fn bind_namespaces(vm: &Vm, methods: &[&str]) -> mlua::Result<Table> {
    let lua = vm.lua();
    let bound = lua.create_table()?;
    for method in methods {
        let weak = Arc::downgrade(&vm.inner);
        let name = (*method).to_owned();
        let call = lua.create_function(move |_, params: Value| {
            let inner = weak.upgrade().ok_or_else(|| mlua::Error::runtime("the VM has ended"))?;
            let vm = Vm { inner };
            let dispatcher =
                vm.dispatcher().ok_or_else(|| mlua::Error::runtime("no engine is bound to this VM"))?;
            let future = dispatcher(name.clone(), params);
            let reporting = vm.clone();
            let outcome = async move { future.await.map_err(|error| reporting.error_value(&error)) };
            vm.promise(Box::pin(outcome)).map_err(mlua::Error::external)
        })?;
        let call: Function = vm.inner.js.raw_get::<Function>("awaiting")?.call(call)?;
        let Some((namespace, verb)) = method.split_once('.') else {
            bound.raw_set(*method, call)?;
            continue;
        };
        let namespace = RENAMED.iter().find(|(from, _)| *from == namespace).map_or(namespace, |(_, to)| *to);
        if let Some(table) = bound.raw_get::<Option<Table>>(namespace)? {
            table.raw_set(verb, call)?;
        } else {
            bound.raw_set(namespace, lua.create_table_from([(verb, call)])?)?;
        }
    }
    bound.for_each(|name: String, value: Value| {
        let globals = &vm.inner.globals;
        if globals.raw_get::<Value>(name.as_str())?.is_nil() { globals.raw_set(name, value) } else { Ok(()) }
    })?;
    Ok(bound)
}

impl Vm {
    /// A JavaScript error object made of a Rust-side failure.
    pub fn error_value(&self, error: &crate::JsError) -> Value {
        let made = self.function("make_error").ok().and_then(|make| {
            let name = if error.name.is_empty() { "Error" } else { &error.name };
            make.call::<Value>((name, error.message.as_str())).ok()
        });
        made.unwrap_or(Value::Nil)
    }
}

/// Splits an optional triple into three optional values.
trait Unzip3 {
    type Parts;
    fn unzip3(self) -> Self::Parts;
}

impl<A, B, C> Unzip3 for Option<(A, B, C)> {
    type Parts = (Option<A>, Option<B>, Option<C>);
    fn unzip3(self) -> Self::Parts {
        self.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)))
    }
}
