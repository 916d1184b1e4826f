//! Native groups: the Rust functions that the prelude's builtins call, one Lua table per topic, made when first indexed
//! so that a VM that never touches dates does not pay for them. Must not know prototypes, shapes or scripts.

mod bigint;
mod bytes;
mod date;
mod json;
mod number;
mod regexp;
mod text;
mod url;
pub(crate) mod wtf8;

use mlua::{Lua, Result, Table, Value};

type MakeGroup = fn(&Lua) -> Result<Table>;

const GROUPS: &[(&str, MakeGroup)] = &[
    ("number", number::group),
    ("text", text::group),
    ("regexp", regexp::group),
    ("json", json::group),
    ("bytes", bytes::group),
    ("date", date::group),
    ("url", url::group),
    ("bigint", bigint::group),
];

/// Makes the groups reachable as fields of `native`.
pub(crate) fn install(lua: &Lua, native: &Table) -> Result<()> {
    let meta = lua.create_table()?;
    let load = lua.create_function(|lua, (native, name): (Table, String)| {
        let Some((_, make)) = GROUPS.iter().find(|(group, _)| *group == name) else { return Ok(Value::Nil) };
        let group = make(lua)?;
        native.raw_set(name, &group)?;
        Ok(Value::Table(group))
    })?;
    meta.raw_set("__index", load)?;
    native.set_metatable(Some(meta))
}
