//! `RegExp`'s engine for scripts. Group `native.regexp`: `compile`, `exec`, `test`, `groups`.
//! Must not know `RegExp` objects, `lastIndex` or symbols. Offsets here are UTF-16 units, as scripts count.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use mlua::{AnyUserData, Lua, LuaString, MultiValue, Result, Table, UserData, Value};

use super::wtf8;
use crate::pattern::{Flags, Found, Pattern, PatternError, Spans, Start, Text, TextKind};

/// Compiled patterns kept for a script that makes the same `RegExp` again and again.
const MOST_CACHED: usize = 200;
/// Texts up to this many bytes are measured anew each time.
const SHORT_TEXT: usize = 256;

struct Handle(Pattern);

impl UserData for Handle {}

/// What was found out about the text searched last; loops over one long text come back with it every time.
struct Seen {
    text: LuaString,
    kind: TextKind,
    /// UTF-16 form and byte offset of each unit, made when first needed.
    units: Option<Arc<[u16]>>,
    offsets: Option<Arc<[usize]>>,
}

#[derive(Default)]
struct State {
    compiled: IndexMap<(Vec<u8>, String), AnyUserData>,
    last: Option<Seen>,
}

/// The state of one VM's group; functions of a VM never run at the same time, the lock is only for the compiler.
#[derive(Default)]
struct Shared(Mutex<State>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn see(&mut self, text: &LuaString) -> &mut Seen {
        self.last.take_if(|seen| seen.text.to_pointer() != text.to_pointer());
        self.last.get_or_insert_with(|| Seen {
            text: text.clone(),
            kind: TextKind::of(&text.as_bytes()),
            units: None,
            offsets: None,
        })
    }
}

impl Seen {
    fn units(&mut self) -> Arc<[u16]> {
        let text = &self.text;
        Arc::clone(self.units.get_or_insert_with(|| wtf8::to_units(&text.as_bytes()).into()))
    }

    fn offsets(&mut self) -> Arc<[usize]> {
        let text = &self.text;
        Arc::clone(self.offsets.get_or_insert_with(|| wtf8::byte_offsets(&text.as_bytes()).into()))
    }
}

fn failed(error: PatternError) -> mlua::Error {
    mlua::Error::RuntimeError(error.to_string())
}

fn compile(lua: &Lua, state: &Shared, source: &LuaString, flags: String) -> Result<MultiValue> {
    let key = (source.as_bytes().to_vec(), flags);
    if let Some(handle) = state.lock().compiled.get(&key) {
        return Ok(MultiValue::from_iter([Value::UserData(handle.clone())]));
    }
    let parsed = Flags::parse(&key.1).ok_or_else(|| PatternError::Flags { flags: key.1.clone() });
    let pattern = parsed
        .and_then(|flags| Pattern::from_code_points(wtf8::to_code_points(&source.as_bytes()), flags, &key.1));
    match pattern {
        Ok(pattern) => {
            let handle = lua.create_userdata(Handle(pattern))?;
            let mut state = state.lock();
            if state.compiled.len() >= MOST_CACHED {
                state.compiled.clear();
            }
            state.compiled.insert(key, handle.clone());
            Ok(MultiValue::from_iter([Value::UserData(handle)]))
        }
        Err(error) => {
            Ok(MultiValue::from_iter([Value::Nil, Value::String(lua.create_string(error.to_string())?)]))
        }
    }
}

/// Spans in UTF-16 units and bytes of one match.
struct Located {
    units: Spans,
    bytes: Spans,
}

fn search(pattern: &Pattern, state: &Shared, text: &LuaString, from: usize) -> Result<Option<Located>> {
    let bytes = text.as_bytes();
    if bytes.len() <= SHORT_TEXT && bytes.is_ascii() {
        return search_ascii(pattern, &bytes, from);
    }
    let mut state = state.lock();
    let seen = state.see(text);
    if seen.kind == TextKind::Ascii {
        return search_ascii(pattern, &bytes, from);
    }
    let offsets = seen.offsets();
    let Some(&start_byte) = offsets.get(from) else { return Ok(None) };
    let units = seen.units();
    let view = Text { bytes: &bytes, kind: seen.kind };
    let start = Start { byte: start_byte, unit: from, units: Some(&units) };
    let found = pattern.compiled().find(view, start).map_err(failed)?;
    Ok(found.map(|found| match found {
        Found::Bytes(spans) => {
            Located { units: map_spans(&spans, |byte| unit_at(&offsets, byte)), bytes: spans }
        }
        Found::Units(spans) => Located { bytes: map_spans(&spans, |unit| offsets[unit]), units: spans },
    }))
}

fn search_ascii(pattern: &Pattern, bytes: &[u8], from: usize) -> Result<Option<Located>> {
    if from > bytes.len() {
        return Ok(None);
    }
    let view = Text { bytes, kind: TextKind::Ascii };
    let found =
        pattern.compiled().find(view, Start { byte: from, unit: from, units: None }).map_err(failed)?;
    Ok(found.map(|found| match found {
        Found::Bytes(spans) | Found::Units(spans) => Located { units: spans.clone(), bytes: spans },
    }))
}

fn map_spans(spans: &Spans, at: impl Fn(usize) -> usize) -> Spans {
    spans.iter().map(|span| span.as_ref().map(|span| at(span.start)..at(span.end))).collect()
}

/// The unit whose character begins at `byte`.
fn unit_at(offsets: &[usize], byte: usize) -> usize {
    offsets.partition_point(|offset| *offset < byte)
}

