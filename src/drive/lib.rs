//! The virtual drive: folders shared between apps through links.
//!
//! Must not know: scripts, steps, Lua.

/// The drive of a home.
#[derive(Debug, Default)]
pub struct Drive;
