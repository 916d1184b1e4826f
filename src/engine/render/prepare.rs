//! What `prelude/host/render.lua` asks for: a text taken apart, its expressions compiled with our additions.
//!
//! Must not know: how values are walked.

use pino_template::{Part, Template};
use pino_vm::{Function, LuaError, Table, Value, Vm, WeakVm};

use super::Functions;
use crate::scope;

pub(super) fn functions(vm: &Vm) -> Result<Functions, pino_vm::JsError> {
    let make: Function = vm.prelude_module("host/render")?;
    let weak = vm.downgrade();
    let build = || -> Result<Functions, LuaError> {
        let parts_of = vm.lua().create_function(move |_, text: String| parts_of(&weak, &text))?;
        let made: Table = make.call(parts_of)?;
        Ok(Functions {
            compile: made.raw_get("compile")?,
            render: made.raw_get("render")?,
            condition: made.raw_get("condition")?,
        })
    };
    build().map_err(|error| vm.failure(&error))
}

fn parts_of(vm: &WeakVm, text: &str) -> Result<Value, LuaError> {
    let vm = vm.upgrade().ok_or_else(|| LuaError::runtime("the run has ended"))?;
    let lua = vm.lua();
    match pino_template::parse(text) {
        Template::Plain(text) => lua.create_string(text).map(Value::String),
        Template::Whole { code, source } => {
            let list = lua.create_sequence_from([expression(&vm, &code, &source)?])?;
            list.raw_set("whole", true)?;
            Ok(Value::Table(list))
        }
        Template::Mixed(parts) => {
            let list = lua.create_table_with_capacity(parts.len(), 0)?;
            for part in parts {
                match part {
                    Part::Literal(text) => list.raw_push(text)?,
                    Part::Expression { code, source } => list.raw_push(expression(&vm, &code, &source)?)?,
                }
            }
            Ok(Value::Table(list))
        }
    }
}

/// An expression as `render.lua` wants it.
fn expression(vm: &Vm, code: &str, source: &str) -> Result<Table, LuaError> {
    let table = vm.lua().create_table()?;
    table.raw_set("source", source)?;
    table.raw_set("from_self", pino_template::mentions_self(code))?;
    match vm.compile_expression(&pino_template::extend(code), &names()) {
        Ok(run) => table.raw_set("run", run)?,
        Err(error) => table.raw_set("reason", error.to_string())?,
    }
    Ok(table)
}

fn names() -> Vec<&'static str> {
    scope::NAMES.iter().copied().chain(pino_template::VARIABLES).collect()
}
