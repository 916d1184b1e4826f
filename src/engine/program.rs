//! The steps of a script as the engine runs them: captured once, each field compiled on first use.
//!
//! Must not know: how a step is executed.

use std::sync::{Arc, OnceLock};

use pino_stdlib::Method;
use pino_vm::{Function, JsError, Lua, LuaError, Table, Value};

use crate::{
    render::{Renderer, Template},
    values,
};

/// What a script does.
pub(crate) struct Program {
    /// Elements of `run`, as written.
    pub(crate) steps: Vec<Entry>,
    /// It stays up after its last step.
    pub(crate) daemon: bool,
}

/// One element of `run`.
pub(crate) enum Entry {
    /// Null, undefined or false: passed over.
    Empty,
    /// An object with (or without) a method.
    Step(Box<Step>),
    /// Anything else; it has no method.
    NoStep,
}

/// A field of a step: absent, or a value with templates.
pub(crate) struct Field {
    value: Option<Value>,
    template: OnceLock<Arc<Template>>,
}

impl Field {
    fn new(value: Option<Value>) -> Self {
        Self { value, template: OnceLock::new() }
    }

    /// As written; `None` when the step has no such member.
    pub(crate) fn raw(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    /// Compiled; `None` when the step has no such member.
    pub(crate) fn template(&self, renderer: &Renderer) -> Result<Option<&Template>, JsError> {
        let Some(value) = &self.value else { return Ok(None) };
        if self.template.get().is_none() {
            // one thread runs a script; a second compilation would be wasted, not wrong
            let _ = self.template.set(Arc::new(renderer.compile(value)?));
        }
        Ok(self.template.get().map(Arc::as_ref))
    }
}

/// An object of `run`.
pub(crate) struct Step {
    pub(crate) method: Field,
    /// The method's name when it is text without templates.
    pub(crate) plain_method: Option<String>,
    /// The built-in method, looked up once for plain names.
    pub(crate) built_in: Option<Method>,
    pub(crate) function: Option<Function>,
    pub(crate) uri: Field,
    pub(crate) when: Field,
    pub(crate) id: Field,
    pub(crate) next: Field,
    pub(crate) params: Field,
    pub(crate) returns: Field,
    pub(crate) notify: Field,
}

impl Program {
    /// Takes over the elements of a JavaScript array.
    pub(crate) fn capture(lua: &Lua, run: &Table) -> Result<Vec<Entry>, LuaError> {
        let length: f64 = run.raw_get("length")?;
        (0..length as usize).map(|index| Entry::capture(lua, &run.raw_get::<Value>(index)?)).collect()
    }

    /// The first entry from `index` on that is not empty.
    pub(crate) fn first_from(&self, index: usize) -> Option<usize> {
        (index..self.steps.len()).find(|index| !matches!(self.steps[*index], Entry::Empty))
    }

    /// Ids as written, by index.
    pub(crate) fn ids(&self) -> Arc<[Option<String>]> {
        let id = |entry: &Entry| match entry {
            Entry::Step(step) => step.id.raw().and_then(values::text),
            Entry::Empty | Entry::NoStep => None,
        };
        self.steps.iter().map(id).collect()
    }
}

impl Entry {
    fn capture(lua: &Lua, value: &Value) -> Result<Self, LuaError> {
        match value {
            Value::Nil | Value::Boolean(false) => Ok(Self::Empty),
            value if value.is_null() => Ok(Self::Empty),
            Value::Table(table) => Step::capture(lua, table).map(|step| Self::Step(Box::new(step))),
            _ => Ok(Self::NoStep),
        }
    }
}

impl Step {
    fn capture(lua: &Lua, table: &Table) -> Result<Self, LuaError> {
        let keys = pino_vm::own_keys(lua, table)?;
        let field = |name: &str| -> Result<Field, LuaError> {
            let value = pino_vm::get_property(lua, table, name)?;
            // `when: undefined` is a false condition; for all other members undefined is the same as absent
            let present = !value.is_nil() || (name == "when" && keys.iter().any(|key| key == name));
            Ok(Field::new(present.then_some(value)))
        };
        let method = field("method")?;
        let text = method.raw().and_then(values::text);
        let plain_method = text.filter(|text| !text.contains("{{"));
        let uri = field("uri")?;
        let has_module = uri.raw().is_some_and(|uri| !uri.is_null());
        Ok(Self {
            built_in: plain_method.as_deref().filter(|_| !has_module).and_then(pino_stdlib::find),
            function: method.raw().and_then(Value::as_function).cloned(),
            plain_method,
            method,
            uri,
            when: field("when")?,
            id: field("id")?,
            next: field("next")?,
            params: field("params")?,
            returns: field("returns")?,
            notify: field("notify")?,
        })
    }
}
