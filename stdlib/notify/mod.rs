//! `notify`: a message for whoever watches; nobody needs to answer.
//!
//! Must not know: how it is shown.

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("notify", |call| Box::pin(async move { notify(call) }))];

fn notify(call: &Call) -> Result<Value, MethodError> {
    call.packet("notify", call.data()?);
    Ok(Value::Nil)
}
