//! Launcher repositories: clone, compare, update, go to a commit, over HTTP by one TLS stack and over the system's ssh.
//!
//! Must not know: what a launcher is for, who asked, how large files are fetched (the caller brings a way, see [`LfsFetch`]).
//!
//! Every call blocks; callers in an event loop use a thread. A clone grows beside its place in `.NAME.partial` and gets its
//! name by one rename when files, submodules and large files are complete, so whatever interrupts it, no half clone is seen.

mod address;
mod checkout;
mod clone;
mod compare;
mod credentials;
mod error;
mod estimate;
mod fetch;
mod lfs;
mod repository;
mod rules;
mod session;
mod source;
mod status;
mod submodules;
mod summary;
mod transport;
mod travel;
mod watch;

pub use address::Address;
pub use clone::{CloneRequest, Cloned};
pub use compare::{Comparison, Relation};
pub use credentials::Credentials;
pub use error::SourceError;
pub use estimate::Estimate;
pub use fetch::Revision;
pub use lfs::{LfsFetch, LfsFile};
pub use repository::Head;
pub use rules::AddressRules;
pub use source::{Limits, Source, SourceOptions};
pub use status::{Change, LocalChange};
pub use summary::{CommitLine, DiffSummary, FileChange};
pub use watch::{Phase, Progress, Watch};
