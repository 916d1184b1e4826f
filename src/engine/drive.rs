//! Takes a script from `begin` to its last step: load, capture the steps, run them one after another.
//!
//! Must not know: what a single step does, nor how a script's end is cleaned up.

use std::sync::{Arc, PoisonError};

use pino_vm::Value;

use crate::{
    core::Core,
    environment::Environments,
    events::{Begin, Variables},
    failure::{Failure, Halt},
    journal::restore::{self, Start},
    load, lua_program,
    next::Successor,
    program::Program,
    scope,
    script::{Jumped, Script},
    step,
};

/// How far a script came.
pub(crate) enum Outcome {
    /// All steps have run; the value is the last one's result.
    Done(Value),
    /// All steps of a daemon have run; it stays up.
    Ready(Value),
    /// It failed or was stopped.
    Halted(Halt),
}

/// Steps between two looks at the rest of the world (signals, output of shells, clients).
const STEPS_PER_TURN: u32 = 64;

/// Runs a script. Its `error` event has been written when the outcome says that it failed.
pub(crate) async fn drive(core: &Arc<Core>, script: &Arc<Script>, caller: Option<&Arc<Script>>) -> Outcome {
    let begin = Begin {
        run: &core.id,
        cwd: &script.folder,
        home: &core.home,
        args: &script.args(),
        caller: caller.map(|caller| &caller.name),
        steps: None,
    };
    core.events.begin(&script.name, &begin);
    core.journal.script_begins(script, caller.map(Arc::as_ref));
    match run(core, script, caller).await {
        Ok(outcome) => outcome,
        Err(Halt::Failed(failure)) => {
            core.journal.script_fails(script, &failure.message);
            report(core, script, None, &failure);
            Outcome::Halted(Halt::Failed(failure))
        }
        Err(Halt::Stopped) => Outcome::Halted(Halt::Stopped),
    }
}

/// Writes the `error` event.
fn report(core: &Core, script: &Script, index: Option<usize>, failure: &Failure) {
    let Failure { code, message, events } = failure.clone();
    core.events.inner(Some(&script.name), pino_model::Event::Error { index, code, message, events });
}

async fn run(core: &Arc<Core>, script: &Arc<Script>, caller: Option<&Arc<Script>>) -> Result<Outcome, Halt> {
    let scope = scope::make(core, script).map_err(|error| core.vm.failure(&error))?;
    // a script is driven once; a second scope would be wasted, not wrong
    let _ = script.scope.set(scope);
    Environments::create_app_file(&script.app);
    core.programs.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(script));
    let loaded = until_stopped(script, load::object(core, script)).await;
    core.programs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|program| program.path != script.path);
    let object = loaded?;
    if lua_program::was_program(script, &object) {
        return Ok(Outcome::Done(lua_program::result(script, &object)));
    }
    let program = until_stopped(script, load::program(core, script, &object)).await?;
    script.state().ids = program.ids();
    core.journal.script_is_loaded(script, &program);
    let start = restore::start(core, script, caller, &program).await?;
    let result = steps(core, script, &program, start, step::Track::Main).await;
    match result {
        Ok(result) if program.daemon => {
            script.state().ready = true;
            core.journal.script_is_ready(script);
            let variables = Variables {
                local: &Value::Table(script.local.clone()),
                global: &Value::Table(script.global.clone()),
            };
            core.events.ready(&script.name, &result, &variables);
            Ok(Outcome::Ready(result))
        }
        Ok(result) => Ok(Outcome::Done(result)),
        Err((_, Halt::Stopped)) => {
            core.journal.step_fails(script, None);
            Err(Halt::Stopped)
        }
        Err((index, Halt::Failed(failure))) => {
            core.journal.step_fails(script, Some(&failure.message));
            report(core, script, Some(index), &failure);
            Ok(Outcome::Halted(Halt::Failed(failure)))
        }
    }
}

/// Another list of steps of a running script (`on[].trigger`), with its own input.
pub(crate) async fn run_action(
    core: &Arc<Core>,
    script: &Arc<Script>,
    action: &str,
    input: Value,
    index: usize,
) -> Result<(), Halt> {
    let program = load::action(core, script, action)?;
    let outer = script.scope.get().ok_or(Halt::Stopped)?;
    let scope =
        scope::with_event(core.vm.lua(), outer, Value::Nil).map_err(|error| core.vm.failure(&error))?;
    steps(core, script, &program, Start { index: 0, input }, step::Track::Action(&scope, index))
        .await
        .map(|_| ())
        .map_err(|(_, halt)| halt)
}

/// Ends a wait when the script is stopped.
async fn until_stopped<T>(script: &Script, work: impl Future<Output = Result<T, Halt>>) -> Result<T, Halt> {
    tokio::select! {
        biased;
        () = script.token.cancelled() => Err(Halt::Stopped),
        result = work => result,
    }
}

/// The step loop. The error carries the index of the step that ended it.
async fn steps(
    core: &Arc<Core>,
    script: &Arc<Script>,
    program: &Program,
    start: Start,
    track: step::Track<'_>,
) -> Result<Value, (usize, Halt)> {
    let (mut input, mut from, mut turn) = (start.input, start.index, 0);
    let is_told = matches!(track, step::Track::Main);
    while let Some(index) = program.first_from(from) {
        if script.token.is_cancelled() {
            return Err((index, Halt::Stopped));
        }
        turn += 1;
        if turn % STEPS_PER_TURN == 0 {
            tokio::task::yield_now().await;
        }
        let done =
            step::run(core, script, program, index, &input, track).await.map_err(|halt| (index, halt))?;
        if done.ran && is_told {
            script.state().result = done.result.clone();
        }
        input = done.result;
        match done.next {
            step::Next::To(Successor::Step(index)) => from = index,
            step::Next::To(Successor::End) => from = program.steps.len(),
            step::Next::Following => from = index + 1,
            step::Next::Restart(args) => {
                // what the script has started belongs to its first life
                core.processes_of(script).await;
                reset(core, script, &args).map_err(|halt| (index, halt))?;
                (input, from) = (args, 0);
            }
        }
        if is_told {
            core.journal.moves_on(script, from, &input);
        }
    }
    Ok(input)
}

/// A script that restarts itself begins with fresh variables.
fn reset(core: &Core, script: &Script, args: &Value) -> Result<(), Halt> {
    let lua = core.vm.lua();
    let clear = || {
        for key in pino_vm::own_keys(lua, &script.local)? {
            pino_vm::delete_property(lua, &script.local, &key)?;
        }
        script.scope.get().map_or(Ok(()), |scope| scope.raw_set("args", args))
    };
    clear().map_err(|error: pino_vm::LuaError| core.vm.failure(&error))?;
    script.set_args(args.clone());
    Ok(())
}

impl From<Jumped> for step::Next {
    fn from(jumped: Jumped) -> Self {
        match jumped {
            Jumped::To(index) => step::Next::To(Successor::Step(index)),
            Jumped::End => step::Next::To(Successor::End),
            Jumped::Restart(args) => step::Next::Restart(args),
        }
    }
}
