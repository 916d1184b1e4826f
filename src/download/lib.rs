//! Resumable, verified downloads.
//!
//! Must not know: scripts, steps, Lua.

/// The download manager.
#[derive(Debug, Default)]
pub struct Downloads;
