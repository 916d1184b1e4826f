//! The daemon of a home: one lock, one control socket, the supervised apps behind it; and the client that talks to it.
//!
//! Must not know: how a script runs (the engine does), the command line.

pub mod catalog;
mod client;
mod control;
mod daemon;
mod lock;
mod problem;
mod routes;
mod wire;

pub use client::{Client, Pieces};
pub use control::{AppControl, ControlError, Local, LogPieces, control};
pub use daemon::{ServeError, ServeOptions, Server};
pub use lock::{HomeLock, LockError, make_own_folder, own_folder, socket_path};
pub use routes::{Api, router};
