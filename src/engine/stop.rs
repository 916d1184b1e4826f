//! The end of a script: everything it started is stopped, its `on.stop` request runs, `exit` is written. Always once,
//! whoever asks for it.
//!
//! Must not know: why it ends; the status says it.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use pino_model::{Event, ExitStatus};
use pino_vm::Value;

use crate::{
    core::{Core, Request},
    dispatch::{self, Invocation},
    drive,
    events::{Exit, Variables},
    failure::Halt,
    load,
    script::Script,
    uri, values,
};

/// Longest time an `on.stop` request may take: stopping has to end.
const ON_STOP_LIMIT: Duration = Duration::from_secs(30);

impl Core {
    /// Stops every process a script has started, and waits until they are gone.
    pub(crate) async fn processes_of(&self, script: &Script) {
        let label = script.path.to_string_lossy();
        if let Err(error) = self.processes.stop_label(&label, self.grace).await {
            self.warn_survivors(script, &error.to_string());
        }
    }

    fn warn_survivors(&self, script: &Script, message: &str) {
        let message = format!("{message}; end them by hand");
        let extra = serde_json::Map::new();
        self.events
            .inner(Some(&script.name), Event::Warning { index: None, code: "still-running", message, extra });
    }
}

/// Stops a running script and waits until it is over.
pub(crate) async fn stop(core: &Arc<Core>, script: &Arc<Script>) {
    script.token.cancel();
    let status = if core.token.is_cancelled() { core.stop_status() } else { ExitStatus::Stopped };
    end(core, script, status).await;
}

/// Ends a script and waits until it is over. The work is done by a task of its own: whoever waits may be stopped meanwhile.
pub(crate) async fn end(core: &Arc<Core>, script: &Arc<Script>, status: ExitStatus) {
    let first = !std::mem::replace(&mut script.state().ending, true);
    if first {
        tokio::spawn(finish(Arc::clone(core), Arc::clone(script), status));
    }
    script.wait_ended().await;
}

/// Boxed because scripts end scripts.
fn finish(core: Arc<Core>, script: Arc<Script>, status: ExitStatus) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let is_main = core.is_main(&script);
        if is_main {
            core.journal.run_is_ending();
        }
        end_children(&core, &script, is_main, status).await;
        core.processes_of(&script).await;
        run_on_stop(&core, &script).await;
        if is_main && let Err(error) = core.processes.stop_all(core.grace).await {
            core.warn_survivors(&script, &error.to_string());
        }
        tell(&core, &script, status);
        core.scripts.remove(&script.path);
        script.mark_ended();
    })
}

/// With the main script all others end. A script that ended well leaves the daemons it started to the run; otherwise what
/// it started ends with it.
async fn end_children(core: &Arc<Core>, script: &Arc<Script>, is_main: bool, status: ExitStatus) {
    let children = if is_main {
        let mut all = core.scripts.latest_first();
        all.retain(|other| !Arc::ptr_eq(other, script));
        all
    } else if status == ExitStatus::Done {
        return;
    } else {
        core.scripts.children(&script.path)
    };
    for child in children {
        stop(core, &child).await;
    }
}

/// `exit`
fn tell(core: &Core, script: &Script, status: ExitStatus) {
    let (result, steps) = {
        let state = script.state();
        (state.result.clone(), state.steps)
    };
    let exit = Exit {
        status,
        result: &result,
        variables: Variables {
            local: &Value::Table(script.local.clone()),
            global: &Value::Table(script.global.clone()),
        },
        steps,
        wall_ms: core.events.now_ms().saturating_sub(script.began_ms),
    };
    core.events.exit(&script.name, &exit);
    core.journal.script_ends(script, status);
}

/// The request a script wants processed when it ends: `{uri, params}` starts a script, `{method, params}` calls a method.
async fn run_on_stop(core: &Arc<Core>, script: &Arc<Script>) {
    let work = async {
        let lua = core.vm.lua();
        let on = load::member(lua, &script.source.current(lua), "on")?;
        let request = load::member(lua, &on, "stop")?;
        let params = load::member(lua, &request, "params")?;
        if let Some(uri) = values::text(&load::member(lua, &request, "uri")?) {
            return start(core, script, &uri, params).await;
        }
        if let Some(method) = values::text(&load::member(lua, &request, "method")?) {
            let target = dispatch::by_name(core, &method)?;
            let index = script.state().index;
            dispatch::call(core, script, &target, Invocation { index, params, input: Value::Nil }).await?;
        }
        Ok(())
    };
    match tokio::time::timeout(ON_STOP_LIMIT, work).await {
        Ok(Ok(()) | Err(Halt::Stopped)) => {}
        Ok(Err(Halt::Failed(failure))) => warn_on_stop(core, script, &failure.message),
        Err(_) => warn_on_stop(core, script, &format!("it took longer than {} s", ON_STOP_LIMIT.as_secs())),
    }
}

async fn start(core: &Arc<Core>, script: &Arc<Script>, given: &str, params: Value) -> Result<(), Halt> {
    let path = uri::resolve(&core.home, &script.folder, given)
        .map_err(|error| crate::failure::Failure::new("callee", error.to_string()))?;
    let path = load::script_file(&core.script_path(&path));
    if core.scripts.get(&path).is_some() {
        return Ok(());
    }
    let lua = core.vm.lua();
    let args = if params.is_nil() { Value::Table(new_object(core, lua)?) } else { params };
    let request = Request { path, uri: given.to_owned(), args };
    let cleanup = core.add_detached(request, script).map_err(|error| core.vm.failure(&error))?;
    let status = match drive::drive(core, &cleanup, Some(script)).await {
        drive::Outcome::Done(_) | drive::Outcome::Ready(_) => ExitStatus::Done,
        drive::Outcome::Halted(Halt::Failed(_)) => ExitStatus::Error,
        drive::Outcome::Halted(Halt::Stopped) => ExitStatus::Stopped,
    };
    end(core, &cleanup, status).await;
    Ok(())
}

fn new_object(core: &Core, lua: &pino_vm::Lua) -> Result<pino_vm::Table, Halt> {
    pino_vm::new_object(lua).map_err(|error| core.vm.failure(&error).into())
}

fn warn_on_stop(core: &Core, script: &Script, why: &str) {
    let message = format!("the request `on.stop` did not end well: {why}");
    let extra = serde_json::Map::new();
    core.events.inner(Some(&script.name), Event::Warning { index: None, code: "on-stop", message, extra });
}
