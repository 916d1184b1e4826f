//! Rendering of templates: author text is taken apart and compiled once, then rendered in many scopes. The walk itself is
//! Lua (`prelude/host/render.lua`), where the values are.
//!
//! Must not know: steps.

mod prepare;

use std::sync::OnceLock;

use pino_vm::{Function, JsError, LuaError, Table, Value, Vm, WeakVm};

/// Compiles values with templates. One per run.
pub(crate) struct Renderer {
    vm: WeakVm,
    functions: OnceLock<Functions>,
}

#[derive(Clone)]
struct Functions {
    compile: Function,
    render: Function,
    condition: Function,
}

/// A compiled value.
pub(crate) struct Template {
    vm: WeakVm,
    functions: Functions,
    node: Value,
}

/// An expression that stays as written.
pub(crate) struct Unresolved {
    /// With its braces.
    pub(crate) expr: String,
    /// `undefined`, or the error.
    pub(crate) reason: String,
}

/// Outcome of a `when`.
pub(crate) enum Condition {
    Run,
    Skip,
    Threw { expr: String, reason: String },
}

impl Renderer {
    pub(crate) fn new(vm: &Vm) -> Self {
        Self { vm: vm.downgrade(), functions: OnceLock::new() }
    }

    /// Takes a value's texts apart: strings, keys, at any depth of arrays and plain objects.
    pub(crate) fn compile(&self, value: &Value) -> Result<Template, JsError> {
        let vm = alive(&self.vm)?;
        let functions = self.functions(&vm)?;
        let node = functions.compile.call(value).map_err(|error| vm.failure(&error))?;
        Ok(Template { vm: self.vm.clone(), functions, node })
    }

    fn functions(&self, vm: &Vm) -> Result<Functions, JsError> {
        if let Some(functions) = self.functions.get() {
            return Ok(functions.clone());
        }
        let functions = prepare::functions(vm)?;
        // made twice at worst
        let _ = self.functions.set(functions.clone());
        Ok(functions)
    }
}

fn alive(vm: &WeakVm) -> Result<Vm, JsError> {
    vm.upgrade().ok_or_else(|| JsError::new(pino_vm::FailureKind::Stopped, "Error", "the run has ended"))
}

impl Template {
    /// The value in this scope; what stays as written is added to `unresolved`. Fails when a limit is reached.
    pub(crate) fn render(&self, scope: &Table, unresolved: &mut Vec<Unresolved>) -> Result<Value, JsError> {
        let vm = alive(&self.vm)?;
        let outcome = vm.timed(|| self.functions.render.call::<(Value, Option<Table>)>((&self.node, scope)));
        let (value, left) = outcome?;
        if let Some(left) = left {
            read_unresolved(&left, unresolved).map_err(|error| vm.failure(&error))?;
        }
        Ok(value)
    }

    /// What it means as a `when`: undefined skips, an expression that throws runs the step.
    pub(crate) fn condition(&self, scope: &Table) -> Result<Condition, JsError> {
        let vm = alive(&self.vm)?;
        let condition = &self.functions.condition;
        let outcome =
            vm.timed(|| condition.call::<(String, Option<String>, Option<String>)>((&self.node, scope)))?;
        Ok(match outcome {
            (word, Some(expr), reason) if word == "threw" => {
                Condition::Threw { expr, reason: reason.unwrap_or_default() }
            }
            (word, ..) if word == "skip" => Condition::Skip,
            _ => Condition::Run,
        })
    }
}

fn read_unresolved(list: &Table, unresolved: &mut Vec<Unresolved>) -> Result<(), LuaError> {
    for index in (1..=list.raw_len()).step_by(2) {
        unresolved.push(Unresolved { expr: list.raw_get(index)?, reason: list.raw_get(index + 1)? });
    }
    Ok(())
}
