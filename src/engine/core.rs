//! Everything one run owns: VM, events, processes, ports, the scripts that are up. Shared by all parts of the engine.
//!
//! Must not know: the order of things; that is what `run`, `drive`, `step` and `stop` are for.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use pino_model::{Data, Event, ExitStatus};
use pino_stdlib::Host;
use pino_vm::{HostObjects, JsError, LuaError, Table, Value, Vm};
use tokio_util::sync::CancellationToken;

use crate::{
    answers::Answers,
    app::{WriteRules, app_folder, app_in_home},
    environment::Environments,
    events::Events,
    files::normalise,
    journal::Journal,
    live_world::LiveWorld,
    ports::Ports,
    registry::Registry,
    render::Renderer,
    script::{NewScript, Script},
    world::{self, World},
};

/// State of one run.
pub(crate) struct Core {
    me: Weak<Core>,
    pub(crate) id: String,
    pub(crate) home: PathBuf,
    pub(crate) vm: Vm,
    pub(crate) renderer: Renderer,
    pub(crate) events: Arc<Events>,
    pub(crate) journal: Journal,
    pub(crate) environments: Environments,
    pub(crate) ports: Ports,
    pub(crate) write_rules: Arc<WriteRules>,
    pub(crate) answers: Answers,
    pub(crate) scripts: Registry,
    pub(crate) processes: pino_process::ProcessGroup,
    /// How long programs may take to end on their own.
    pub(crate) grace: std::time::Duration,
    pub(crate) downloads: pino_download::Downloads,
    pub(crate) drive: pino_drive::Drive,
    /// Cancelled when the whole run stops.
    pub(crate) token: CancellationToken,
    /// Why the whole run stops; the first reason counts.
    stop_reason: OnceLock<ExitStatus>,
    /// The script of the command line.
    main: OnceLock<PathBuf>,
    objects: OnceLock<HostObjects>,
    /// Lua programs at work, the innermost last.
    pub(crate) programs: Mutex<Vec<Arc<Script>>>,
    /// Modules of `uri` steps by path.
    pub(crate) modules: Mutex<HashMap<PathBuf, crate::functions::LoadedModule>>,
    /// Secrets this run has stored, by host.
    pub(crate) keys: Mutex<HashMap<String, Data>>,
}

/// What is needed to make a [`Core`].
pub(crate) struct NewCore {
    pub(crate) home: PathBuf,
    pub(crate) vm: Vm,
    pub(crate) events: Arc<Events>,
    pub(crate) write_rules: Arc<WriteRules>,
    pub(crate) answers: Answers,
    pub(crate) supervision: crate::run::Supervision,
}

/// A call of a script, resolved.
pub(crate) struct Request {
    pub(crate) path: PathBuf,
    pub(crate) uri: String,
    pub(crate) args: Value,
}

