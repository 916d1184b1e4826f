//! The world behind `kernel`, `info` and `script` in a run: the real machine and the scripts that are up.
//!
//! Must not know: how those objects look to scripts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, Weak},
};

use pino_machine::Machine;
use pino_model::Data;
use pino_vm::{FailureKind, Files, JsError, RealFiles, Table, Value};

use crate::{
    core::Core,
    functions, ports, uri,
    world::{World, WorldFuture},
};

/// The live world of one run.
pub(crate) struct LiveWorld {
    core: Weak<Core>,
    home: PathBuf,
    files: RealFiles,
}

impl LiveWorld {
    pub(crate) fn new(core: Weak<Core>, home: &Path) -> Self {
        // the primitives only read
        let files = RealFiles::new(|path| Err(format!("{} may not be written here", path.display())));
        Self { core, home: home.to_owned(), files }
    }

    fn with<T>(&self, ask: impl FnOnce(Arc<Core>) -> Option<T>) -> Option<T> {
        self.core.upgrade().and_then(ask)
    }
}

impl World for LiveWorld {
    fn machine(&self) -> &Machine {
        Machine::detect()
    }

    fn platform(&self) -> &str {
        pino_machine::platform()
    }

    fn arch(&self) -> &str {
        pino_machine::arch()
    }

    fn home(&self) -> &Path {
        &self.home
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn running(&self, script: &Path) -> bool {
        self.with(|core| core.scripts.get(script)).is_some()
    }

    fn ready(&self, script: &Path) -> bool {
        self.with(|core| core.scripts.get(script)).is_some_and(|script| script.state().ready)
    }

    fn local(&self, script: &Path) -> Option<Table> {
        self.with(|core| core.local_of(script))
    }

    fn global(&self, script: &Path) -> Option<Table> {
        self.with(|core| core.scripts.global(script))
    }

    fn running_scripts(&self) -> Vec<PathBuf> {
        let scripts = self.with(|core| Some(core.scripts.latest_first())).unwrap_or_default();
        scripts.iter().map(|script| script.path.clone()).collect()
    }

    fn port(&self) -> Result<u16, String> {
        let Some(core) = self.core.upgrade() else { return Err("the run is over".to_owned()) };
        core.ports.next().map_err(|error| error.to_string())
    }

    fn port_is_free(&self, port: u16) -> bool {
        ports::is_free(port)
    }

    fn which(&self, name: &str) -> Option<PathBuf> {
        self.with(|core| core.environments.which(name))
    }

    fn env(&self, folder: &Path) -> BTreeMap<String, String> {
        // a folder counts like a script in it
        let of = |core: Arc<Core>| {
            Some(core.environments.of(core.environment_app(&folder.join("_")).as_deref()).as_ref().clone())
        };
        self.with(of).unwrap_or_default()
    }

    fn resolve(&self, cwd: &Path, given: &str) -> Option<PathBuf> {
        uri::resolve(&self.home, cwd, given).ok()
    }

    fn git_folder(&self, given: &str) -> Option<PathBuf> {
        uri::split_remote(given).and_then(|(remote, _)| uri::find_clone(&self.home, remote))
    }

    fn key(&self, host: &str) -> Data {
        let of =
            |core: Arc<Core>| core.keys.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned();
        self.with(of).unwrap_or_default()
    }

    fn operation(&self, name: &'static str, params: Value) -> WorldFuture {
        let core = self.core.upgrade();
        Box::pin(async move {
            let Some(core) = core else {
                return Err(JsError::new(FailureKind::Stopped, "Error", "the run is over"));
            };
            functions::kernel_operation(&core, name, params).await
        })
    }
}
