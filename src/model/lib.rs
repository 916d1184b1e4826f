//! Plain data shared by every side of the product: values, events, machine facts.
//!
//! Must not know: files, processes, Lua, HTTP. Builds for wasm; serde only.

mod app;
mod data;
mod event;
mod run_event;

pub use app::{
    AppState, AppStatus, Health, Phase, Problem, RunRequest, ServerStatus, StartRequest, StopRequest,
};
pub use data::{Data, RegExpText};
pub use event::{Event, ExitStatus, ShellState};
pub use run_event::{RunEvent, RunEventKind};
