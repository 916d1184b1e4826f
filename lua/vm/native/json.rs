//! `JSON.parse` of plain text and the quoting of strings. Group `native.json`.
//!
//! Objects are built with raw fields; their shape comes from the prelude once per distinct list of keys (`finish`) and is
//! reused. Error texts are V8's. Must not know revivers or `toJSON`; those are in Lua.

use std::collections::HashMap;

use mlua::{Function, Lua, LuaString, Result, Table, Value};

/// Deeper nesting is an error instead of an overflow of the stack.
const MOST_DEPTH: usize = 3000;
/// Key lists whose shapes are remembered in one parse.
const MOST_SHAPES: usize = 4096;

/// What the prelude gives to build values with.
struct Builders {
    /// `finish(table, keys)`: makes a table with raw fields a plain object whose keys came in this order.
    finish: Function,
    /// `set(object, key, value)`: for objects with index-like or repeated keys.
    slow_object: Function,
    array_shape: Table,
    shapes: HashMap<Vec<u8>, Table>,
}

/// What is wrong with the text and where, turned into V8's words at the end.
struct Wrong {
    at: usize,
    kind: &'static str,
}

/// A failure of the text or of the VM.
enum Failure {
    Text(Wrong),
    Lua(mlua::Error),
}

impl From<mlua::Error> for Failure {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

type Parsed<T> = std::result::Result<T, Failure>;

struct Parser<'t, 'l> {
    lua: &'l Lua,
    bytes: &'t [u8],
    at: usize,
    builders: &'l mut Builders,
}

const END: &str = "Unexpected end of JSON input";
const TOKEN: &str = "token";

impl Parser<'_, '_> {
    fn wrong<T>(&self, kind: &'static str) -> Parsed<T> {
        let kind = if self.at >= self.bytes.len() && kind == TOKEN { END } else { kind };
        Err(Failure::Text(Wrong { at: self.at, kind }))
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.bytes.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Boolean(true)),
            Some(b'f') => self.word("false", Value::Boolean(false)),
            Some(b'n') => self.word("null", Value::NULL),
            _ => self.wrong(TOKEN),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Parsed<Value> {
        for expected in word.bytes() {
            if self.bytes.get(self.at) != Some(&expected) {
                return self.wrong(TOKEN);
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Parsed<Value> {
        if depth > MOST_DEPTH {
            return self.wrong("nested too deeply");
        }
        self.at += 1;
        let table = self.lua.create_table()?;
        let mut length = 0_i64;
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                let value = self.value(depth + 1)?;
                table.raw_set(length, value)?;
                length += 1;
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => {
                        self.at += 1;
                        break;
                    }
                    _ => return self.wrong("Expected ',' or ']' after array element"),
                }
            }
        }
        table.raw_set("length", length)?;
        table.set_metatable(Some(self.builders.array_shape.clone()))?;
        Ok(Value::Table(table))
    }

    fn object(&mut self, depth: usize) -> Parsed<Value> {
        if depth > MOST_DEPTH {
            return self.wrong("nested too deeply");
        }
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.finish(self.lua.create_table()?, Vec::new());
        }
        let (table, mut keys, mut slow) = (self.lua.create_table()?, Vec::new(), Vec::new());
        let mut expected = "Expected property name or '}'";
        loop {
            if self.peek() != Some(b'"') {
                return self.wrong(expected);
            }
            let key = self.string()?;
            if self.peek() != Some(b':') {
                return self.wrong("Expected ':' after property name");
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            Self::keep(&table, &mut keys, &mut slow, key, value)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => return self.wrong("Expected ',' or '}' after property value"),
            }
            expected = "Expected double-quoted property name";
        }
        if slow.is_empty() { self.finish(table, keys) } else { self.finish_slowly(&slow) }
    }

    /// Puts a property into the table; the first awkward key moves the object to the list of pairs.
    fn keep(
        table: &Table,
        keys: &mut Vec<LuaString>,
        slow: &mut Vec<Value>,
        key: LuaString,
        value: Value,
    ) -> Result<()> {
        let awkward = !slow.is_empty() || is_awkward(&key.as_bytes()) || keys.contains(&key);
        if !awkward {
            table.raw_set(&key, value)?;
            keys.push(key);
            return Ok(());
        }
        if slow.is_empty() {
            for known in keys.iter() {
                slow.push(Value::String(known.clone()));
                slow.push(table.raw_get(known)?);
            }
        }
        slow.push(Value::String(key));
        slow.push(value);
        Ok(())
    }

