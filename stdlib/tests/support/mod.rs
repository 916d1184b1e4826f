//! The engine in memory: one script in a scratch home, a real VM, events kept for the test to read.
//!
//! Must not know: any one namespace.

#![allow(dead_code, reason = "each test file uses another part of it")]
#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use mlua::{Table, Value};
use pino_model::{Data, Event};
use pino_stdlib::{AskOutcome, Call, Host, Jump, MethodError, ScriptCall, StepPlace};
use pino_vm::{ConvertFailure, Converted, Converter, LineMap, ModuleForm, Vm, VmOptions};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

/// Tests hand over values, never JavaScript.
struct NoConverter;

impl Converter for NoConverter {
    fn convert(&self, source: &str, _path: &str, form: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        Ok(Converted {
            lua: source.to_owned(),
            map: LineMap::identity(),
            form,
            top_level_await: false,
            strict: false,
        })
    }

    fn convert_expression(&self, text: &str, _names: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        self.convert(text, "", ModuleForm::Script)
    }
}

/// What the host remembers.
pub(crate) struct MemoryHost {
    home: PathBuf,
    app: PathBuf,
    local: Table,
    global: Table,
    pub events: Mutex<Vec<Event>>,
    pub keys: Mutex<Vec<(String, Data)>>,
    pub cancel: CancellationToken,
    pub variables: Mutex<BTreeMap<String, String>>,
    processes: pino_process::ProcessGroup,
    downloads: pino_download::Downloads,
    drive: pino_drive::Drive,
}