impl Core {
    pub(crate) fn new(new: NewCore) -> Arc<Self> {
        let id = new.supervision.id.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
        let journal =
            Journal::new(&id, Arc::clone(&new.events), new.supervision.journal, new.supervision.resume);
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            id,
            journal,
            renderer: Renderer::new(&new.vm),
            environments: Environments::layered(&new.home, new.supervision.caller_env, new.supervision.env),
            ports: Ports::default(),
            write_rules: new.write_rules,
            answers: new.answers,
            scripts: Registry::default(),
            processes: with_gpu_proof(new.supervision.processes.unwrap_or_default()),
            grace: new.supervision.grace.unwrap_or(pino_process::DEFAULT_GRACE),
            downloads: crate::downloads::of_home(&new.home),
            drive: pino_drive::Drive::new(&new.home),
            home: new.home,
            vm: new.vm,
            events: new.events,
            token: CancellationToken::new(),
            stop_reason: OnceLock::new(),
            main: OnceLock::new(),
            objects: OnceLock::new(),
            programs: Mutex::default(),
            modules: Mutex::default(),
            keys: Mutex::default(),
        })
    }

    /// The engine as methods see it.
    pub(crate) fn host(&self) -> Option<Arc<dyn Host>> {
        let me: Arc<dyn Host> = self.me.upgrade()?;
        Some(me)
    }

    /// A handle of its own, while the run lives.
    pub(crate) fn handle(&self) -> Option<Arc<Core>> {
        self.me.upgrade()
    }

    /// `kernel`, `info`, `script`; made on first use.
    pub(crate) fn objects(&self) -> Result<&HostObjects, JsError> {
        if let Some(objects) = self.objects.get() {
            return Ok(objects);
        }
        let world: Arc<dyn World> = Arc::new(LiveWorld::new(self.me.clone(), &self.home));
        let objects = self.vm.host_objects(world::bind(&self.vm, &world)?)?;
        Ok(self.objects.get_or_init(|| objects))
    }

    /// Registers a script. The first one of the run gives events their base folder.
    pub(crate) fn add_script(
        &self,
        request: Request,
        caller: Option<&Script>,
    ) -> Result<Arc<Script>, LuaError> {
        let token = caller.map_or(&self.token, |caller| &caller.token).child_token();
        self.add(request, caller, token)
    }

    /// Registers a script that runs although its caller is being stopped (`on.stop`).
    pub(crate) fn add_detached(&self, request: Request, caller: &Script) -> Result<Arc<Script>, LuaError> {
        self.add(request, Some(caller), CancellationToken::new())
    }

    fn add(
        &self,
        request: Request,
        caller: Option<&Script>,
        token: CancellationToken,
    ) -> Result<Arc<Script>, LuaError> {
        if let Some(folder) = request.path.parent() {
            self.events.set_base(folder);
        }
        let lua = self.vm.lua();
        let global = match self.scripts.global(&request.path) {
            Some(global) => global,
            None => pino_vm::new_object(lua)?,
        };
        let script = Arc::new(Script::new(NewScript {
            name: self.events.name(&request.path),
            app: app_folder(&self.home, &request.path),
            uri: request.uri,
            caller: caller.map(|caller| caller.path.clone()),
            args: request.args,
            local: pino_vm::new_object(lua)?,
            global,
            token,
            began_ms: self.events.now_ms(),
            path: request.path,
        }));
        // the very first one is the main script
        let _ = self.main.set(script.path.clone());
        self.scripts.add(&script);
        Ok(script)
    }

    pub(crate) fn is_main(&self, script: &Script) -> bool {
        self.main.get() == Some(&script.path)
    }

    /// Stops the whole run; the first reason is the one that is told.
    pub(crate) fn stop_all(&self, reason: ExitStatus) {
        let _ = self.stop_reason.set(reason);
        self.token.cancel();
    }

    /// The status of scripts that end because they were stopped.
    pub(crate) fn stop_status(&self) -> ExitStatus {
        *self.stop_reason.get().unwrap_or(&ExitStatus::Stopped)
    }

    /// An event of a script. After its `exit` nothing more is told.
    pub(crate) fn emit(&self, path: &Path, event: Event) {
        if let Some(script) = self.scripts.get(path) {
            self.journal.shell_ends(&script, &event);
            self.events.inner(Some(&script.name), event);
        } else {
            tracing::debug!(script = %path.display(), "event of a script that is over");
        }
    }

    /// The app whose ENVIRONMENT counts for a script or folder.
    pub(crate) fn environment_app(&self, path: &Path) -> Option<PathBuf> {
        app_in_home(&self.home, path).or_else(|| Some(app_folder(&self.home, path)))
    }

    /// Absolute path as the engine keys scripts: below the home it is spelled with the home's own path.
    pub(crate) fn script_path(&self, path: &Path) -> PathBuf {
        let path = normalise(path);
        if path.starts_with(&self.home) {
            return path;
        }
        let real = path.parent().and_then(|folder| folder.canonicalize().ok());
        match (real, path.file_name()) {
            (Some(folder), Some(name)) if folder.starts_with(&self.home) => folder.join(name),
            _ => path,
        }
    }

    /// The innermost Lua program at work.
    pub(crate) fn current_program(&self) -> Option<Arc<Script>> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    pub(crate) fn local_of(&self, path: &Path) -> Option<Table> {
        self.scripts.get(path).map(|script| script.local.clone())
    }
}

/// A stop of these processes is over when their GPU memory is free, where the machine can tell.
fn with_gpu_proof(processes: pino_process::ProcessGroup) -> pino_process::ProcessGroup {
    processes.set_gpu_probe(pino_process::GpuProbe(Arc::new(pino_machine::gpu_holders)));
    processes
}
