//! The queue of downloads: a folder of small files, so it survives every process and any process can look and steer.
//!
//! Must not know: HTTP.
//!
//! One download is `ID.json` (what is wanted), `ID.progress.json` (how far it is; written by whoever runs it), `ID.wish` (what a
//! person wants: `pause`, `run`, `cancel`) and `ID.lock` (held by whoever runs it). `ID` follows from address and target.

mod item;
mod run;
mod store;
mod track;
mod url_lock;

pub use item::{DownloadState, Entry, NewItem, QueueError};
pub use run::QueueRun;
pub use store::Queue;
pub(crate) use track::{Stop, Track};
pub(crate) use url_lock::{Known, UrlLock};
