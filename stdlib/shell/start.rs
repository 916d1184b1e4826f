//! `shell.start`: a shell that stays, for lines of later steps.
//!
//! Must not know: terminals.

use mlua::Value;
use pino_process::{ShellMode, ShellSpec};

use super::{
    message, params,
    run::{compile_handlers, prepare},
    session::Session,
};
use crate::{Call, MethodError};

/// The method; its result is the shell's id. It goes on when the shell waits for its first line, or soon after when the message runs
/// on, or when a handler ends the step.
pub(super) async fn start(call: &Call) -> Result<Value, MethodError> {
    let mut params = params::parse(&call.data()?).map_err(MethodError::BadParams)?;
    let handlers = compile_handlers(call, &params.on)?;
    params.id.get_or_insert_with(|| call.place.cwd.display().to_string());
    if params.chain.is_nullish() {
        params.chain = pino_model::Data::String("*".to_owned()); // one shell: its elements are lines of it
    }
    let commands = message::commands(&params.message, &params.chain);
    let spec = prepare(call, &params, &commands, ShellMode::Persistent).await?;
    let spec = ShellSpec { command: commands.into_iter().next().unwrap_or_default(), ..spec };
    // error text is for the handlers of the steps that follow: a shell that stays does not fail by it
    let outcome = Session::start(call, 0, spec, &handlers, true)?.drive(true).await?;
    Ok(Value::String(call.lua.create_string(&outcome.id)?))
}
