//! Which scripts of a run are up, and the global variables of all it ever started.
//!
//! Must not know: how scripts are started or stopped.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pino_vm::Table;

use crate::script::Script;

/// Scripts by absolute path.
#[derive(Default)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// In the order they were started.
    running: Vec<Arc<Script>>,
    globals: HashMap<PathBuf, Table>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, script: &Arc<Script>) {
        let mut inner = self.lock();
        inner.globals.insert(script.path.clone(), script.global.clone());
        inner.running.push(Arc::clone(script));
    }

    pub(crate) fn remove(&self, path: &Path) {
        self.lock().running.retain(|script| script.path != path);
    }

    /// The running script at this path.
    pub(crate) fn get(&self, path: &Path) -> Option<Arc<Script>> {
        // few scripts run at a time: a scan beats hashing the path
        self.lock().running.iter().find(|script| script.path == path).cloned()
    }

    /// Every running script, the latest first.
    pub(crate) fn latest_first(&self) -> Vec<Arc<Script>> {
        self.lock().running.iter().rev().cloned().collect()
    }

    /// Running scripts this one has started, the latest first.
    pub(crate) fn children(&self, caller: &Path) -> Vec<Arc<Script>> {
        let mut all = self.latest_first();
        all.retain(|script| script.caller.as_deref() == Some(caller));
        all
    }

    /// Global variables of a script, also after its end.
    pub(crate) fn global(&self, path: &Path) -> Option<Table> {
        self.lock().globals.get(path).cloned()
    }
}
