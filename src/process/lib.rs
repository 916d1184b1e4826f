//! Processes of a run: PTYs, process groups, output, and the proof that nothing is left.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A [`ProcessGroup`] is everything one run has started. [`ProcessGroup::spawn`] starts a shell on a PTY of its own and
//! gives a [`ShellHandle`] (write, resize, stop, wait) and a [`ShellOutput`] (text as it comes, then the exit).
//! Completion and exit code come from the operating system, never from the text on the screen.

mod bash;
mod capture;
mod environment;
mod error;
mod group;
mod launch;
mod members;
mod platform;
mod queries;
mod reader;
mod shell;
mod spec;
mod stop;
mod text;

pub use capture::{CaptureSpec, Captured};
pub use environment::inherited_environment;
pub use error::ProcessError;
pub use group::ProcessGroup;
pub use members::MARK_VARIABLE;
pub use shell::{ShellHandle, ShellOutput};
pub use spec::{Exit, Output, ShellMode, ShellSpec};
pub use stop::DEFAULT_GRACE;
