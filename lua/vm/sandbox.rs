//! What of Luau a VM offers: which libraries, read-only; two environments, one for the prelude, one for scripts.
//!
//! Must not know: JavaScript.

use mlua::{Lua, LuaOptions, Result, StdLib, Table, Value};

/// Functions of Luau's base library that reach outside a script or make code out of text.
const REMOVED: [&str; 9] =
    ["_G", "loadstring", "getfenv", "setfenv", "require", "collectgarbage", "gcinfo", "newproxy", "print"];

/// Libraries hand-written Lua may use (`debug` stays with the prelude).
const OFFERED: [&str; 27] = [
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "typeof",
    "unpack",
    "xpcall",
    "_VERSION",
    "bit32",
    "buffer",
    "coroutine",
    "math",
    "string",
    "table",
    "utf8",
];

/// A fresh Lua state and its environments.
pub(crate) struct Sandbox {
    pub(crate) lua: Lua,
    /// Environment of prelude chunks: Luau's libraries and nothing else, read-only.
    pub(crate) libraries: Table,
    /// What scripts see of it.
    pub(crate) offered: Table,
    /// Environment of script chunks, which is also `globalThis`.
    pub(crate) globals: Table,
}

/// Makes a state without `io`, `os`, `package`, `load` and the like.
pub(crate) fn create() -> Result<Sandbox> {
    let libraries = StdLib::COROUTINE
        | StdLib::TABLE
        | StdLib::STRING
        | StdLib::MATH
        | StdLib::BIT
        | StdLib::UTF8
        | StdLib::BUFFER
        | StdLib::DEBUG;
    let lua = Lua::new_with(libraries, LuaOptions::new())?;
    let libraries = lua.globals();
    for name in REMOVED {
        libraries.raw_set(name, Value::Nil)?;
    }
    libraries.raw_set("null", Value::NULL)?;
    let offered = lua.create_table()?;
    for name in OFFERED {
        offered.raw_set(name, libraries.raw_get::<Value>(name)?)?;
    }
    libraries.for_each(|_: Value, value: Value| {
        if let Value::Table(library) = value {
            library.set_readonly(true);
        }
        Ok(())
    })?;
    libraries.set_safeenv(true);
    libraries.set_readonly(true);
    offered.set_readonly(true);
    let globals = lua.create_table()?;
    Ok(Sandbox { lua, libraries, offered, globals })
}
