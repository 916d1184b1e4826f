//! One VM: creation, evaluation of functions and files, what the engine binds to it.
//!
//! Must not know: scripts, steps.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use futures::future::BoxFuture;
use mlua::{Function, IntoLuaMulti, Lua, Table, Value};

use crate::{
    Converter, FailureKind, HostAccess, HostFuture, JsError, RealHost, Stopper,
    bridge::Bridge,
    event_loop::EventLoop,
    expression::Expressions,
    host_natives,
    limits::Limits,
    loader::Loader,
    prelude::Prelude,
    sandbox::{self, Sandbox},
    trace::Sources,
};

const DEFAULT_MEMORY_LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// About so many members have the tables of helpers and natives: room made at once is cheaper than growing.
const HELPERS: usize = 400;
const NATIVES: usize = 100;
const DEFAULT_BUDGET: Duration = Duration::from_secs(10);

/// What a VM is made with.
#[derive(Clone)]
pub struct VmOptions {
    /// Most memory all values together may take.
    pub memory_limit_bytes: usize,
    /// Longest time the VM may compute without waiting for something.
    pub eval_budget: Duration,
    /// JavaScript → Luau.
    pub converter: Arc<dyn Converter>,
    /// Files of the prelude; `None`: the embedded ones (debug builds: the source tree's).
    pub prelude_dir: Option<PathBuf>,
    /// Clock, files, output.
    pub host: Arc<dyn HostAccess>,
    /// Only files below this folder can be required (links resolved); `None`: the folder of the file loaded first.
    pub app_root: Option<PathBuf>,
}

impl VmOptions {
    /// The usual limits, the real machine, no file may be written.
    pub fn new(converter: Arc<dyn Converter>) -> Self {
        let refuse = |path: &Path| Err(format!("{} may not be written here", path.display()));
        VmOptions {
            memory_limit_bytes: DEFAULT_MEMORY_LIMIT_BYTES,
            eval_budget: DEFAULT_BUDGET,
            converter,
            prelude_dir: None,
            host: Arc::new(RealHost::new(refuse)),
            app_root: None,
        }
    }
}

/// The engine's answer to a call of a namespace (`shell.run{…}` in hand-written Lua): full method name, parameters.
pub type Dispatcher = Arc<dyn Fn(String, Value) -> BoxFuture<'static, Result<Value, JsError>> + Send + Sync>;

/// The objects scripts get from the engine.
#[derive(Clone)]
pub struct HostObjects {
    /// `kernel`, whose helpers give promises where Node's do.
    pub kernel: Value,
    /// `kernel` for templates: every helper gives its value at once.
    pub kernel_sync: Value,
    /// Makes `info` for the folder of a launcher (a Luau function of one argument).
    pub info: Function,
    /// Makes `script` (a Luau function of one argument, the folder relative paths start from).
    pub script: Function,
}

/// A VM. Clones share it; it ends with the last clone.
#[derive(Clone)]
pub struct Vm {
    pub(crate) inner: Arc<Inner>,
}

/// A VM that does not keep it alive: for closures that live inside it.
#[derive(Clone)]
pub struct WeakVm(Weak<Inner>);

impl WeakVm {
    /// The VM, while it lives.
    pub fn upgrade(&self) -> Option<Vm> {
        self.0.upgrade().map(|inner| Vm { inner })
    }
}

pub(crate) struct Inner {
    // declared first: values held by the other fields are dropped before the state
    pub(crate) functions: Functions,
    pub(crate) event_loop: Arc<EventLoop>,
    pub(crate) expressions: Expressions,
    pub(crate) loader: Arc<Loader>,
    pub(crate) limits: Arc<Limits>,
    dispatcher: Arc<OnceLock<Dispatcher>>,
    namespaces: Mutex<Option<Table>>,
    pub(crate) js: Table,
    pub(crate) native: Table,
    pub(crate) globals: Table,
    pub(crate) options: VmOptions,
    pub(crate) lua: Lua,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // the watchdog must not reach into a state that is gone
        self.limits.release();
    }
}

/// Functions of the prelude that Rust calls.
pub(crate) struct Functions {
    /// `(f, this, …) → true, value | false, error`
    pub(crate) protect: Function,
    /// `(error) → name, message, stack`
    pub(crate) describe_error: Function,
    /// `(promise) → "pending" | "fulfilled" | "rejected", value`
    pub(crate) promise_state: Function,
    /// `() → promise, resolve, reject`
    pub(crate) new_host_promise: Function,
    /// `() → `
    pub(crate) drain_microtasks: Function,
    /// `() → list of {promise, reason}`
    pub(crate) unhandled_rejections: Function,
}

impl Functions {
    fn find(js: &Table) -> mlua::Result<Self> {
        Ok(Functions {
            protect: js.raw_get("protect")?,
            describe_error: js.raw_get("describe_error")?,
            promise_state: js.raw_get("promise_state")?,
            new_host_promise: js.raw_get("new_host_promise")?,
            drain_microtasks: js.raw_get("drain_microtasks")?,
            unhandled_rejections: js.raw_get("unhandled_rejections")?,
        })
    }
}

