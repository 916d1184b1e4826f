//! VM values → [`Data`].
//!
//! Must not know: what the data is for.

use std::ffi::c_void;

use indexmap::IndexMap;
use mlua::{LuaString, Result, Table, Value};
use pino_model::{Data, RegExpText};

use super::{Bridge, DEEPEST, Kind};

/// A VM value as plain data. Cycles and everything nested too deep become `null`.
pub fn to_data(value: &Value) -> Result<Data> {
    Reader { open: Vec::new() }.value(value)
}

struct Reader {
    /// Objects being read, outermost first.
    open: Vec<*const c_void>,
}

fn text(value: &LuaString) -> Data {
    Data::String(value.to_string_lossy())
}

impl Reader {
    fn value(&mut self, value: &Value) -> Result<Data> {
        Ok(match value {
            Value::Nil => Data::Undefined,
            Value::Boolean(value) => Data::Bool(*value),
            Value::Integer(value) => Data::Number(*value as f64),
            Value::Number(value) => Data::Number(*value),
            Value::String(value) => text(value),
            Value::Table(table) => return self.table(table),
            Value::Buffer(buffer) => Data::Buffer(buffer.to_vec()),
            Value::Function(_) => Data::Function,
            other if other.is_null() => Data::Null,
            _ => Data::Undefined,
        })
    }

    fn table(&mut self, table: &Table) -> Result<Data> {
        let name = table.to_pointer();
        if self.open.len() >= DEEPEST || self.open.contains(&name) {
            return Ok(Data::Null);
        }
        self.open.push(name);
        let data = self.opened(table);
        self.open.pop();
        data
    }

    fn opened(&mut self, table: &Table) -> Result<Data> {
        let lua = table.weak_lua().upgrade();
        let Some(bridge) = lua.app_data_ref::<Bridge>() else { return Ok(Data::Undefined) };
        let Some(shape) = bridge.shape(table)? else { return self.foreign(table) };
        match shape.kind {
            Kind::Array => self.array(table),
            Kind::Plain => {
                let mut members = IndexMap::with_capacity(shape.keys.len());
                for (key, _) in &shape.keys {
                    members.insert(key.to_string_lossy(), self.value(&table.raw_get::<Value>(key)?)?);
                }
                Ok(Data::Object(members))
            }
            Kind::Careful if crate::is_array(table) => self.careful_array(table),
            Kind::Careful => self.members(&bridge, table),
            Kind::Special => self.special(&bridge, table),
        }
    }

    fn array(&mut self, table: &Table) -> Result<Data> {
        let length: f64 = table.raw_get("length")?;
        let mut items = Vec::with_capacity((length as usize).min(65_536));
        for index in 0..length as usize {
            items.push(self.value(&table.raw_get::<Value>(index)?)?);
        }
        Ok(Data::Array(items))
    }

    /// An array with holes, getters or the like.
    fn careful_array(&mut self, table: &Table) -> Result<Data> {
        let length: f64 = table.get("length")?;
        let mut items = Vec::with_capacity((length as usize).min(65_536));
        for index in 0..length as usize {
            items.push(self.value(&table.get::<Value>(index)?)?);
        }
        Ok(Data::Array(items))
    }

    fn members(&mut self, bridge: &Bridge, table: &Table) -> Result<Data> {
        let mut members = IndexMap::new();
        for (key, value) in bridge.members(table)? {
            members.insert(key.to_string_lossy(), self.value(&value)?);
        }
        Ok(Data::Object(members))
    }

    fn special(&mut self, bridge: &Bridge, table: &Table) -> Result<Data> {
        let (kind, first, second) = bridge.data_of(table)?;
        Ok(match (kind.as_str(), first, second) {
            // an invalid date is NaN
            ("date", Value::Integer(ms), _) => Data::Date(ms as f64),
            ("date", Value::Number(ms), _) if !ms.is_nan() => Data::Date(ms),
            ("date", ..) => Data::Null,
            ("regexp", Value::String(source), Value::String(flags)) => {
                Data::RegExp(RegExpText { source: source.to_string_lossy(), flags: flags.to_string_lossy() })
            }
            ("buffer", Value::Buffer(bytes), _) => Data::Buffer(bytes.to_vec()),
            ("array", Value::Table(list), _) => return self.array(&list),
            ("bigint" | "symbol" | "text", Value::String(value), _) => text(&value),
            ("function", _, _) => Data::Function,
            ("value", value, _) => return self.value(&value),
            _ => return self.members(bridge, table),
        })
    }

    /// A table of hand-written Lua that JavaScript has not met: a list or names with values.
    fn foreign(&mut self, table: &Table) -> Result<Data> {
        let length = table.raw_len();
        if length > 0 {
            let items = (1..=length).map(|index| self.value(&table.raw_get::<Value>(index)?));
            return items.collect::<Result<_>>().map(Data::Array);
        }
        let mut members = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            if let (Value::String(key), value) = pair? {
                members.push((key.to_string_lossy(), self.value(&value)?));
            }
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Data::Object(members.into_iter().collect()))
    }
}