    fn finish(&mut self, table: Table, keys: Vec<LuaString>) -> Parsed<Value> {
        let mut signature = Vec::with_capacity(keys.len() * 8);
        for key in &keys {
            signature.extend_from_slice(&key.as_bytes());
            signature.push(0xff);
        }
        if let Some(shape) = self.builders.shapes.get(&signature) {
            table.set_metatable(Some(shape.clone()))?;
            return Ok(Value::Table(table));
        }
        let count = keys.len();
        let finished: Table = self.builders.finish.call((table, keys, count))?;
        if let Some(shape) = finished.metatable()
            && self.builders.shapes.len() < MOST_SHAPES
            && shape.raw_get::<Option<bool>>("dict")?.is_none()
        {
            self.builders.shapes.insert(signature, shape);
        }
        Ok(Value::Table(finished))
    }

    fn finish_slowly(&self, pairs: &[Value]) -> Parsed<Value> {
        let list = self.lua.create_table()?;
        for (index, value) in pairs.iter().enumerate() {
            list.raw_set(index + 1, value)?;
        }
        Ok(self.builders.slow_object.call((list, pairs.len()))?)
    }

    fn number(&mut self) -> Parsed<Value> {
        let start = self.at;
        self.at += usize::from(self.bytes[self.at] == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
                    return self.wrong("Unexpected number");
                }
            }
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.wrong("No number after minus sign"),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits("Unterminated fractional number")?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.some_digits("Exponent part is missing a number")?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or("0");
        Ok(Value::Number(text.parse().unwrap_or(0.0)))
    }

    fn digits(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, missing: &'static str) -> Parsed<()> {
        let start = self.at;
        self.digits();
        if self.at == start { self.wrong(missing) } else { Ok(()) }
    }

    fn string(&mut self) -> Parsed<LuaString> {
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(self.lua.create_string(&self.bytes[start..self.at - 1])?);
                }
                b'\\' => return self.escaped_string(start),
                0..0x20 => return self.wrong("Bad control character in string literal"),
                _ => self.at += 1,
            }
        }
        self.wrong("Unterminated string")
    }

    fn escaped_string(&mut self, start: usize) -> Parsed<LuaString> {
        let mut text = self.bytes[start..self.at].to_vec();
        let mut has_halves = false;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'"' => {
                    if has_halves {
                        text = super::wtf8::from_units(&super::wtf8::to_units(&text));
                    }
                    return Ok(self.lua.create_string(text)?);
                }
                b'\\' => has_halves |= self.escape(&mut text)?,
                0..0x20 => {
                    self.at -= 1;
                    return self.wrong("Bad control character in string literal");
                }
                _ => text.push(byte),
            }
        }
        self.wrong("Unterminated string")
    }

    /// The escape behind a backslash; true when it was half of a surrogate pair.
    fn escape(&mut self, text: &mut Vec<u8>) -> Parsed<bool> {
        let Some(byte) = self.bytes.get(self.at).copied() else { return self.wrong(TOKEN) };
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).unwrap_or(&[]);
                let valid = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
                let code = std::str::from_utf8(digits).ok().and_then(|d| u32::from_str_radix(d, 16).ok());
                let (true, Some(code)) = (valid, code) else {
                    self.at += 1 + digits.iter().take_while(|d| d.is_ascii_hexdigit()).count();
                    return self.wrong("Bad Unicode escape");
                };
                self.at += 5;
                super::wtf8::push_code(code, text);
                return Ok((0xd800..0xe000).contains(&code));
            }
            _ => return self.wrong("Bad escaped character"),
        };
        text.push(plain);
        self.at += 1;
        Ok(false)
    }
}

/// Keys that are array indexes are numbers in the prelude, `__proto__` and `length`-like names are plain.
fn is_awkward(key: &[u8]) -> bool {
    key.first().is_some_and(u8::is_ascii_digit) && key.len() <= 16
}

