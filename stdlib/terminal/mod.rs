//! `terminal.*`: files pasted into a web terminal. The page calls it with the bytes; a script has none to give.
//!
//! Source: spec 30-api-terminal. Must not know: pages.

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] =
    &[("terminal.upload", |call| Box::pin(async move { upload(call) }))];

fn upload(_call: &Call) -> Result<Value, MethodError> {
    Err(MethodError::Failed(
        "terminal.upload takes files from a page and cannot be called by a script; use filepicker.open or fs.download".to_owned(),
    ))
}
