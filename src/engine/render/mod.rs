//! Rendering of templates. Placeholder with the final interface.
//!
//! Must not know: steps.

use pino_template::Template as Parsed;
use pino_vm::{JsError, Table, Value, Vm};

/// Compiles values with templates.
pub(crate) struct Renderer {
    #[expect(dead_code, reason = "placeholder")]
    vm: pino_vm::WeakVm,
}

/// A compiled value.
pub(crate) struct Template(Value);

/// An expression that stays as written.
pub(crate) struct Unresolved {
    pub(crate) expr: String,
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
        Self { vm: vm.downgrade() }
    }

    pub(crate) fn compile(&self, value: &Value) -> Result<Template, JsError> {
        Ok(Template(value.clone()))
    }
}

impl Template {
    pub(crate) fn render(&self, _scope: &Table, _unresolved: &mut Vec<Unresolved>) -> Result<Value, JsError> {
        Ok(self.0.clone())
    }

    pub(crate) fn condition(&self, _scope: &Table) -> Result<Condition, JsError> {
        let _: Option<Parsed> = None;
        Ok(if pino_vm::to_data(&self.0).unwrap_or_default().is_truthy() { Condition::Run } else { Condition::Skip })
    }
}
