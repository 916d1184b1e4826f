//! The Lua VM: sandbox, limits, value bridge, module loader, event loop, tracebacks in JavaScript lines.
//!
//! Must not know: scripts, steps, the engine, the converter (it is injected as [`Converter`]).

mod bridge;
mod converter;
mod error;
mod event_loop;
mod expression;
mod host;
mod host_natives;
mod interrupt;
mod limits;
mod loader;
mod native;
mod pattern;
mod prelude;
mod properties;
mod sandbox;
mod trace;
mod vm;
mod watchdog;

pub use bridge::{from_data, to_data, write_json};
pub use converter::{ConvertFailure, Converted, Converter, LineMap, ModuleForm};
pub use error::{FailureKind, JsError};
pub use event_loop::HostFuture;
pub use host::{
    FileError, FileKind, FileStat, Files, HostAccess, OutputStream, RealFiles, RealHost, SystemFacts,
};
pub use limits::Stopper;
pub use mlua::{
    Error as LuaError, FromLua, Function, IntoLua, IntoLuaMulti, Lua, MultiValue, Table, Value, Variadic,
};
pub use pattern::{Pattern, PatternError, PatternMatch};
pub use properties::{
    array_splice_remove, buffer_bytes, delete_property, for_each_property, get_property, is_array, is_object,
    new_array, new_buffer, new_object, own_keys, parse_json, set_property, stringify_json, to_js_string,
};
pub use vm::{Dispatcher, HostObjects, Vm, VmOptions, WeakVm};