impl Host for MemoryHost {
    fn emit(&self, _place: &StepPlace, event: Event) {
        self.events.lock().unwrap().push(event);
    }
    fn cancellation(&self, _place: &StepPlace) -> CancellationToken {
        self.cancel.clone()
    }
    fn ask<'a>(
        &'a self,
        _: &'a StepPlace,
        _: &'a str,
        data: Data,
    ) -> BoxFuture<'a, Result<AskOutcome, MethodError>> {
        let outcome =
            if data.get("nobody").is_truthy() { AskOutcome::Nobody } else { AskOutcome::Answer(data) };
        Box::pin(async { Ok(outcome) })
    }
    fn home(&self) -> &Path {
        &self.home
    }
    fn resolve(&self, cwd: &Path, uri: &str) -> Result<PathBuf, MethodError> {
        Ok(uri.strip_prefix("~/").map_or_else(|| cwd.join(uri), |rest| self.home.join(rest)))
    }
    fn check_read(&self, _path: &Path) -> Result<(), MethodError> {
        Ok(())
    }

    fn check_write(&self, _place: &StepPlace, path: &Path) -> Result<(), MethodError> {
        let is_inside =
            path.starts_with(&self.home) && !path.components().any(|part| part.as_os_str() == "..");
        if is_inside {
            Ok(())
        } else {
            Err(MethodError::Failed(format!("{} may not be written", path.display())))
        }
    }
    fn app_root(&self, _script: &Path) -> Option<PathBuf> {
        Some(self.app.clone())
    }
    fn environment(&self, _script: &Path) -> BTreeMap<String, String> {
        self.variables.lock().unwrap().clone()
    }
    fn shell_environment(&self, script: &Path) -> BTreeMap<String, String> {
        self.environment(script)
    }
    fn which(&self, name: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
    }
    fn free_port(&self) -> Result<u16, MethodError> {
        Ok(42_003)
    }
    fn local(&self, _place: &StepPlace) -> Result<Table, MethodError> {
        Ok(self.local.clone())
    }
    fn global(&self, _place: &StepPlace) -> Result<Table, MethodError> {
        Ok(self.global.clone())
    }
    fn script_object(&self, _place: &StepPlace) -> Value {
        Value::Nil
    }
    fn local_of(&self, script: &Path) -> Option<Table> {
        (script == self.app.join("other.js")).then(|| self.local.clone())
    }
    fn publish_key(&self, host: &str, values: Data) {
        self.keys.lock().unwrap().push((host.to_owned(), values));
    }
    fn jump(&self, _place: &StepPlace, _to: Jump) -> Result<(), MethodError> {
        Ok(())
    }
    fn start_script<'a>(
        &'a self,
        _: &'a StepPlace,
        _: ScriptCall,
    ) -> BoxFuture<'a, Result<Value, MethodError>> {
        Box::pin(async { Ok(Value::Nil) })
    }
    fn restart_script(&self, _place: &StepPlace, _path: &Path, _params: Value) {}
    fn stop_script<'a>(&'a self, _: &'a StepPlace, _: &'a Path) -> BoxFuture<'a, Result<bool, MethodError>> {
        Box::pin(async { Ok(false) })
    }
    fn is_running(&self, _script: &Path) -> bool {
        false
    }
    fn is_ready(&self, _script: &Path) -> bool {
        false
    }
    fn trigger(&self, _place: &StepPlace, _action: &str, _event: Value) {}
    fn find_clone(&self, _remote: &str) -> Option<PathBuf> {
        None
    }
    fn load<'a>(&'a self, _: &'a StepPlace, _: &'a Path) -> BoxFuture<'a, Result<Value, MethodError>> {
        Box::pin(async { Ok(Value::NULL) })
    }
    fn render_event(&self, _: &StepPlace, value: &Value, _: Value) -> Result<Value, MethodError> {
        Ok(value.clone())
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

/// A home with one app whose script calls methods.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub vm: Vm,
    pub host: Arc<MemoryHost>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let app = home.join("api/demo");
        fs::create_dir_all(&app).unwrap();
        let vm = Vm::new(VmOptions::new(Arc::new(NoConverter))).unwrap();
        let host = MemoryHost {
            local: pino_vm::new_object(vm.lua()).unwrap(),
            global: pino_vm::new_object(vm.lua()).unwrap(),
            events: Mutex::default(),
            keys: Mutex::default(),
            cancel: CancellationToken::new(),
            variables: Mutex::default(),
            processes: pino_process::ProcessGroup::default(),
            downloads: pino_download::Downloads::new(),
            drive: pino_drive::Drive::new(&home),
            home,
            app,
        };
        Self { folder, vm, host: Arc::new(host) }
    }

    /// A path in the app.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.host.app.join(path)
    }

    pub(crate) fn home(&self) -> &Path {
        &self.host.home
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    /// Calls a method with parameters given as JSON.
    pub(crate) async fn call(&self, method: &str, params: Json) -> Result<Json, MethodError> {
        let params = pino_vm::from_data(self.vm.lua(), &params.into()).unwrap();
        self.call_value(method, params).await
    }

    /// Calls a method with live parameters.
    pub(crate) async fn call_value(&self, method: &str, params: Value) -> Result<Json, MethodError> {
        let place = StepPlace { script: self.at("script.json"), index: 0, cwd: self.host.app.clone() };
        let call = Call {
            host: Arc::clone(&self.host) as Arc<dyn Host>,
            lua: self.vm.lua().clone(),
            place,
            params,
            input: Value::Nil,
            args: Value::Nil,
        };
        let method = pino_stdlib::find(method).unwrap();
        let value = method(&call).await?;
        Ok(Self::json(&value))
    }

    fn json(value: &Value) -> Json {
        serde_json::to_value(pino_vm::to_data(value).unwrap()).unwrap()
    }

    pub(crate) fn local(&self) -> Json {
        Self::json(&Value::Table(self.host.local.clone()))
    }

    pub(crate) fn global(&self) -> Json {
        Self::json(&Value::Table(self.host.global.clone()))
    }

    /// Everything printed so far.
    pub(crate) fn printed(&self) -> String {
        let events = self.host.events.lock().unwrap();
        let text = events.iter().filter_map(|event| match event {
            Event::Stream { raw, .. } => Some(raw.as_str()),
            _ => None,
        });
        text.collect()
    }

    /// Codes of the warnings so far.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let events = self.host.events.lock().unwrap();
        let codes = events.iter().filter_map(|event| match event {
            Event::Warning { code, .. } => Some((*code).to_owned()),
            _ => None,
        });
        codes.collect()
    }

    /// Packets so far, with their data.
    pub(crate) fn packets(&self) -> Vec<(String, Json)> {
        let events = self.host.events.lock().unwrap();
        let packets = events.iter().filter_map(|event| match event {
            Event::Packet { kind, data, .. } => Some((kind.clone(), serde_json::to_value(data).unwrap())),
            _ => None,
        });
        packets.collect()
    }
}

/// The text of a failure that must be there.
pub(crate) fn failure(result: Result<Json, MethodError>) -> String {
    result.unwrap_err().to_string()
}