/// V8's sentence for what is wrong.
fn sentence(bytes: &[u8], wrong: &Wrong) -> String {
    let text = String::from_utf8_lossy(bytes);
    let units_before = super::wtf8::to_units(&bytes[..wrong.at.min(bytes.len())]).len();
    match wrong.kind {
        END => END.to_owned(),
        TOKEN if text == "undefined" || text == "[object Object]" => format!("\"{text}\" is not valid JSON"),
        TOKEN => token_sentence(bytes, wrong.at),
        kind => format!("{kind} in JSON at position {units_before}"),
    }
}

/// `Unexpected token 'x', "…x…" is not valid JSON` with ten characters on either side.
fn token_sentence(bytes: &[u8], at: usize) -> String {
    let before = String::from_utf8_lossy(&bytes[..at]).chars().collect::<Vec<_>>();
    let after = String::from_utf8_lossy(&bytes[at..]).chars().collect::<Vec<_>>();
    let token = after.first().copied().unwrap_or(' ');
    const AROUND: usize = 10;
    let whole = before.len() + after.len() <= 2 * AROUND;
    let cut_start = !whole && before.len() > AROUND;
    let cut_end = !whole && after.len() > AROUND;
    let head: String = before[if cut_start { before.len() - AROUND } else { 0 }..].iter().collect();
    let tail: String = after[..if cut_end { AROUND } else { after.len() }].iter().collect();
    let (open, close) = (if cut_start { "..." } else { "" }, if cut_end { "... " } else { " " });
    format!("Unexpected token '{token}', {open}\"{head}{tail}\"{close}is not valid JSON")
}

/// `parse(text, finish, slow_object, array_shape)` → true, value; or false, message.
fn parse(lua: &Lua, args: (LuaString, Function, Function, Table)) -> Result<(bool, Value)> {
    let (text, finish, slow_object, array_shape) = args;
    let bytes = text.as_bytes();
    let mut builders = Builders { finish, slow_object, array_shape, shapes: HashMap::new() };
    let mut parser = Parser { lua, bytes: &bytes, at: 0, builders: &mut builders };
    let result = parser.value(0).and_then(|value| match parser.peek() {
        None => Ok(value),
        Some(_) => parser.wrong("Unexpected non-whitespace character after JSON"),
    });
    match result {
        Ok(value) => Ok((true, value)),
        Err(Failure::Lua(error)) => Err(error),
        Err(Failure::Text(wrong)) => {
            let position = if wrong.kind.starts_with("Unexpected non-") {
                sentence(&bytes, &wrong).replace(" in JSON at", " at")
            } else {
                sentence(&bytes, &wrong)
            };
            Ok((false, Value::String(lua.create_string(position)?)))
        }
    }
}

/// A string as a JSON literal, lone surrogates escaped.
pub(crate) fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut plain_from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape: Option<&[u8]> = match byte {
            b'"' => Some(b"\\\""),
            b'\\' => Some(b"\\\\"),
            b'\n' => Some(b"\\n"),
            b'\r' => Some(b"\\r"),
            b'\t' => Some(b"\\t"),
            8 => Some(b"\\b"),
            12 => Some(b"\\f"),
            0..0x20 => None,
            0xed if bytes.get(at + 1).is_some_and(|next| *next >= 0xa0) => None,
            _ => continue,
        };
        if at < plain_from {
            continue;
        }
        out.extend_from_slice(&bytes[plain_from..at]);
        plain_from = at + 1;
        if let Some(escape) = escape {
            out.extend_from_slice(escape);
        } else if *byte == 0xed {
            let unit = super::wtf8::to_units(&bytes[at..(at + 3).min(bytes.len())])
                .first()
                .copied()
                .unwrap_or(0xfffd);
            out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            plain_from = (at + 3).min(bytes.len());
        } else {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        }
    }
    out.extend_from_slice(&bytes[plain_from..]);
    out.push(b'"');
}

/// The group `native.json`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("parse", lua.create_function(parse)?)?;
    table.raw_set(
        "quote",
        lua.create_function(|lua, s: LuaString| {
            let bytes = s.as_bytes();
            let mut out = Vec::with_capacity(bytes.len() + 2);
            quote(&bytes, &mut out);
            lua.create_string(out)
        })?,
    )?;
    Ok(table)
}
