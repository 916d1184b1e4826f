//! `load`: modules and JSON files as the step's result.
//!
//! Must not know: how a module is evaluated.

use mlua::Value;
use pino_vm::{for_each_property, new_object, set_property, to_js_string};

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("load", |call| Box::pin(load(call)))];

/// `{name: path}` → `{name: value}`; a missing file gives null.
async fn load(call: &Call) -> Result<Value, MethodError> {
    let mut wanted = Vec::new();
    for_each_property(&call.lua, call.object("load")?, |name: &str, path: Value| {
        wanted.push((name.to_owned(), path));
    })?;
    let loaded = new_object(&call.lua)?;
    for (name, given) in wanted {
        let path = call.path(&to_js_string(&call.lua, &given)?)?;
        let value = call.host.load(&call.place, &path).await?;
        set_property(&call.lua, &loaded, &name, value)?;
    }
    Ok(Value::Table(loaded))
}
