//! Processes of a run: PTYs, process groups, output, and the proof that nothing is left.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A [`ProcessGroup`] is everything one run has started. [`ProcessGroup::spawn`] starts a shell on a PTY of its own and
//! gives a [`ShellHandle`] (write, resize, stop, wait) and a [`ShellOutput`] (text as it comes, then the exit).
//! Completion and exit code come from the operating system, never from the text on the screen.

//!
//! With [`ProcessGroup::with_shims`] each shell lives in a [`shim`], a process that outlives us; all else is the same.

mod bash;
mod capture;
mod cgroup;
mod environment;
mod error;
mod gpu;
mod group;
mod identity;
mod launch;
mod limits;
mod members;
mod platform;
mod ports;
mod queries;
mod reader;
mod shell;
pub mod shim;
mod shimmed;
pub mod socket;
mod spec;
mod stop;
mod supervise;
mod sweep;
mod text;
mod tree;

pub use capture::{CaptureSpec, Captured};
pub use environment::inherited_environment;
pub use error::ProcessError;
pub use gpu::GpuProbe;
pub use group::ProcessGroup;
pub use identity::ProcessIdentity;
pub use limits::ResourceLimits;
pub use members::MARK_VARIABLE;
pub use ports::{ListeningPort, listening_ports};
pub use shell::{ShellHandle, ShellOutput};
pub use shim::{LogPlace, ShimHome};
pub use spec::{Exit, Output, ShellMode, ShellSpec};
pub use stop::DEFAULT_GRACE;
pub use supervise::{
    Backoff, Decision, Health, HealthCheck, HealthState, OrderError, ProbeError, RestartPolicy, RestartRules,
    Restarts, UnknownPolicy, probe, start_order,
};
pub use sweep::sweep;
pub use tree::process_tree;
