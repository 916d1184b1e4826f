//! Resumable, verified downloads over several connections; a queue; archives; the Hugging Face hub and a caching proxy for it;
//! tools taken out of wheels of a package index.
//!
//! Must not know: scripts, steps, Lua.
//!
//! A download grows in `NAME.part`, described by `NAME.part.json`, and gets its name only when it is complete and, where a
//! checksum was given, verified. Whatever interrupts it, the next call goes on where it stopped if the server still has the same file.

mod checksum_file;
mod disk;
mod error;
mod extract;
mod http;
mod hub;
mod hub_proxy;
mod manager;
mod name;
mod progress;
mod proxies;
mod queue;
mod rate;
mod request;
mod transfer;
mod verify;
mod wheel;

pub use checksum_file::find as find_checksum;
pub use error::DownloadError;
pub use extract::{ArchiveKind, ExtractError, ExtractLimits, ExtractOptions, Extracted, extract};
pub use http::{HttpClients, visible_url};
pub use hub::{
    Hub, HubConfig, HubError, HubOutcome, LoginCode, LoginState, RepoId, RepoKind, RepoRequest, Token,
};
pub use hub_proxy::{HubProxy, ProxyProgress};
pub use manager::Downloads;
pub use progress::{NO_PROGRESS, OnProgress, Progress};
pub use proxies::Proxies;
pub use queue::{DownloadState, Entry, NewItem, Queue, QueueError, QueueRun};
pub use rate::{Rates, parse_size};
pub use request::{Algorithm, BadChecksum, Checksum, DownloadRequest, How, Limits, Outcome, Target};
pub use verify::digest_of;
pub use wheel::{InstalledProgram, WheelError, WheelProgram};
