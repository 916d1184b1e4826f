//! Resumable, verified downloads, and tools taken out of wheels of a package index.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A download grows in `NAME.part`, described by `NAME.part.json`, and gets its name only when it is complete and, where a
//! checksum was given, verified. Whatever interrupts it, the next call goes on where it stopped if the server still has the same file.

mod disk;
mod error;
mod http;
mod manager;
mod name;
mod part;
mod progress;
mod proxies;
mod remote;
mod request;
mod session;
mod verify;
mod wheel;

pub use error::DownloadError;
pub use http::{HttpClients, visible_url};
pub use manager::Downloads;
pub use progress::{NO_PROGRESS, OnProgress, Progress};
pub use proxies::Proxies;
pub use request::{Algorithm, BadChecksum, Checksum, DownloadRequest, How, Limits, Outcome, Target};
pub use wheel::{InstalledProgram, WheelError, WheelProgram};
