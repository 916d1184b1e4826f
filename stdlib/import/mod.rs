//! `import`: the variables of other running scripts, as the result.
//!
//! Must not know: how a run keeps them. In the reference it always fails; `local.import` is what scripts use.

use mlua::Value;
use pino_vm::{for_each_property, new_object, set_property, to_js_string};

use crate::{Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[("import", |call| Box::pin(async move { import(call) }))];

fn import(call: &Call) -> Result<Value, MethodError> {
    let mut wanted = Vec::new();
    for_each_property(&call.lua, call.object("import")?, |name, uri| wanted.push((name.to_owned(), uri)))?;
    let found = new_object(&call.lua)?;
    for (name, uri) in wanted {
        let script = call.path(&to_js_string(&call.lua, &uri)?)?;
        let value = call.host.local_of(&script).map_or(Value::Nil, Value::Table);
        set_property(&call.lua, &found, &name, value)?;
    }
    Ok(Value::Table(found))
}
