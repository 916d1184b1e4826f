//! `clipboard.*`: the clipboard of whoever watches; this machine may have none.
//!
//! Must not know: windows.

use mlua::Value;
use pino_model::Data;

use crate::{AskOutcome, Call, Method, MethodError, web};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("clipboard.copy", |call| Box::pin(async move { web::send(call, "clipboard.copy") })),
    ("clipboard.paste", |call| Box::pin(paste(call))),
];

async fn paste(call: &Call) -> Result<Value, MethodError> {
    match call.host.ask(&call.place, "clipboard.paste", Data::Object(indexmap::IndexMap::new())).await? {
        AskOutcome::Answer(answer) => call.value(&answer),
        AskOutcome::Nobody => {
            let text =
                "clipboard.paste: nobody is there whose clipboard could be read; use an input step instead";
            Err(MethodError::NoAnswer(text.into()))
        }
    }
}
