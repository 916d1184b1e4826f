//! `htmlmodal.*`: a dialog with content of the script.
//!
//! Must not know: how it is shown.

use mlua::Value;
use pino_model::Data;

use crate::{AskOutcome, Call, Method, MethodError, params::truthy};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("htmlmodal.open", |call| Box::pin(show(call, "open"))),
    ("htmlmodal.update", |call| Box::pin(show(call, "update"))),
    ("htmlmodal.close", |call| Box::pin(show(call, "close"))),
];

/// Waits for an answer when `await` is true, except for `close`.
async fn show(call: &Call, action: &str) -> Result<Value, MethodError> {
    let data = dialog(call, action)?;
    if action == "close" || !truthy(&call.param("await")?) {
        call.packet("htmlmodal", data.clone());
        return call.value(&data);
    }
    match call.host.ask(&call.place, "htmlmodal", data).await? {
        AskOutcome::Answer(answer) => call.value(&answer),
        AskOutcome::Nobody => {
            let text = format!("htmlmodal.{action}: nobody is there to answer; give answers with --respond");
            Err(MethodError::NoAnswer(text))
        }
    }
}

/// `{action, id, …params}`.
fn dialog(call: &Call, action: &str) -> Result<Data, MethodError> {
    let id = format!("htmlmodal:{}", call.place.script.display());
    let own = [("action", Data::String(action.to_owned())), ("id", Data::String(id))];
    let mut members: indexmap::IndexMap<_, _> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Data::Object(given) = call.data()? {
        members.extend(given);
    }
    Ok(Data::Object(members))
}
