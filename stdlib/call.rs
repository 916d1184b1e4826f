//! One call of a method: rendered parameters, the step's place, the way back to the engine.
//!
//! Must not know: where the parameters came from (a step, a Lua program, the REPL, Python).

use std::sync::Arc;

use mlua::{Lua, Value};
use pino_model::{Data, Event};

use crate::{Host, MethodError, StepPlace};

/// Everything a method gets.
pub struct Call {
    /// The engine.
    pub host: Arc<dyn Host>,
    /// The VM of the run.
    pub lua: Lua,
    /// Script, index and working directory.
    pub place: StepPlace,
    /// Rendered parameters (live VM value).
    pub params: Value,
    /// Result of the previous step.
    pub input: Value,
    /// Start payload of the script.
    pub args: Value,
}

impl Call {
    /// The parameters as plain data.
    pub fn data(&self) -> Result<Data, MethodError> {
        Ok(pino_vm::to_data(&self.params)?)
    }

    /// Text of the step itself (`log`, `fs.cat`, progress).
    pub fn print(&self, raw: impl Into<String>) {
        self.host.emit(&self.place, Event::Stream { index: self.place.index, shell: None, raw: raw.into() });
    }

    /// A packet that nobody waits for.
    pub fn packet(&self, kind: &str, data: Data) {
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.host.emit(
            &self.place,
            Event::Packet { index: self.place.index, kind: kind.into(), id, data, wait: false },
        );
    }

    /// A warning about this step.
    pub fn warn(&self, code: &'static str, message: impl Into<String>, extra: &[(&str, serde_json::Value)]) {
        let extra = extra.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let event = Event::Warning { index: Some(self.place.index), code, message: message.into(), extra };
        self.host.emit(&self.place, event);
    }

    /// Turns plain data into a VM value.
    pub fn value(&self, data: &Data) -> Result<Value, MethodError> {
        Ok(pino_vm::from_data(&self.lua, data)?)
    }
}