impl Vm {
    /// A fresh VM with the prelude's core loaded.
    pub fn new(options: VmOptions) -> Result<Vm, JsError> {
        let limit = options.memory_limit_bytes;
        Vm::create(options).map_err(|error| {
            let mut failure = JsError::from_lua(&error, limit);
            if failure.kind == FailureKind::Thrown {
                failure.kind = FailureKind::Internal;
            }
            failure
        })
    }

    fn create(options: VmOptions) -> mlua::Result<Vm> {
        let Sandbox { lua, libraries, offered, globals } = sandbox::create()?;
        let limits = Limits::new(options.eval_budget);
        let sources = Arc::new(Sources::default());
        let event_loop = Arc::new(EventLoop::new(options.host.clone()));
        let prelude = Prelude::new(options.prelude_dir.clone());
        let js = lua.create_table_with_capacity(0, HELPERS)?;
        let native = lua.create_table_with_capacity(0, NATIVES)?;
        native.raw_set("globals", &globals)?;
        native.raw_set("luau", offered)?;
        let setup = host_natives::Setup {
            lua: &lua,
            js: &js,
            native: &native,
            libraries: &libraries,
            prelude: &prelude,
        };
        setup.install(&options.host, &event_loop, &sources)?;
        crate::native::install(&lua, &native)?;
        // nothing of the prelude is garbage
        lua.gc_stop();
        setup.load_core()?;
        lua.gc_restart();
        globals.raw_set("js", &js)?;
        globals.raw_set("null", Value::NULL)?;
        globals.set_safeenv(true);
        Bridge::install(&lua, &js);
        let functions = Functions::find(&js)?;
        let loader = Arc::new(Loader::new(&options, sources.clone()));
        lua.set_memory_limit(options.memory_limit_bytes)?;
        limits.watch(&lua, &sources);
        let vm = Vm {
            inner: Arc::new(Inner {
                functions,
                event_loop,
                expressions: Expressions::default(),
                loader,
                limits,
                dispatcher: Arc::new(OnceLock::new()),
                namespaces: Mutex::new(None),
                js,
                native,
                globals,
                options,
                lua,
            }),
        };
        vm.inner.loader.bind(&vm)?;
        Ok(vm)
    }

    /// A reference that does not keep the VM alive.
    pub fn downgrade(&self) -> WeakVm {
        WeakVm(Arc::downgrade(&self.inner))
    }

    /// The Lua state.
    pub fn lua(&self) -> &Lua {
        &self.inner.lua
    }

    /// `globalThis`, the environment of scripts.
    pub fn globals(&self) -> &Table {
        &self.inner.globals
    }

    /// Longest time the VM may compute without waiting; zero: no limit.
    pub fn set_budget(&self, budget: Duration) {
        self.inner.limits.set_budget(budget);
    }