/// The text of a span; one that cuts a surrogate pair is built from its units.
fn slice(lua: &Lua, text: &[u8], located: &Located, index: usize) -> Result<Value> {
    let (Some(Some(bytes)), Some(Some(units))) = (located.bytes.get(index), located.units.get(index)) else {
        return Ok(Value::Nil);
    };
    if is_boundary(text, bytes.start) && is_boundary(text, bytes.end) {
        return Ok(Value::String(lua.create_string(&text[bytes.clone()])?));
    }
    let all = wtf8::to_units(text);
    let part: &[u16] = all.get(units.clone()).unwrap_or(&[]);
    Ok(Value::String(lua.create_string(wtf8::from_units(part))?))
}

fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

/// `exec(handle, text, from, sticky)` → start, end, then the matched texts, the whole match first; nothing without a match.
fn exec(lua: &Lua, state: &Shared, args: (AnyUserData, LuaString, f64, bool)) -> Result<MultiValue> {
    let (handle, text, from, sticky) = args;
    let pattern = handle.borrow::<Handle>()?.0.clone();
    let from = adjusted(&pattern, state, &text, from as usize);
    let Some(located) = search(&pattern, state, &text, from)? else { return Ok(MultiValue::new()) };
    let Some(Some(whole)) = located.units.first() else { return Ok(MultiValue::new()) };
    if sticky && whole.start != from {
        return Ok(MultiValue::new());
    }
    let bytes = text.as_bytes();
    let mut values = vec![Value::Number(whole.start as f64), Value::Number(whole.end as f64)];
    for index in 0..located.units.len() {
        values.push(slice(lua, &bytes, &located, index)?);
    }
    Ok(MultiValue::from_vec(values))
}

/// With `u`, a search that begins inside a surrogate pair begins at the pair.
fn adjusted(pattern: &Pattern, state: &Shared, text: &LuaString, from: usize) -> usize {
    if from == 0 || !pattern.flags().by_code_points() || text.as_bytes().is_ascii() {
        return from;
    }
    let mut state = state.lock();
    let units = state.see(text).units();
    let is_pair = |at: usize| {
        matches!((units.get(at), units.get(at + 1)), (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)))
    };
    if is_pair(from - 1) { from - 1 } else { from }
}

/// `test(handle, text, from, sticky)` → start, end of the match, or nothing.
fn test(_: &Lua, state: &Shared, args: (AnyUserData, LuaString, f64, bool)) -> Result<MultiValue> {
    let (handle, text, from, sticky) = args;
    let pattern = handle.borrow::<Handle>()?.0.clone();
    let from = adjusted(&pattern, state, &text, from as usize);
    let found = search(&pattern, state, &text, from)?;
    let whole = found.and_then(|located| located.units.first().cloned().flatten());
    Ok(match whole {
        Some(whole) if !sticky || whole.start == from => {
            MultiValue::from_iter([Value::Number(whole.start as f64), Value::Number(whole.end as f64)])
        }
        _ => MultiValue::new(),
    })
}

/// `is_match(handle, text)`: whether the text has a match anywhere.
fn is_match(_: &Lua, state: &Shared, (handle, text): (AnyUserData, LuaString)) -> Result<bool> {
    let pattern = handle.borrow::<Handle>()?.0.clone();
    let bytes = text.as_bytes();
    let kind = if bytes.len() <= SHORT_TEXT { TextKind::of(&bytes) } else { state.lock().see(&text).kind };
    if let Some(answer) = pattern.compiled().is_match_fast(Text { bytes: &bytes, kind }, 0) {
        return Ok(answer);
    }
    search(&pattern, state, &text, 0).map(|found| found.is_some())
}

/// `indices(handle, text, from)` → start and end of each group in turn, false for a group that took no part.
fn indices(lua: &Lua, state: &Shared, args: (AnyUserData, LuaString, f64)) -> Result<Option<Table>> {
    let (handle, text, from) = args;
    let pattern = handle.borrow::<Handle>()?.0.clone();
    let Some(located) = search(&pattern, state, &text, from as usize)? else { return Ok(None) };
    let flat = located.units.iter().flat_map(|span: &Option<Range<usize>>| match span {
        Some(span) => [Value::Number(span.start as f64), Value::Number(span.end as f64)],
        None => [Value::Boolean(false), Value::Boolean(false)],
    });
    lua.create_sequence_from(flat).map(Some)
}

/// `groups(handle)` → number of groups, then a list of name and number of each named group in turn (nil without names).
fn group_table(lua: &Lua, handle: AnyUserData) -> Result<(usize, Option<Table>)> {
    let pattern = handle.borrow::<Handle>()?.0.clone();
    let groups = &pattern.compiled().groups;
    if groups.names.is_empty() {
        return Ok((groups.count, None));
    }
    let table = lua.create_table()?;
    for (name, number) in groups.names.iter() {
        table.raw_push(name.as_str())?;
        table.raw_push(*number as f64)?;
    }
    Ok((groups.count, Some(table)))
}

/// The group `native.regexp`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    let state = Arc::new(Shared::default());
    table.raw_set("groups", lua.create_function(group_table)?)?;
    let shared = Arc::clone(&state);
    table.raw_set(
        "compile",
        lua.create_function(move |lua, (s, f): (LuaString, String)| compile(lua, &shared, &s, f))?,
    )?;
    let shared = Arc::clone(&state);
    table.raw_set("exec", lua.create_function(move |lua, args| exec(lua, &shared, args))?)?;
    let shared = Arc::clone(&state);
    table.raw_set("test", lua.create_function(move |lua, args| test(lua, &shared, args))?)?;
    let shared = Arc::clone(&state);
    table.raw_set("is_match", lua.create_function(move |lua, args| is_match(lua, &shared, args))?)?;
    table.raw_set("indices", lua.create_function(move |lua, args| indices(lua, &state, args))?)?;
    Ok(table)
}
