//! `fs.move`: a file or folder changes its place, verified and journalled, so that it can be taken back.
//!
//! Must not know: how it is moved.

use std::sync::Arc;

use mlua::Value;
use pino_drive::{Outcome, Report, Watch};

use crate::{Call, MethodError, params::blocking};

/// Moves `src` to `dest`; what has that name already is never replaced. Gives the operation's name for `pino drive undo`.
pub(super) async fn relocate(call: &Call) -> Result<Value, MethodError> {
    let source = call.writable(&call.required("fs.move", "src")?)?;
    let target = call.writable(&call.required("fs.move", "dest")?)?;
    call.print_lines(&format!("mv {} {}\n", source.display(), target.display()));
    let host = Arc::clone(&call.host);
    let report = blocking(move || {
        let moved = host.drive().store().relocate(&source, &target, &Watch::nobody());
        moved.map_err(|error| MethodError::Failed(format!("fs.move: {error}")))
    })
    .await?;
    result(call, &report)
}

fn result(call: &Call, report: &Report) -> Result<Value, MethodError> {
    match report.parts.first().and_then(|part| part.outcome.as_ref()) {
        Some(Outcome::Done { .. }) => {
            Ok(Value::String(call.lua.create_string(report.id.as_deref().unwrap_or_default())?))
        }
        Some(Outcome::Skipped { why } | Outcome::Failed { why }) => {
            Err(MethodError::Failed(format!("fs.move: nothing was moved: {why}")))
        }
        Some(Outcome::Interrupted) | None => {
            Err(MethodError::Failed("fs.move: it was interrupted; run the step again".to_owned()))
        }
    }
}