    /// Ends what the VM computes, from any thread.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.inner.limits.clone())
    }

    /// Bytes all values take.
    pub fn memory_used(&self) -> usize {
        self.inner.lua.used_memory()
    }

    /// Calls a function under the time budget; promises are returned as they are.
    pub fn call_sync(
        &self,
        function: &Function,
        this: Value,
        args: impl IntoLuaMulti,
    ) -> Result<Value, JsError> {
        let _entered = self.inner.limits.enter();
        let mut all = args.into_lua_multi(&self.inner.lua).map_err(|error| self.failure(&error))?;
        all.push_front(this);
        all.push_front(Value::Function(function.clone()));
        let (ok, value): (bool, Value) =
            self.inner.functions.protect.call(all).map_err(|error| self.failure(&error))?;
        if ok { Ok(value) } else { Err(self.thrown(value)) }
    }

    /// Runs Lua calls under the time budget.
    pub fn timed<R>(&self, work: impl FnOnce() -> mlua::Result<R>) -> Result<R, JsError> {
        let _entered = self.inner.limits.enter();
        work().map_err(|error| self.failure(&error))
    }

    /// Calls a function and waits for its promise, if it gives one: microtasks, timers and host promises are served.
    pub async fn call(
        &self,
        function: &Function,
        this: Value,
        args: impl IntoLuaMulti,
    ) -> Result<Value, JsError> {
        let value = self.call_sync(function, this, args)?;
        self.settle(value).await
    }

    /// The value of a promise (anything else is returned as it is).
    pub async fn settle(&self, value: Value) -> Result<Value, JsError> {
        crate::event_loop::settle(self, value).await
    }

    /// Serves microtasks, timers and host promises until nothing is left to wait for.
    pub async fn run_until_idle(&self) -> Result<(), JsError> {
        crate::event_loop::run_until_idle(self).await
    }

    /// A JavaScript promise that a Rust future settles.
    pub fn promise(&self, future: HostFuture) -> Result<Value, JsError> {
        crate::event_loop::promise(&self.inner.event_loop, &self.inner.functions.new_host_promise, future)
            .map_err(|error| self.failure(&error))
    }

    /// Rejections nobody has handled since the last call.
    pub fn unhandled_rejections(&self) -> Result<Vec<JsError>, JsError> {
        let list: Table =
            self.inner.functions.unhandled_rejections.call(()).map_err(|error| self.failure(&error))?;
        let mut failures = Vec::new();
        for entry in list.sequence_values::<Table>() {
            let reason =
                entry.and_then(|entry| entry.raw_get("reason")).map_err(|error| self.failure(&error))?;
            failures.push(self.thrown(reason));
        }
        Ok(failures)
    }

    /// Loads a file by its extension: what it exports. The promise of an ES module is returned as it is.
    pub fn load_module(&self, path: &Path) -> Result<Value, JsError> {
        self.inner.loader.load_path(self, path)
    }

    /// Sets `process.argv` to the program's path and these arguments.
    pub fn set_arguments(&self, path: &str, arguments: &[String]) -> Result<(), JsError> {
        let set = || -> mlua::Result<()> {
            let list = self.inner.lua.create_sequence_from(arguments.iter().map(String::as_str))?;
            list.raw_insert(1, path)?;
            self.inner.native.raw_set("arguments", list)
        };
        set().map_err(|error| self.failure(&error))
    }

    /// Forgets a loaded file, so that the next load reads it again.
    pub fn forget_module(&self, path: &Path) {
        // a file that was never loaded needs no forgetting
        let _ = Loader::forget(self, path);
    }

    /// Runs a program (top level is the global one); its value is that of its last `return`, if any.
    pub fn run_source(&self, source: &str, path: &str, form: crate::ModuleForm) -> Result<Value, JsError> {
        self.inner.loader.run_source(self, source, path, form)
    }

    /// Compiles a JavaScript expression; the function gets a table with the members `names`. Cached by text and names.
    pub fn compile_expression(&self, text: &str, names: &[&str]) -> Result<Function, JsError> {
        self.inner.expressions.compile(self, text, names)
    }

    /// Binds the namespaces of hand-written Lua (`shell.run{…}`) to the engine's dispatcher.
    pub fn set_dispatcher(&self, dispatcher: Dispatcher) {
        // only the first one counts: a VM belongs to one run
        let _ = self.inner.dispatcher.set(dispatcher);
    }

    pub(crate) fn dispatcher(&self) -> Option<Dispatcher> {
        self.inner.dispatcher.get().cloned()
    }

    /// Adds tables of functions to the globals: `shell.run{…}` for `["shell.run"]`; `local` becomes `locals`.
    pub fn bind_namespaces(&self, methods: &[&str]) -> Result<(), JsError> {
        let bound =
            crate::host_natives::bind_namespaces(self, methods).map_err(|error| self.failure(&error))?;
        *self.inner.namespaces.lock().unwrap_or_else(PoisonError::into_inner) = Some(bound);
        Ok(())
    }

    /// Makes `kernel`, `info` and `script` over a table of primitives (see lua/prelude/README.md).
    pub fn host_objects(&self, world: Table) -> Result<HostObjects, JsError> {
        let make: Function = self.prelude_module("host/objects")?;
        let made: Table = make.call(world).map_err(|error| self.failure(&error))?;
        let read = || -> mlua::Result<HostObjects> {
            Ok(HostObjects {
                kernel: made.raw_get("kernel")?,
                kernel_sync: made.raw_get("kernel_sync")?,
                info: made.raw_get("info")?,
                script: made.raw_get("script")?,
            })
        };
        read().map_err(|error| self.failure(&error))
    }

    /// The value a file of the prelude returns, run once per VM.
    pub fn prelude_module<V: mlua::FromLua>(&self, name: &str) -> Result<V, JsError> {
        let need: Function = self.inner.native.raw_get("need_file").map_err(|error| self.failure(&error))?;
        need.call(name).map_err(|error| self.failure(&error))
    }

    /// An error of mlua as a JavaScript error.
    pub fn failure(&self, error: &mlua::Error) -> JsError {
        JsError::from_lua(error, self.inner.options.memory_limit_bytes)
    }

    /// A thrown JavaScript value as an error.
    pub fn thrown(&self, value: Value) -> JsError {
        if let Value::Error(error) = &value {
            return self.failure(error);
        }
        match self.inner.functions.describe_error.call::<(String, String, Option<String>)>(value) {
            Ok((name, message, stack)) => {
                let stack = stack.unwrap_or_default();
                JsError { name, message, stack, kind: FailureKind::Thrown }
            }
            Err(error) => self.failure(&error),
        }
    }

    pub(crate) fn function(&self, name: &str) -> Result<Function, JsError> {
        self.inner.js.raw_get(name).map_err(|error| self.failure(&error))
    }
}
