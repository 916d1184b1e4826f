//! `web.*`: pages for whoever watches.
//!
//! Must not know: browsers. All of them are packets; how a path becomes a page is the user interface's business.

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("web.open", |call| Box::pin(async move { send(call, "web.open") })),
    ("web.close", |call| Box::pin(async move { send(call, "browser.close") })),
    ("web.expose", |call| Box::pin(async move { send(call, "web.expose") })),
];

/// Passes the parameters on as a packet.
pub(crate) fn send(call: &Call, kind: &str) -> Result<Value, MethodError> {
    call.packet(kind, call.data()?);
    Ok(Value::Nil)
}
