//! VM values → JSON text as the event contract has it, without a detour.
//!
//! Must not know: events.

use std::{ffi::c_void, io::Write as _};

use base64::Engine as _;
use mlua::{Result, Table, Value};
use pino_model::Data;

use super::{Bridge, DEEPEST, Kind, to_data};

/// Appends a value as JSON. `undefined` and functions are left out of objects and `null` elsewhere; so are cycles.
pub fn write_json(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    Writer { open: Vec::new(), out }.value(value)
}

struct Writer<'a> {
    open: Vec<*const c_void>,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Boolean(true) => self.out.extend_from_slice(b"true"),
            Value::Boolean(false) => self.out.extend_from_slice(b"false"),
            Value::Integer(value) => write_number(*value as f64, self.out),
            Value::Number(value) => write_number(*value, self.out),
            Value::String(text) => write_text(&text.as_bytes(), self.out),
            Value::Table(table) => return self.table(table),
            Value::Buffer(buffer) => write_buffer(&buffer.to_vec(), self.out),
            _ => self.out.extend_from_slice(b"null"),
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        let name = table.to_pointer();
        if self.open.len() >= DEEPEST || self.open.contains(&name) {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        self.open.push(name);
        let written = self.opened(table);
        self.open.pop();
        written
    }

    fn opened(&mut self, table: &Table) -> Result<()> {
        let lua = table.weak_lua().upgrade();
        let Some(bridge) = lua.app_data_ref::<Bridge>() else { return self.other(table) };
        let Some(shape) = bridge.shape(table)? else { return self.other(table) };
        match shape.kind {
            Kind::Array => self.array(table),
            Kind::Plain => {
                self.out.push(b'{');
                let mut first = true;
                for (key, json) in &shape.keys {
                    let value: Value = table.raw_get(key)?;
                    if !matches!(value, Value::Nil | Value::Function(_)) {
                        self.comma(&mut first);
                        self.out.extend_from_slice(json);
                        self.value(&value)?;
                    }
                }
                self.out.push(b'}');
                Ok(())
            }
            Kind::Careful if crate::is_array(table) => self.other(table),
            Kind::Careful => self.members(&bridge, table),
            Kind::Special => match bridge.data_of(table)?.0.as_str() {
                "object" => self.members(&bridge, table),
                _ => self.other(table),
            },
        }
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }

    fn array(&mut self, table: &Table) -> Result<()> {
        let length: f64 = table.raw_get("length")?;
        self.out.push(b'[');
        let mut first = true;
        for index in 0..length as usize {
            self.comma(&mut first);
            self.value(&table.raw_get::<Value>(index)?)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn members(&mut self, bridge: &Bridge, table: &Table) -> Result<()> {
        self.out.push(b'{');
        let mut first = true;
        for (key, value) in bridge.members(table)? {
            if !matches!(value, Value::Nil | Value::Function(_)) {
                self.comma(&mut first);
                write_text(&key.as_bytes(), self.out);
                self.out.push(b':');
                self.value(&value)?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    /// What is rare goes through [`Data`].
    fn other(&mut self, table: &Table) -> Result<()> {
        let data = to_data(&Value::Table(table.clone()))?;
        serde_json::to_writer(&mut *self.out, &data).map_err(mlua::Error::external)
    }
}

/// A number as `JSON.stringify` writes it.
pub(crate) fn write_number(value: f64, out: &mut Vec<u8>) {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= SAFE {
        // writing to a Vec cannot fail
        let _ = write!(out, "{}", value as i64);
    } else {
        let _ = serde_json::to_writer(out, &Data::Number(value));
    }
}

/// A text in quotes; bytes that are no UTF-8 (lone surrogates) become U+FFFD.
pub(crate) fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    let clean = |byte: &u8| *byte >= 0x20 && *byte < 0x7f && *byte != b'"' && *byte != b'\\';
    if bytes.iter().all(clean) {
        out.push(b'"');
        out.extend_from_slice(bytes);
        out.push(b'"');
    } else {
        let _ = serde_json::to_writer(out, &String::from_utf8_lossy(bytes));
    }
}

fn write_buffer(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"$buffer\":\"");
    out.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(bytes).as_bytes());
    out.extend_from_slice(b"\"}");
}
