//! What is said over the socket of a shim, and how it is cut into frames.
//!
//! Must not know: sockets, processes. A frame is two numbers (little endian, 32 bits: length of the header, length of the body), a header
//! in JSON, and a body of raw bytes. A connection asks, and gets one answer to each question in turn; after `attach` it only listens.
//! Whatever does not fit is refused and ends the connection: who is at the other end is not trusted to be us.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{log::LogLimits, log::LogPlace, status::ShimStatus};
use crate::{Exit, ProcessIdentity, ShellSpec};

/// Longest header.
pub(crate) const HEADER_LIMIT: usize = 64 * 1024;
/// Longest body.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// Longest header of the first frame, which carries the environment of the shell.
pub(crate) const BRIEF_LIMIT: usize = 16 * 1024 * 1024;

/// What a shim is told once, over its standard input, before anything else.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Brief {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) log: LogLimits,
    pub(crate) spec: ShellSpec,
}

/// What a shim is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum Request {
    /// The log from there on. `pace`: the program may be held up a little for this listener.
    Attach { from: LogPlace, follow: bool, pace: bool },
    /// The body is typed at the terminal; answered when the program's terminal has taken it.
    Input,
    /// The terminal has another size.
    Resize { cols: u16, rows: u16 },
    /// A signal for what is in the foreground.
    Signal { signal: i32 },
    /// How it is.
    Status,
    /// End everything; answered when the proof is there.
    Stop { grace_ms: u64, reason: String },
}

/// What a shim says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The shell runs.
    Ready { program: ProcessIdentity },
    /// The shell could not be started.
    NotStarted { errno: Option<i32>, message: String },
    /// To `attach`; what follows begins at this byte. The activation was over at `started_at`.
    Attached { at: u64, started_at: Option<u64> },
    /// The body is output from this byte on.
    Data { at: u64 },
    /// The activation is over, the program's own output begins at this byte.
    Started { at: u64 },
    /// A persistent shell waits for a line.
    Idle { at: u64 },
    /// What was before this byte is lost to this listener.
    Gap { to: u64 },
    /// The program has ended; nothing follows.
    Exit { exit: Exit },
    /// The end of what there is now, for those who do not follow.
    End,
    /// Done.
    Done,
    /// To `status`.
    Status(Box<ShimStatus>),
    /// To `stop`: nothing is left of so many processes.
    Stopped { pids: Vec<i32> },
    /// It did not work.
    Failed { message: String },
}

/// Something that is no frame.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// A length beyond the limit.
    #[error("a frame of {header} + {body} bytes is longer than allowed")]
    TooLong { header: usize, body: usize },
    /// Not what is expected.
    #[error("a header makes no sense: {0}")]
    Header(serde_json::Error),
}

/// A frame as bytes.
pub(crate) fn encode(header: &impl Serialize, body: &[u8]) -> Vec<u8> {
    // plain data: it always has a form in JSON
    let header = serde_json::to_vec(header).unwrap_or_default();
    let mut bytes = Vec::with_capacity(8 + header.len() + body.len());
    bytes.extend_from_slice(&(header.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(body);
    bytes
}

/// Puts frames together from bytes as they come.
#[derive(Debug)]
pub(crate) struct FrameBuffer {
    bytes: Vec<u8>,
    at: usize,
    header_limit: usize,
}

impl FrameBuffer {
    pub(crate) fn new(header_limit: usize) -> Self {
        Self { bytes: Vec::new(), at: 0, header_limit }
    }

    /// Takes bytes that came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 && (self.at == self.bytes.len() || self.at > BODY_LIMIT) {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their frame.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next frame, if it is whole.
    pub(crate) fn next<H: DeserializeOwned>(&mut self) -> Result<Option<(H, Vec<u8>)>, WireError> {
        let rest = &self.bytes[self.at..];
        let Some((header, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let Some((body, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let (header, body) = (u32::from_le_bytes(*header) as usize, u32::from_le_bytes(*body) as usize);
        if header > self.header_limit || body > BODY_LIMIT {
            return Err(WireError::TooLong { header, body });
        }
        if rest.len() < header + body {
            return Ok(None);
        }
        let value = serde_json::from_slice(&rest[..header]).map_err(WireError::Header)?;
        let body_bytes = rest[header..header + body].to_vec();
        self.at += 8 + header + body;
        Ok(Some((value, body_bytes)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(bytes: &[u8], step: usize) -> Result<Vec<(Request, Vec<u8>)>, WireError> {
        let (mut buffer, mut found) = (FrameBuffer::new(HEADER_LIMIT), Vec::new());
        for part in bytes.chunks(step.max(1)) {
            buffer.push(part);
            while let Some(frame) = buffer.next()? {
                found.push(frame);
            }
        }
        Ok(found)
    }

    #[test]
    fn too_long_is_refused_before_it_is_read() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[0; 4]);
        assert!(matches!(frames(&bytes, 8), Err(WireError::TooLong { .. })));
        let body = [4u32.to_le_bytes(), ((BODY_LIMIT + 1) as u32).to_le_bytes()].concat();
        assert!(frames(&body, 8).is_err());
    }

    proptest! {
        #[test]
        fn frames_come_back_however_they_are_cut(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..6), step in 1usize..40, cols: u16) {
            let sent: Vec<(Request, Vec<u8>)> = bodies.into_iter().map(|body| (Request::Resize { cols, rows: 1 }, body)).collect();
            let bytes: Vec<u8> = sent.iter().flat_map(|(request, body)| encode(request, body)).collect();
            prop_assert_eq!(frames(&bytes, step).ok(), Some(sent));
        }

        #[test]
        fn garbage_is_refused_or_waited_for(bytes in proptest::collection::vec(any::<u8>(), 0..300), step in 1usize..40) {
            let _ = frames(&bytes, step);
        }
    }
}
