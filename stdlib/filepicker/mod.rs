//! `filepicker.open`: files or folders of this machine, chosen by whoever watches.
//!
//! Must not know: dialogs.

use mlua::Value;
use pino_model::Data;

use crate::{AskOutcome, Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("filepicker.open", |call| Box::pin(open(call)))];

async fn open(call: &Call) -> Result<Value, MethodError> {
    let start = match call.text("path")? {
        Some(path) => Some(path),
        None => call.text("cwd")?,
    };
    let start = start.map_or_else(|| Ok(call.place.cwd.clone()), |path| call.path(&path))?;
    let mut data = call.data()?;
    if let Data::Object(members) = &mut data {
        members.insert("cwd".to_owned(), Data::String(start.to_string_lossy().into_owned()));
    }
    match call.host.ask(&call.place, "filepicker", data).await? {
        AskOutcome::Answer(answer) => call.value(&answer),
        AskOutcome::Nobody => {
            let text = "filepicker.open: nobody is there to choose a file; give an answer {\"paths\": […]} with --respond";
            Err(MethodError::NoAnswer(text.into()))
        }
    }
}
