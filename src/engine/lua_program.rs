//! Hand-written Lua scripts that are programs: each call of a namespace (`shell.run{…}`) is a step of the script.
//!
//! Must not know: how a method works; calls go through the dispatcher like declarative steps.

use std::sync::{Arc, Weak};

use pino_vm::{JsError, Value, Vm};

use crate::{
    core::Core,
    dispatch::{self, Invocation},
    events::{Step, Variables},
    failure::{Failure, Halt},
    functions,
    script::Script,
};

/// Binds the namespaces of the VM to the run.
pub(crate) fn bind(core: &Arc<Core>) -> Result<(), JsError> {
    let weak = Arc::downgrade(core);
    let vm: &Vm = &core.vm;
    vm.set_dispatcher(Arc::new(move |method, params| {
        let weak = Weak::clone(&weak);
        Box::pin(async move {
            let core = weak.upgrade().ok_or_else(|| functions::thrown(&Halt::Stopped))?;
            call(&core, &method, params).await.map_err(|halt| functions::thrown(&halt))
        })
    }));
    let methods: Vec<&str> = pino_stdlib::methods().collect();
    vm.bind_namespaces(&methods)
}

/// One call of a program: a step whose index counts the calls.
async fn call(core: &Arc<Core>, method: &str, params: Value) -> Result<Value, Halt> {
    let Some(script) = core.current_program() else {
        let text = format!("{method} was called outside a script; call it from a .lua script");
        return Err(Failure::new("failed", text).into());
    };
    if script.token.is_cancelled() {
        return Err(Halt::Stopped);
    }
    let (index, input) = {
        let mut state = script.state();
        let index = state.steps;
        state.steps += 1;
        state.index = index;
        (index, if index == 0 { script.args() } else { state.result.clone() })
    };
    let name = core.vm.lua().create_string(method).map_err(|error| core.vm.failure(&error))?;
    core.events.at(&script.name, index, Some(&Value::String(name)));
    let target = dispatch::by_name(core, method)?;
    let step =
        Step { index, method: Some(method), params: &params, input: &input, uri: None, id: None, port: None };
    core.events.step(&script.name, &step);
    core.journal.step_begins(&script, index, Some(method), &params, &input);
    let invocation = Invocation { index, params: params.clone(), input };
    let result = match dispatch::call(core, &script, &target, invocation).await {
        Ok(result) => result,
        Err(halt) => {
            let why = if let Halt::Failed(failure) = &halt { Some(failure.message.as_str()) } else { None };
            core.journal.step_fails(&script, why);
            return Err(halt);
        }
    };
    core.journal.step_ends(&script, &result);
    tell_result(core, &script, index, &result);
    script.state().result = result.clone();
    Ok(result)
}

fn tell_result(core: &Core, script: &Script, index: usize, result: &Value) {
    let variables = Variables {
        local: &Value::Table(script.local.clone()),
        global: &Value::Table(script.global.clone()),
    };
    core.events.result(&script.name, index, result, &variables);
}

/// The file was a program: Lua that gave no list of steps.
pub(crate) fn was_program(script: &Script, object: &Value) -> bool {
    let is_lua = script.path.extension().is_some_and(|extension| extension == "lua");
    let has_steps = || match object {
        Value::Table(table) => table.raw_get::<Value>("run").is_ok_and(|run| !run.is_nil()),
        _ => false,
    };
    is_lua && (script.state().steps > 0 || object.is_nil()) && !has_steps()
}

/// What a program gives: its `return` value, else its last call's result.
pub(crate) fn result(script: &Script, object: &Value) -> Value {
    if object.is_nil() { script.state().result.clone() } else { object.clone() }
}
