//! `shell.stop`: ends a shell, or all shells of a script.
//!
//! Must not know: signals.

use mlua::Value;
use pino_process::DEFAULT_GRACE;

use crate::{Call, MethodError};

/// The method. `group` is the script (its path or URI) whose shells end; `id` one shell, by default the one named like the folder.
pub(super) async fn stop(call: &Call) -> Result<Value, MethodError> {
    let processes = call.host.processes();
    let (id, group) = (call.text("id")?, call.text("group")?);
    let stopped = match (id, group) {
        (None, Some(group)) => {
            let label = call.host.resolve(&call.place.cwd, &group)?;
            processes.stop_label(&label.display().to_string(), DEFAULT_GRACE).await
        }
        (id, _) => {
            let id = id.unwrap_or_else(|| call.place.cwd.display().to_string());
            match processes.shell(&id) {
                Some(shell) => shell.stop(DEFAULT_GRACE).await,
                None => Ok(()), // it has ended by itself
            }
        }
    };
    stopped.map_err(|error| MethodError::Failed(error.to_string()))?;
    Ok(Value::Nil)
}
