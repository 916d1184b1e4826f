//! `push`: a notification beyond this run's own pages.
//!
//! Must not know: devices. It is a packet; whoever watches decides how to show it.

use mlua::Value;
use pino_model::Data;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("push", |call| Box::pin(async move { push(call) }))];

fn push(call: &Call) -> Result<Value, MethodError> {
    call.object("push")?;
    let mut data = call.data()?;
    if let Data::Object(members) = &mut data {
        let has_title = members.get("title").is_some_and(Data::is_truthy);
        if !has_title {
            members.insert("title".to_owned(), Data::String("Pinokio".to_owned()));
        }
    }
    call.packet("push", data);
    Ok(Value::Nil)
}
