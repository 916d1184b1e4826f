//! The standard library scripts call: one folder per namespace, thin glue over the services.
//!
//! Must not know: the engine. What it needs from the engine it asks through [`Host`].

mod app;
mod browser;
mod call;
mod clipboard;
mod env;
mod error;
mod exec;
mod filepicker;
mod files;
mod fs;
mod github;
mod global;
mod gradio;
mod hf;
mod host;
mod htmlmodal;
mod import;
mod input;
mod json;
mod jump;
mod key;
mod key_path;
mod load;
mod local;
mod log;
mod net;
mod notify;
#[path = "self/mod.rs"]
mod own;
mod params;
mod process;
mod progress;
mod proxy;
mod push;
mod registry;
mod rm;
mod script;
mod set;
mod shell;
mod tab;
mod terminal;
mod types;
mod uri;
mod web;

pub use call::Call;
pub use error::MethodError;
pub use host::{AskOutcome, Host, Jump, ScriptCall, StepPlace};
pub use registry::{Method, MethodFuture, find, methods};
pub use types::types;
