//! Live JavaScript objects for Rust code: reading, changing and listing properties, JSON text, texts of values.
//!
//! Must not know: what the objects are for.

use mlua::{Function, Lua, Result, Table, Value};

use crate::bridge::{Bridge, Kind};

fn helper(lua: &Lua, name: &str) -> Result<Function> {
    let bridge =
        lua.app_data_ref::<Bridge>().ok_or_else(|| mlua::Error::runtime("this state has no prelude"))?;
    bridge.js.get(name)
}

fn kind(table: &Table) -> Option<Kind> {
    let lua = table.weak_lua().upgrade();
    let bridge = lua.app_data_ref::<Bridge>()?;
    bridge.shape(table).ok()?.map(|shape| shape.kind)
}

/// Index-like text is the number it stands for.
fn property_key(lua: &Lua, key: &str) -> Result<Value> {
    let canonical = key == "0" || !key.starts_with('0');
    if !key.is_empty()
        && key.len() < 16
        && canonical
        && key.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(number) = key.parse::<f64>()
    {
        return Ok(Value::Number(number));
    }
    Ok(Value::String(lua.create_string(key)?))
}

/// The table is an array.
pub fn is_array(table: &Table) -> bool {
    table.metatable().is_some_and(|meta| meta.raw_get::<Value>("array").is_ok_and(|value| !value.is_nil()))
}

/// The value can hold members: an array or an object without hidden state.
pub fn is_object(value: &Value) -> bool {
    match value {
        Value::Table(table) => match kind(table) {
            Some(Kind::Special) => {
                let lua = table.weak_lua().upgrade();
                lua.app_data_ref::<Bridge>()
                    .is_some_and(|bridge| bridge.data_of(table).is_ok_and(|(kind, ..)| kind == "object"))
            }
            _ => true,
        },
        _ => false,
    }
}

/// An empty object.
pub fn new_object(lua: &Lua) -> Result<Table> {
    helper(lua, "new_object")?.call(())
}

/// An array of these values.
pub fn new_array(lua: &Lua, values: Vec<Value>) -> Result<Table> {
    let table = lua.create_table_with_capacity(values.len(), 2)?;
    let length = values.len();
    for (index, value) in values.into_iter().enumerate() {
        table.raw_set(index, value)?;
    }
    helper(lua, "array_from0")?.call((table, length))
}

/// `object[key]`, inherited members and getters included.
pub fn get_property(lua: &Lua, object: &Table, key: &str) -> Result<Value> {
    let key = property_key(lua, key)?;
    match object.raw_get::<Value>(&key)? {
        Value::Nil => object.get(key),
        found => Ok(found),
    }
}

/// `object[key] = value`.
pub fn set_property(lua: &Lua, object: &Table, key: &str, value: Value) -> Result<()> {
    let key = property_key(lua, key)?;
    if !object.raw_get::<Value>(&key)?.is_nil() && key.as_string().is_none_or(|name| name != "length") {
        return object.raw_set(key, value);
    }
    helper(lua, "set")?.call((object, key, value))
}

/// `delete object[key]`; false when it cannot be deleted.
pub fn delete_property(lua: &Lua, object: &Table, key: &str) -> Result<bool> {
    helper(lua, "delete")?.call((object, property_key(lua, key)?))
}

/// Removes one element of an array; the following ones move up.
pub fn array_splice_remove(lua: &Lua, array: &Table, index: usize) -> Result<()> {
    let length: f64 = array.raw_get("length")?;
    let length = length as usize;
    if index >= length {
        return Ok(());
    }
    for at in index..length - 1 {
        array.raw_set(at, array.raw_get::<Value>(at + 1)?)?;
    }
    helper(lua, "set_length")?.call((array, length - 1))
}

/// Own enumerable keys in order.
pub fn own_keys(lua: &Lua, object: &Table) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for_each_property(lua, object, |key, _| keys.push(key.to_owned()))?;
    Ok(keys)
}

/// Own enumerable members in order, getters called.
pub fn for_each_property(lua: &Lua, object: &Table, mut visit: impl FnMut(&str, Value)) -> Result<()> {
    let members = {
        let bridge =
            lua.app_data_ref::<Bridge>().ok_or_else(|| mlua::Error::runtime("this state has no prelude"))?;
        match bridge.shape(object)? {
            Some(shape) if shape.kind == Kind::Plain => {
                let member =
                    |(key, _): &(mlua::LuaString, Box<[u8]>)| Ok((key.clone(), object.raw_get(key)?));
                shape.keys.iter().map(member).collect::<Result<_>>()?
            }
            _ => bridge.members(object)?,
        }
    };
    for (key, value) in members {
        visit(&key.to_string_lossy(), value);
    }
    Ok(())
}

/// A `Buffer` with these bytes.
pub fn new_buffer(lua: &Lua, bytes: Vec<u8>) -> Result<Value> {
    helper(lua, "new_buffer")?.call(lua.create_buffer(bytes)?)
}

/// The bytes of a `Buffer`.
pub fn buffer_bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Buffer(buffer) => Some(buffer.to_vec()),
        Value::Table(table) => {
            let lua = table.weak_lua().upgrade();
            let bridge = lua.app_data_ref::<Bridge>()?;
            match bridge.data_of(table) {
                Ok((kind, Value::Buffer(bytes), _)) if kind == "buffer" => Some(bytes.to_vec()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `JSON.parse`.
pub fn parse_json(lua: &Lua, text: &str) -> Result<Value> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| mlua::Error::runtime(format!("SyntaxError: the text is no valid JSON: {error}")))?;
    crate::from_data(lua, &value.into())
}

/// `JSON.stringify(value, null, indent)`; `None` for `undefined` and functions.
pub fn stringify_json(lua: &Lua, value: &Value, indent: usize) -> Result<Option<String>> {
    let text: Option<mlua::LuaString> = helper(lua, "json_stringify")?.call((value, indent))?;
    Ok(text.map(|text| text.to_string_lossy()))
}

/// `String(value)`.
pub fn to_js_string(lua: &Lua, value: &Value) -> Result<String> {
    if let Value::String(text) = value {
        return Ok(text.to_string_lossy());
    }
    let text: mlua::LuaString = helper(lua, "str")?.call(value)?;
    Ok(text.to_string_lossy())
}
