//! What Rust knows of an object's shape, cached for shapes that objects share.
//!
//! Must not know: what the walk is for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use mlua::{Function, Lua, LuaString, Table, Value};

/// So many shapes are remembered.
const MOST_SHAPES: usize = 4096;

/// How to read an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Elements are raw fields `[0 .. length-1]`.
    Array,
    /// All keys are names, raw, enumerable, in order.
    Plain,
    /// Ask the prelude for the enumerable keys.
    Careful,
    /// A date, pattern, buffer or another object with hidden state: ask the prelude what it is.
    Special,
}

/// A key, and the same as `"key":` in JSON.
pub(crate) type Key = (LuaString, Box<[u8]>);

/// A shape as Rust needs it.
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Keys of plain shapes.
    pub(crate) keys: Vec<Key>,
    /// Keeps the shape alive, so that its address stays its name.
    _pinned: Table,
}

/// Kept with the Lua state.
pub(crate) struct Bridge {
    pub(crate) js: Table,
    shapes: Mutex<HashMap<usize, Arc<Shape>>>,
}

impl Bridge {
    pub(crate) fn install(lua: &Lua, js: &Table) {
        lua.set_app_data(Bridge { js: js.clone(), shapes: Mutex::default() });
    }

    /// The shape of an object; `None` for a plain Lua table.
    pub(crate) fn shape(&self, object: &Table) -> mlua::Result<Option<Arc<Shape>>> {
        let Some(meta) = object.metatable() else { return Ok(None) };
        let name = meta.to_pointer() as usize;
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = shapes.get(&name) {
            return Ok(Some(shape.clone()));
        }
        let own = meta.raw_get::<Value>("dict")?.as_boolean().unwrap_or(false);
        let shape = Arc::new(Self::read(meta)?);
        if !own {
            if shapes.len() >= MOST_SHAPES {
                shapes.clear();
            }
            shapes.insert(name, shape.clone());
        }
        Ok(Some(shape))
    }

    fn read(meta: Table) -> mlua::Result<Shape> {
        let plain = meta.raw_get::<Value>("plain")?.as_boolean().unwrap_or(false);
        let kind = match (
            meta.raw_get::<Value>("kind")?.as_string().map(LuaString::to_string_lossy).as_deref(),
            plain,
        ) {
            (Some("array"), true) => Kind::Array,
            (Some("object"), true) => Kind::Plain,
            (Some("array" | "object"), false) => Kind::Careful,
            _ => Kind::Special,
        };
        let keys = if kind == Kind::Plain { Self::keys(&meta)? } else { Some(Vec::new()) };
        let (kind, keys) = keys.map_or((Kind::Careful, Vec::new()), |keys| (kind, keys));
        Ok(Shape { kind, keys, _pinned: meta })
    }

    /// The names in order; `None` when there are symbols or gaps among them.
    fn keys(meta: &Table) -> mlua::Result<Option<Vec<Key>>> {
        let count: usize = meta.raw_get("n")?;
        let list: Table = meta.raw_get("keys")?;
        let mut keys = Vec::with_capacity(count);
        for index in 1..=count {
            let Value::String(name) = list.raw_get::<Value>(index)? else { return Ok(None) };
            let mut json = Vec::with_capacity(16);
            super::json::write_text(&name.as_bytes(), &mut json);
            json.push(b':');
            keys.push((name, json.into_boxed_slice()));
        }
        Ok(Some(keys))
    }

    pub(crate) fn function(&self, name: &str) -> mlua::Result<Function> {
        self.js.raw_get(name)
    }

    /// Own enumerable keys as text with their values, getters called.
    pub(crate) fn members(&self, object: &Table) -> mlua::Result<Vec<(LuaString, Value)>> {
        let list: Table = self.function("own_members")?.call(object)?;
        let mut members = Vec::with_capacity(list.raw_len() / 2);
        let count: usize = list.raw_get("n")?;
        for index in 0..count {
            members.push((list.raw_get(2 * index + 1)?, list.raw_get(2 * index + 2)?));
        }
        Ok(members)
    }

    /// `kind, value…` of an object with hidden state; "object" when it has none.
    pub(crate) fn data_of(&self, object: &Table) -> mlua::Result<(String, Value, Value)> {
        self.function("data_of")?.call(object)
    }
}
