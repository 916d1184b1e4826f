//! Runs scripts: steps, events, jumps, daemons, called scripts; gives the standard library its `Host`.
//!
//! Must not know: terminals, HTTP, arguments of the command line.

mod answers;
mod app;
mod calls;
mod client;
mod cloud;
mod core;
mod dispatch;
pub mod doctor;
pub mod downloads;
mod drive;
mod environment;
pub mod evaluate;
mod events;
mod failure;
mod files;
mod functions;
pub mod home;
mod host_impl;
mod journal;
pub mod life;
mod live_world;
mod load;
mod lua_program;
mod next;
pub mod plan;
mod ports;
mod program;
mod registry;
mod render;
mod run;
pub mod scope;
mod script;
mod source;
mod step;
mod stop;
pub mod storage;
pub mod supervise;
mod uri;
mod values;
pub mod world;

pub use answers::Prompter;
pub use client::ClientMessage;
pub use events::{LineWriter, Observer, Outputs};
pub use journal::{Journalling, ResumeError, Resumption, resume};
pub use pino_machine::free_disk_bytes;
pub use pino_stdlib::types;
pub use run::{Console, ConsoleSink, Control, OutputStream, Run, RunOptions, StartError, Supervision};

/// What others use of the process layer.
pub mod process {
    pub use pino_process::{ResourceLimits, RestartPolicy, shim, socket};
}

/// The database of a home.
pub mod state {
    pub use pino_state::*;
}

/// The machine we are on; looked at once, when first asked for.
pub fn machine() -> &'static pino_machine::Machine {
    pino_machine::Machine::detect()
}
