//! `app.*`: fetching an app; the reference's search for desktop programs has no meaning on a machine without a desktop.
//!
//! Must not know: how a repository is cloned.

mod download;

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("app.download", |call| Box::pin(download::download(call))),
    ("app.launch", |call| Box::pin(async move { no_desktop(call, "app.launch") })),
    ("app.search", |call| Box::pin(async move { no_desktop(call, "app.search") })),
    ("app.info", |call| Box::pin(async move { no_desktop(call, "app.info") })),
    ("app.refresh", |call| Box::pin(async move { no_desktop(call, "app.refresh") })),
];

fn no_desktop(_call: &Call, method: &str) -> Result<Value, MethodError> {
    Err(MethodError::Failed(format!(
        "{method} looks for desktop programs, and this machine has no desktop; remove the step or skip it with `when`"
    )))
}
