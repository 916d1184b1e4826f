//! `key.*`: known by name only. In the reference both wait for an answer no page ever gives (spec 30-api-key).
//!
//! Must not know: where keys are kept.

use mlua::Value;

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("key.get", |call| Box::pin(async move { refuse(call, "key.get") })),
    ("key.set", |call| Box::pin(async move { refuse(call, "key.set") })),
];

fn refuse(_call: &Call, method: &str) -> Result<Value, MethodError> {
    Err(MethodError::Failed(format!(
        "{method} was never finished in the reference, where it waits for ever; keep secrets with `set` and `key`, in ENVIRONMENT, \
         or ask with `input`"
    )))
}
