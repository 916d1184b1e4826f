//! Repositories end to end: a smart-HTTP server on loopback, ssh in disguise, folders.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clone;
mod support;
mod update;
