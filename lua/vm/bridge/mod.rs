//! JavaScript values ↔ plain data, and straight to JSON text.
//!
//! Must not know: what the data is for. Knows the shapes of `prelude/core/shape.lua` (raw fields `keys`, `n`, `proto`, …),
//! so that walking an object costs no call into Lua.

mod json;
mod read;
mod shapes;
mod write;

pub use json::write_json;
pub use read::to_data;
pub use write::from_data;

pub(crate) use shapes::{Bridge, Kind};

/// Values nested deeper are cut off: nobody reads them, and the native stack has an end.
pub(crate) const DEEPEST: usize = 200;
