//! `pino eval-expr`: one expression with its variables, as Node's `new Function` would give it.
//!
//! Must not know: the command line, our additions to templates (they are off here).

use std::{path::PathBuf, sync::Arc, time::Duration};

use pino_machine::{Machine, Simulated, SimulatedGpu};
use pino_vm::{FailureKind, Function, JsError, Table, Value, Vm, VmOptions};
use serde::Deserialize;

use super::{
    PinoConverter,
    simulated::{Place, SimulatedWorld},
    state::{State, StateFile},
};

/// An expression may compute this long.
const BUDGET: Duration = Duration::from_secs(2);

/// Globals an expression has not got: JavaScript's own, `Buffer`, `URL` and `path` only.
const ABSENT_GLOBALS: [&str; 14] = [
    "_",
    "console",
    "process",
    "structuredClone",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
    "queueMicrotask",
    "performance",
    "require",
    "module",
];

/// What to evaluate.
#[derive(Clone, Debug, Deserialize)]
pub struct ExpressionRequest {
    /// The expression.
    pub expr: String,
    /// Its variables; `{"$fn": {table, default}}` stands for a function.
    #[serde(default)]
    pub context: serde_json::Map<String, serde_json::Value>,
}

/// The answer as a JSON line.
pub fn evaluate_expression(request: &ExpressionRequest) -> String {
    match value_of(request) {
        Ok(text) => match text.strip_prefix("value") {
            Some(json) => format!("{{\"value\":{json}}}"),
            None => "{\"undefined\":true}".to_owned(),
        },
        Err(error) => serde_json::json!({ "error": error_name(&error) }).to_string(),
    }
}

fn error_name(error: &JsError) -> &str {
    match error.kind {
        FailureKind::Limit | FailureKind::Stopped => "Error",
        _ if error.name.is_empty() => "Error",
        _ => &error.name,
    }
}

fn value_of(request: &ExpressionRequest) -> Result<String, JsError> {
    let vm = make_vm()?;
    let failed = |error: pino_vm::LuaError| vm.failure(&error);
    let evaluation: Table = vm.prelude_module("host/evaluate")?;
    let without: Function = evaluation.raw_get("without_globals").map_err(failed)?;
    without.call::<()>(ABSENT_GLOBALS.to_vec()).map_err(failed)?;
    let names: Vec<&str> = request.context.keys().map(String::as_str).chain(["path"]).collect();
    let compiled = vm.compile_expression(&request.expr, &names)?;
    let context = serde_json::Value::Object(request.context.clone());
    let context = pino_vm::from_data(vm.lua(), &context.into()).map_err(failed)?;
    let scope: Function = evaluation.raw_get("scope").map_err(failed)?;
    let scope: Table = scope.call(context).map_err(failed)?;
    let expression: Function = evaluation.raw_get("expression").map_err(failed)?;
    let value = vm.call_sync(&expression, Value::Nil, (compiled, scope))?;
    Ok(crate::values::text(&value).unwrap_or_default())
}

fn make_vm() -> Result<Vm, JsError> {
    let simulated = Simulated { platform: "linux".into(), arch: "x64".into(), gpu: SimulatedGpu::None };
    let root = PathBuf::from("/pinokio/api/app");
    let place = Place {
        home: "/pinokio".into(),
        app_root: root.clone(),
        real_root: "/nonexistent".into(),
        folder: root,
    };
    let state = State::new(StateFile::default(), &place.app_root, &place.folder);
    let world = SimulatedWorld::new(Machine::simulated(&simulated), place, state);
    Vm::new(VmOptions {
        host: Arc::new(world),
        eval_budget: BUDGET,
        ..VmOptions::new(Arc::new(PinoConverter))
    })
}
