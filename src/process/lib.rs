//! Processes of a run: PTYs, process groups, output, and the proof that nothing is left.
//!
//! Must not know: scripts, steps, Lua.

/// Everything one run has started.
#[derive(Debug, Default)]
pub struct ProcessGroup;
