//! [`Data`] → VM values.
//!
//! Must not know: where the data comes from.

use mlua::{Function, Lua, Result, Value};
use pino_model::Data;

use super::{Bridge, DEEPEST};

/// Plain data as a VM value; functions become `undefined`.
pub fn from_data(lua: &Lua, data: &Data) -> Result<Value> {
    let bridge =
        lua.app_data_ref::<Bridge>().ok_or_else(|| mlua::Error::runtime("this state has no prelude"))?;
    let writer = Writer {
        lua,
        bridge: &bridge,
        object: bridge.function("with_keys")?,
        array: bridge.function("array_from0")?,
    };
    writer.value(data, 0)
}

struct Writer<'a> {
    lua: &'a Lua,
    bridge: &'a Bridge,
    object: Function,
    array: Function,
}

impl Writer<'_> {
    fn value(&self, data: &Data, depth: usize) -> Result<Value> {
        if depth > DEEPEST * 4 {
            return Err(mlua::Error::runtime("the data is nested too deeply"));
        }
        Ok(match data {
            Data::Undefined | Data::Function => Value::Nil,
            Data::Null => Value::NULL,
            Data::Bool(value) => Value::Boolean(*value),
            Data::Number(value) => Value::Number(*value),
            Data::String(text) => Value::String(self.lua.create_string(text)?),
            Data::Array(items) => {
                let table = self.lua.create_table_with_capacity(items.len(), 2)?;
                for (index, item) in items.iter().enumerate() {
                    table.raw_set(index, self.value(item, depth + 1)?)?;
                }
                self.array.call((table, items.len()))?
            }
            Data::Object(members) => {
                let table = self.lua.create_table_with_capacity(0, members.len())?;
                let keys = self.lua.create_table_with_capacity(members.len(), 0)?;
                for (index, (key, value)) in members.iter().enumerate() {
                    let key = self.key(key)?;
                    table.raw_set(&key, self.value(value, depth + 1)?)?;
                    keys.raw_seti(index + 1, key)?;
                }
                self.object.call((table, keys, members.len()))?
            }
            Data::Buffer(bytes) => self.need("bytes", "new_buffer")?.call(self.lua.create_buffer(bytes)?)?,
            Data::Date(ms) => self.need("date", "new_date")?.call(*ms)?,
            Data::RegExp(text) => {
                self.need("regexp", "regexp")?.call((text.source.as_str(), text.flags.as_str()))?
            }
        })
    }

    /// Index-like text is the number it stands for.
    fn key(&self, key: &str) -> Result<Value> {
        let digits = key.len() < 16 && key.bytes().all(|byte| byte.is_ascii_digit());
        if digits
            && !key.is_empty()
            && (key == "0" || !key.starts_with('0'))
            && let Ok(number) = key.parse::<f64>()
        {
            return Ok(Value::Number(number));
        }
        Ok(Value::String(self.lua.create_string(key)?))
    }

    /// A helper of a builtins file that may not be loaded yet.
    fn need(&self, _file: &str, name: &str) -> Result<Function> {
        let found: Value = self.bridge.js.get(name)?;
        match found {
            Value::Function(function) => Ok(function),
            _ => Err(mlua::Error::runtime(format!("the prelude lacks js.{name}"))),
        }
    }
}
