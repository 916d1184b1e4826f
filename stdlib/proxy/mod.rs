//! `proxy.*`: accepted and ignored, as in the reference; many scripts still call it after `local.set`.
//!
//! Must not know: proxies.

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("proxy.start", |call| Box::pin(async move { ignore(call, "proxy.start") })),
    ("proxy.stop", |call| Box::pin(async move { ignore(call, "proxy.stop") })),
];

fn ignore(call: &Call, method: &str) -> Result<Value, MethodError> {
    let text = format!("{method} does nothing any more; remove the step, the app's own address is used");
    call.warn("deprecated", text, &[("method", method.into())]);
    Ok(Value::Nil)
}
