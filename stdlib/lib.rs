//! The standard library scripts call: one folder per namespace, thin glue over the services.
//!
//! Must not know: the engine. What it needs from the engine it asks through [`Host`].

mod call;
mod error;
mod host;
mod registry;

pub use call::Call;
pub use error::MethodError;
pub use host::{AskOutcome, Host, Jump, ScriptCall, StepPlace};
pub use registry::{Method, MethodFuture, find, methods};
