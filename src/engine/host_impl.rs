//! The engine as the standard library sees it: `Host` for one run. Thin; each call goes to the part that knows.
//!
//! Must not know: what the methods do with the answers.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use futures::future::BoxFuture;
use pino_model::{Data, Event};
use pino_stdlib::{AskOutcome, Host, Jump, MethodError, ScriptCall, StepPlace};
use pino_vm::{Table, Value};
use tokio_util::sync::CancellationToken;

use crate::{
    calls,
    core::Core,
    next::{self, Successor, Target},
    scope,
    script::{Jumped, Script},
    stop, uri,
};

impl Core {
    fn script_of(&self, place: &StepPlace) -> Result<std::sync::Arc<Script>, MethodError> {
        self.scripts.get(&place.script).ok_or(MethodError::Stopped)
    }
}

impl Host for Core {
    fn emit(&self, place: &StepPlace, event: Event) {
        Core::emit(self, &place.script, event);
    }

    fn cancellation(&self, place: &StepPlace) -> CancellationToken {
        if let Some(script) = self.scripts.get(&place.script) {
            return script.token.clone();
        }
        let over = CancellationToken::new();
        over.cancel();
        over
    }

    fn ask<'a>(
        &'a self,
        place: &'a StepPlace,
        kind: &'a str,
        data: Data,
    ) -> BoxFuture<'a, Result<AskOutcome, MethodError>> {
        Box::pin(calls::ask(self, place, kind, data))
    }

    fn home(&self) -> &Path {
        &self.home
    }

    fn resolve(&self, cwd: &Path, given: &str) -> Result<PathBuf, MethodError> {
        uri::resolve(&self.home, cwd, given).map_err(|error| MethodError::Failed(error.to_string()))
    }

    fn check_write(&self, place: &StepPlace, path: &Path) -> Result<(), MethodError> {
        let app = crate::app::app_folder(&self.home, &place.script);
        self.write_rules.check(&app, path).map_err(MethodError::Failed)
    }

    fn check_read(&self, path: &Path) -> Result<(), MethodError> {
        self.write_rules.check_read(path).map_err(MethodError::Failed)
    }

    fn app_root(&self, script: &Path) -> Option<PathBuf> {
        Some(crate::app::app_folder(&self.home, script))
    }

    fn environment(&self, script: &Path) -> BTreeMap<String, String> {
        self.environments.of(self.environment_app(script).as_deref()).as_ref().clone()
    }

    fn shell_environment(&self, script: &Path) -> BTreeMap<String, String> {
        self.environments.make_folders(self.environment_app(script).as_deref());
        self.environment(script)
    }

    fn which(&self, name: &str) -> Option<PathBuf> {
        self.environments.which(name)
    }

    fn free_port(&self) -> Result<u16, MethodError> {
        self.ports.next().map_err(|error| MethodError::Failed(error.to_string()))
    }

    fn local(&self, place: &StepPlace) -> Result<Table, MethodError> {
        self.script_of(place).map(|script| script.local.clone())
    }

    fn global(&self, place: &StepPlace) -> Result<Table, MethodError> {
        self.script_of(place).map(|script| script.global.clone())
    }

    fn script_object(&self, place: &StepPlace) -> Value {
        self.scripts.get(&place.script).map_or(Value::Nil, |script| script.source.current(self.vm.lua()))
    }

    fn local_of(&self, script: &Path) -> Option<Table> {
        Core::local_of(self, script)
    }

    fn publish_key(&self, host: &str, values: Data) {
        self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(host.to_owned(), values);
    }

    fn jump(&self, place: &StepPlace, to: Jump) -> Result<(), MethodError> {
        let script = self.script_of(place)?;
        let (ids, index) = {
            let state = script.state();
            (state.ids.clone(), state.index)
        };
        let target = match to {
            Jump::Index(index) => Target::Index(index),
            Jump::Id(id) => Target::Id(id),
            Jump::End => Target::End,
            Jump::Restart(args) => {
                script.state().jump = Some(Jumped::Restart(args));
                return Ok(());
            }
        };
        let found = next::find(&target, &ids).map_err(MethodError::BadTarget)?;
        if let (true, Target::Id(id)) = (found.duplicate, &target) {
            Core::emit(self, &script.path, duplicate_id(index, id));
        }
        script.state().jump = Some(match found.successor {
            Successor::End => Jumped::End,
            Successor::Step(index) => Jumped::To(index),
        });
        Ok(())
    }

    fn start_script<'a>(
        &'a self,
        place: &'a StepPlace,
        call: ScriptCall,
    ) -> BoxFuture<'a, Result<Value, MethodError>> {
        Box::pin(calls::start_script(self, place, call))
    }

    fn restart_script(&self, place: &StepPlace, path: &Path, params: Value) {
        calls::restart_script(self, place, path, params);
    }

    fn stop_script<'a>(
        &'a self,
        _place: &'a StepPlace,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<bool, MethodError>> {
        Box::pin(async move {
            let Some(script) = self.scripts.get(&self.script_path(path)) else { return Ok(false) };
            let core = self.handle().ok_or(MethodError::Stopped)?;
            stop::stop(&core, &script).await;
            Ok(true)
        })
    }

    fn is_running(&self, script: &Path) -> bool {
        self.scripts.get(&self.script_path(script)).is_some()
    }

    fn is_ready(&self, script: &Path) -> bool {
        self.scripts.get(&self.script_path(script)).is_some_and(|script| script.state().ready)
    }

    fn trigger(&self, place: &StepPlace, action: &str, event: Value) {
        calls::trigger(self, place, action, event);
    }

    fn find_clone(&self, remote: &str) -> Option<PathBuf> {
        uri::find_clone(&self.home, remote)
    }

    fn load<'a>(&'a self, place: &'a StepPlace, path: &'a Path) -> BoxFuture<'a, Result<Value, MethodError>> {
        Box::pin(calls::load_value(self, place, path))
    }

    fn render_event(&self, place: &StepPlace, value: &Value, event: Value) -> Result<Value, MethodError> {
        let script = self.script_of(place)?;
        let outer = script.scope.get().ok_or(MethodError::Stopped)?;
        let inner = scope::with_event(self.vm.lua(), outer, event)?;
        let template = self.renderer.compile(value).map_err(js)?;
        template.render(&inner, &mut Vec::new()).map_err(js)
    }

    fn processes(&self) -> &pino_process::ProcessGroup {
        &self.processes
    }

    fn downloads(&self) -> &pino_download::Downloads {
        &self.downloads
    }

    fn drive(&self) -> &pino_drive::Drive {
        &self.drive
    }
}

fn js(error: pino_vm::JsError) -> MethodError {
    MethodError::Failed(crate::failure::javascript_message(&error))
}

/// Several steps carry an id that was looked up.
pub(crate) fn duplicate_id(index: usize, id: &str) -> Event {
    Event::Warning {
        index: Some(index),
        code: "duplicate-id",
        message: format!(
            "several steps have the id \"{id}\"; the first one counts. Give each step an id of its own"
        ),
        extra: [("id".to_owned(), id.into())].into_iter().collect(),
    }
}
