//! Where a Lua line comes from: line maps by chunk, and the call stack in JavaScript lines.
//!
//! Must not know: how errors are made.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use mlua::Lua;

use crate::LineMap;

/// Chunks whose name begins like this are the prelude's and stay out of sight.
pub(crate) const PRELUDE_PREFIX: &str = "prelude/";

/// Frames shown at most.
const FRAMES: usize = 30;

/// Line maps of the loaded chunks, by name.
#[derive(Default)]
pub(crate) struct Sources {
    maps: Mutex<HashMap<String, LineMap>>,
}

impl Sources {
    pub(crate) fn add(&self, chunk: &str, map: LineMap) {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner).insert(chunk.to_owned(), map);
    }

    /// Line and column in the source file.
    pub(crate) fn lookup(&self, chunk: &str, lua_line: u32) -> Option<(u32, u32)> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner).get(chunk)?.lookup(lua_line)
    }
}

/// A frame of a script.
pub(crate) struct Frame {
    pub(crate) function: Option<String>,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Frames of scripts on the current stack, innermost first.
pub(crate) fn frames(lua: &Lua, sources: &Sources, most: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut level = 0;
    while frames.len() < most {
        let frame = lua.inspect_stack(level, |debug| {
            let source = debug.source();
            let chunk = source.source?.into_owned();
            let chunk = chunk.strip_prefix('=').unwrap_or(&chunk).to_owned();
            if source.what != "Lua" && source.what != "main" || chunk.starts_with(PRELUDE_PREFIX) {
                return None;
            }
            let function = debug.names().name.map(std::borrow::Cow::into_owned);
            Some((function, chunk, debug.current_line().unwrap_or(0) as u32))
        });
        let Some(frame) = frame else { break };
        level += 1;
        if let Some((function, file, lua_line)) = frame {
            let (line, column) = sources.lookup(&file, lua_line).unwrap_or((lua_line, 1));
            frames.push(Frame { function, file, line, column });
        }
    }
    frames
}

/// The stack as lines `    at f (file:line:column)`.
pub(crate) fn text(lua: &Lua, sources: &Sources) -> String {
    let mut text = String::new();
    for frame in frames(lua, sources, FRAMES) {
        let place = format!("{}:{}:{}", frame.file, frame.line, frame.column);
        if !text.is_empty() {
            text.push('\n');
        }
        // writing to a String cannot fail
        let _ = match frame.function {
            Some(name) if !name.is_empty() => write!(text, "    at {name} ({place})"),
            _ => write!(text, "    at {place}"),
        };
    }
    text
}
