//! The log of a shim: raw bytes, addressed by their number since the start, in segments of which the oldest are dropped.
//!
//! Must not know: sockets, processes. What could not be written (a full disk) is a hole: numbers go on, readers are told of the gap.

mod index;
mod ring;
mod segments;
mod writer;

use serde::{Deserialize, Serialize};

pub(crate) use segments::{Cursor, Read, end_of, resolve};
pub(crate) use writer::LogWriter;

/// Where to begin in a log. What is no longer there begins with what is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogPlace {
    /// With the oldest byte there is.
    #[default]
    Start,
    /// With this byte since the start of the program.
    Byte(u64),
    /// With this line, counted from 0.
    Line(u64),
    /// With what was written at this time (milliseconds since 1970) or soon before.
    TimeMs(u64),
    /// With so many lines before the end.
    LastLines(u64),
    /// With what comes from now on.
    End,
}

/// How much of a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLimits {
    /// A segment is closed at this size.
    pub segment_bytes: u64,
    /// So many segments are kept.
    pub segments: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { segment_bytes: 16 * 1024 * 1024, segments: 4 }
    }
}
