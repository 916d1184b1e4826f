//! Puts a script back to where it was interrupted: variables, input, step, and the daemons it had started.
//!
//! Must not know: which run that was.

use std::sync::Arc;

use futures::future::BoxFuture;
use pino_model::{Data, Event};
use pino_state::ScriptRow;
use pino_stdlib::{ScriptCall, StepPlace};
use pino_vm::{Table, Value};

use super::{definition, place};
use crate::{
    calls,
    core::Core,
    failure::{Failure, Halt},
    program::Program,
    script::Script,
};

/// Where a script begins.
pub(crate) struct Start {
    pub(crate) index: usize,
    pub(crate) input: Value,
}

/// Its first step, or the one it was interrupted at.
pub(crate) async fn start(
    core: &Arc<Core>,
    script: &Arc<Script>,
    caller: Option<&Arc<Script>>,
    program: &Program,
) -> Result<Start, Halt> {
    let beginning = Start { index: 0, input: script.args() };
    let Some(resumption) = core.journal.resumption() else { return Ok(beginning) };
    let caller = caller.map(|caller| (caller.path.to_string_lossy().into_owned(), caller.state().index));
    let caller = caller.as_ref().map(|(path, step)| (path.as_str(), *step));
    let path = script.path.to_string_lossy();
    let Some(row) = resumption.take(&path, caller, &place::json(&script.args())) else {
        return Ok(beginning);
    };
    if !resumption.force
        && let Some(why) = changed(script, program, &row)
    {
        if caller.is_none() {
            return Err(Failure::new("resume", why).into());
        }
        warn(core, script, format!("it begins anew: {why}"));
        return Ok(beginning);
    }
    restore(core, &script.local, row.local.as_deref())?;
    restore(core, &script.global, row.global.as_deref())?;
    for daemon in resumption.daemons_of(row.number) {
        start_again(core, script, &row, daemon).await?;
    }
    let input = match row.input.as_deref() {
        None | Some("") => Value::Nil,
        Some(text) => value(core, text)?,
    };
    Ok(Start { index: row.position as usize, input })
}

/// Why the script does not mean the same any more, up to where it was interrupted.
fn changed(script: &Script, program: &Program, row: &ScriptRow) -> Option<String> {
    let position = row.position as usize;
    let path = script.path.display();
    let hint = "go on all the same with --force, or start from the beginning with `pino run`";
    let was = row.definition.as_deref().and_then(definition::Definition::parse);
    let Some(was) = was else { return Some(format!("the steps of {path} were not written down; {hint}")) };
    if let Some(index) = was.first_change(&definition::of(program), position) {
        return Some(format!("step {} of {path} has changed since it ran; {hint}", index + 1));
    }
    let same_file = row.source_hash == definition::source_hash(&script.path);
    if !same_file && definition::has_function_before(program, position) {
        return Some(format!("{path} has changed, and steps that ran already are functions of it; {hint}"));
    }
    None
}

/// Members that were written down; others stay as they are.
fn restore(core: &Core, table: &Table, text: Option<&str>) -> Result<(), Halt> {
    let Some(Data::Object(members)) = text.and_then(parse) else { return Ok(()) };
    let lua = core.vm.lua();
    for (name, member) in members {
        let set = pino_vm::from_data(lua, &member)
            .and_then(|value| pino_vm::set_property(lua, table, &name, value));
        set.map_err(|error| core.vm.failure(&error))?;
    }
    Ok(())
}

fn value(core: &Core, text: &str) -> Result<Value, Halt> {
    let data = parse(text).unwrap_or(Data::Null);
    pino_vm::from_data(core.vm.lua(), &data).map_err(|error| core.vm.failure(&error).into())
}

fn parse(text: &str) -> Option<Data> {
    serde_json::from_str::<serde_json::Value>(text).ok().map(Data::from)
}

/// Boxed because scripts start scripts.
fn start_again<'a>(
    core: &'a Arc<Core>,
    script: &'a Arc<Script>,
    row: &'a ScriptRow,
    daemon: ScriptRow,
) -> BoxFuture<'a, Result<(), Halt>> {
    Box::pin(async move {
        let index = daemon.caller_step.unwrap_or(row.position) as usize;
        let place = StepPlace { script: script.path.clone(), index, cwd: script.folder.clone() };
        let call = ScriptCall { uri: daemon.path, params: value(core, &daemon.args)? };
        calls::start_script(core, &place, call).await?;
        Ok(())
    })
}

fn warn(core: &Core, script: &Script, message: String) {
    let extra = serde_json::Map::new();
    core.events.inner(Some(&script.name), Event::Warning { index: None, code: "resume", message, extra });
}
