//! The Hugging Face hub: repositories fetched by its HTTP API into the cache layout of `huggingface_hub`, so that apps find them.
//!
//! Must not know: scripts, Python.

mod api;
mod config;
mod error;
mod fetch;
mod glob;
mod layout;
mod local;
mod login;
mod names;

pub(crate) use api::{FileMeta, HubApi, meta_of};
pub use config::{HubConfig, Token};
pub use error::HubError;
pub use fetch::{Hub, HubOutcome, RepoRequest};
pub(crate) use layout::{RepoCache, checksum_of};
pub use login::{LoginCode, LoginState};
pub(crate) use names::safe_file;
pub use names::{RepoId, RepoKind};
