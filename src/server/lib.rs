//! The daemon of a home: one lock, one control socket, the supervised apps behind it.
//!
//! Must not know: how a script runs (the engine does), the command line.
