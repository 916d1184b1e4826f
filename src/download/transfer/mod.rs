//! One file from one address: what is here, what is missing, several connections, how the bytes get to disk.
//!
//! Must not know: queues, mirrors, the hub.

mod lane;
mod parallel;
mod part;
mod ranges;
mod remote;
mod segments;
mod session;
mod tap;
mod wire;

pub(crate) use lane::read_at;
pub(crate) use part::write_atomically;
pub(crate) use remote::{Remote, header_text, retry_after};
pub(crate) use session::Session;
pub(crate) use tap::{Flow, Tap};
pub(crate) use wire::Wire;
