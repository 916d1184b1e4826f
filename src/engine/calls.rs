//! What a step may ask for that concerns other scripts or people: start, restart, actions, questions, loading.
//!
//! Must not know: how a script is driven; that is `drive`.

use std::path::Path;

use pino_model::{Data, Event};
use pino_stdlib::{AskOutcome, MethodError, ScriptCall, StepPlace};
use pino_vm::Value;

use crate::{
    core::{Core, Request},
    drive::{self, Outcome},
    failure::Halt,
    load, stop, uri,
};

/// Sends a packet that waits and gives the answer.
pub(crate) async fn ask(
    core: &Core,
    place: &StepPlace,
    kind: &str,
    data: Data,
) -> Result<AskOutcome, MethodError> {
    let script = core.scripts.get(&place.script).ok_or(MethodError::Stopped)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let receiver = core.answers.expect(&id);
    let packet = Event::Packet {
        index: place.index,
        kind: kind.to_owned(),
        id: id.clone(),
        data: data.clone(),
        wait: true,
    };
    core.events.inner(Some(&script.name), packet);
    let mut answer = core.answers.prepared();
    if answer.is_none() {
        answer = tokio::select! {
            biased;
            () = script.token.cancelled() => None,
            answer = core.answers.wait(kind, &data, receiver) => answer,
        };
    }
    core.answers.forget(&id);
    if script.token.is_cancelled() {
        return Err(MethodError::Stopped);
    }
    Ok(answer.map_or(AskOutcome::Nobody, AskOutcome::Answer))
}

/// `script.start`: runs a script to its end (or until it is up) and gives its last step's result.
pub(crate) async fn start_script(
    core: &Core,
    place: &StepPlace,
    call: ScriptCall,
) -> Result<Value, MethodError> {
    let core = core.handle().ok_or(MethodError::Stopped)?;
    let caller = core.scripts.get(&place.script).ok_or(MethodError::Stopped)?;
    let path = uri::resolve(&core.home, &place.cwd, &call.uri)
        .map_err(|error| MethodError::Callee(error.to_string()))?;
    let path = load::script_file(&core.script_path(&path));
    if core.scripts.get(&path).is_some() {
        let raw = format!("{} is already running. Continuing...\r\n", call.uri);
        core.events.inner(Some(&caller.name), Event::Stream { index: place.index, shell: None, raw });
        return Ok(Value::Nil);
    }
    let args =
        if call.params.is_nil() { Value::Table(pino_vm::new_object(core.vm.lua())?) } else { call.params };
    let is_address = uri::is_remote(&call.uri) || call.uri.starts_with("~/");
    let uri = if is_address { call.uri.clone() } else { path.to_string_lossy().into_owned() };
    let script = core.add_script(Request { path, uri, args }, Some(&caller))?;
    match drive::drive(&core, &script, Some(&caller)).await {
        Outcome::Done(result) => {
            stop::end(&core, &script, pino_model::ExitStatus::Done).await;
            Ok(result)
        }
        Outcome::Ready(result) => Ok(result),
        Outcome::Halted(Halt::Failed(failure)) => {
            stop::end(&core, &script, pino_model::ExitStatus::Error).await;
            Err(MethodError::Callee(format!("{} failed: {}", call.uri, failure.message)))
        }
        Outcome::Halted(Halt::Stopped) => {
            stop::end(&core, &script, core.stop_status()).await;
            if caller.token.is_cancelled() {
                return Err(MethodError::Stopped);
            }
            Err(MethodError::Callee(format!("{} was stopped before its end", call.uri)))
        }
    }
}

/// `script.restart` of another script: stops it and starts it again, beside the step.
pub(crate) fn restart_script(core: &Core, place: &StepPlace, path: &Path, params: Value) {
    let Some(core) = core.handle() else { return };
    let (place, path) = (place.clone(), core.script_path(path));
    tokio::spawn(async move {
        if let Some(script) = core.scripts.get(&path) {
            stop::stop(&core, &script).await;
        }
        let call = ScriptCall { uri: path.to_string_lossy().into_owned(), params };
        if let Err(error) = start_script(&core, &place, call).await {
            tracing::debug!(%error, "a restarted script has failed; its own events say why");
        }
    });
}

/// `on[].trigger`: another list of steps of the same script, beside the running one.
pub(crate) fn trigger(core: &Core, place: &StepPlace, action: &str, event: Value) {
    let Some(core) = core.handle() else { return };
    let Some(script) = core.scripts.get(&place.script) else { return };
    let (action, index) = (action.to_owned(), place.index);
    tokio::spawn(async move {
        if let Err(Halt::Failed(failure)) = drive::run_action(&core, &script, &action, event, index).await {
            let message = format!("the action \"{action}\" failed: {}", failure.message);
            let extra = serde_json::Map::new();
            Core::emit(
                &core,
                &script.path,
                Event::Warning { index: Some(index), code: "action-failed", message, extra },
            );
        }
    });
}

/// `load`: a module or JSON file; null when it is missing.
pub(crate) async fn load_value(core: &Core, place: &StepPlace, path: &Path) -> Result<Value, MethodError> {
    let core = core.handle().ok_or(MethodError::Stopped)?;
    let path = load::script_file(path);
    if !path.exists() {
        return Ok(Value::NULL);
    }
    let script = core.scripts.get(&place.script).ok_or(MethodError::Stopped)?;
    load::value(&core, &path, &script.folder).await.map_err(|halt| match halt {
        Halt::Failed(failure) => MethodError::Failed(failure.message),
        Halt::Stopped => MethodError::Stopped,
    })
}
