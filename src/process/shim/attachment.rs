//! Listening to a shim: its log from any place on, then what comes. A shim that is gone is read from the disk.
//!
//! Must not know: text, handlers.

use std::{collections::VecDeque, path::Path};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use super::{
    control::{Controls, connect},
    error::ShimError,
    log::{Cursor, LogPlace, Read, end_of, resolve},
    paths::folder_of,
    wire::{Answer, FrameBuffer, HEADER_LIMIT, Request, encode},
};
use crate::Exit;

const BUFFER_BYTES: usize = 128 * 1024;

/// What a listener hears, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Output of the activation, or of the program when it has started.
    Bytes {
        /// Number of the first one since the start.
        at: u64,
        /// As the program wrote them.
        bytes: Vec<u8>,
    },
    /// The activation is over; the program's own output begins here.
    Started {
        /// Number of the next byte.
        at: u64,
    },
    /// A persistent shell waits for a line.
    Idle {
        /// Number of the next byte.
        at: u64,
    },
    /// Bytes that are no longer there.
    Gap {
        /// The first one missing.
        from: u64,
        /// The first one there again.
        to: u64,
    },
    /// The shell has ended; nothing follows.
    Ended(Exit),
}

/// A listener. Dropping it changes nothing for the program.
#[derive(Debug)]
pub struct Attachment {
    controls: Controls,
    source: Source,
    at: u64,
    started_at: Option<u64>,
    ready: VecDeque<Piece>,
    over: bool,
}

#[derive(Debug)]
enum Source {
    Live { stream: UnixStream, frames: FrameBuffer, buffer: Vec<u8> },
    Disk { cursor: Cursor, exit: Option<Exit> },
}

impl Attachment {
    /// Listens from this place on: with `follow` until the shell ends, else to the end of what there is.
    pub async fn open(dir: &Path, id: &str, from: LogPlace, follow: bool) -> Result<Self, ShimError> {
        let controls = Controls::new(dir, id)?;
        let folder = folder_of(dir, id);
        match connect(&folder) {
            Ok(stream) => match open_stream(stream, from, follow, false).await {
                Ok((stream, frames, at, started_at)) => {
                    let source = Source::Live { stream, frames, buffer: vec![0; BUFFER_BYTES] };
                    Ok(Self::new(controls, source, at, started_at))
                }
                Err(ShimError::Io { .. }) => Self::from_disk(dir, controls, from).await, // it ended meanwhile
                Err(error) => Err(error),
            },
            Err(_) => Self::from_disk(dir, controls, from).await,
        }
    }

    fn new(controls: Controls, source: Source, at: u64, started_at: Option<u64>) -> Self {
        Self { controls, source, at, started_at, ready: VecDeque::new(), over: false }
    }

    /// What a shim that has ended left on disk.
    pub(super) async fn ended(controls: Controls, from: LogPlace) -> Result<Self, ShimError> {
        let dir = controls.dir().to_owned();
        Self::from_disk(&dir, controls, from).await
    }

    async fn from_disk(dir: &Path, controls: Controls, from: LogPlace) -> Result<Self, ShimError> {
        let status = controls.status().await?;
        let folder = folder_of(dir, controls.id());
        let at = resolve(&folder, from, end_of(&folder));
        let source =
            Source::Disk { cursor: Cursor::new(&folder), exit: Some(status.exit.unwrap_or_default()) };
        Ok(Self::new(controls, source, at, None))
    }

    /// Orders for the same shim.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Number of the byte that comes next.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Where the program's own output begins, if that lies before what is heard.
    pub fn started_at(&self) -> Option<u64> {
        self.started_at
    }

    /// What comes next; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Piece>, ShimError> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                self.at = piece.end().unwrap_or(self.at);
                return Ok(Some(piece));
            }
            if self.over {
                return Ok(None);
            }
            self.fetch().await?;
        }
    }

    async fn fetch(&mut self) -> Result<(), ShimError> {
        match &mut self.source {
            Source::Disk { cursor, exit } => {
                let piece = match cursor.read(self.at, BUFFER_BYTES) {
                    Read::Bytes(bytes) => Some(Piece::Bytes { at: self.at, bytes }),
                    Read::Gap(to) => Some(Piece::Gap { from: self.at, to }),
                    Read::End => exit.take().map(Piece::Ended),
                };
                self.over = matches!(piece, None | Some(Piece::Ended(_)));
                self.ready.extend(piece);
            }
            Source::Live { stream, frames, buffer } => {
                while let Some((answer, body)) =
                    frames.next().map_err(|error| ShimError::Wire(error.to_string()))?
                {
                    let at = self.ready.iter().rev().find_map(Piece::end).unwrap_or(self.at);
                    self.over |= matches!(answer, Answer::Exit { .. } | Answer::End);
                    self.ready.extend(piece(answer, body, at));
                }
                if !self.ready.is_empty() || self.over {
                    return Ok(());
                }
                let failed = |source| ShimError::Io { action: "listen to the shim", source };
                let count = stream.read(buffer).await.map_err(failed)?;
                self.over = count == 0; // it was killed: what it did not tell us, nobody knows
                frames.push(&buffer[..count]);
            }
        }
        Ok(())
    }
}

impl Piece {
    /// Number of the byte after it.
    fn end(&self) -> Option<u64> {
        match self {
            Self::Bytes { at, bytes } => Some(at + bytes.len() as u64),
            Self::Gap { to, .. } => Some(*to),
            Self::Started { .. } | Self::Idle { .. } | Self::Ended(_) => None,
        }
    }
}

/// What an answer says to a listener; `from` is the number of the next byte.
pub(super) fn piece(answer: Answer, body: Vec<u8>, from: u64) -> Option<Piece> {
    match answer {
        Answer::Data { at } => Some(Piece::Bytes { at, bytes: body }),
        Answer::Started { at } => Some(Piece::Started { at }),
        Answer::Idle { at } => Some(Piece::Idle { at }),
        Answer::Gap { to } => Some(Piece::Gap { from, to }),
        Answer::Exit { exit } => Some(Piece::Ended(exit)),
        _ => None,
    }
}

/// Asks to listen over this connection; gives it with what it has said beyond the first answer, and that answer.
pub(crate) async fn open_stream(
    mut stream: UnixStream,
    from: LogPlace,
    follow: bool,
    pace: bool,
) -> Result<(UnixStream, FrameBuffer, u64, Option<u64>), ShimError> {
    let failed = |source| ShimError::Io { action: "listen to the shim", source };
    stream.write_all(&encode(&Request::Attach { from, follow, pace }, &[])).await.map_err(failed)?;
    let mut frames = FrameBuffer::new(HEADER_LIMIT);
    let mut buffer = vec![0; 4096];
    loop {
        match frames.next().map_err(|error| ShimError::Wire(error.to_string()))? {
            Some((Answer::Attached { at, started_at }, _)) => return Ok((stream, frames, at, started_at)),
            Some((Answer::Failed { message }, _)) => return Err(ShimError::Refused(message)),
            Some((other, _)) => return Err(ShimError::Wire(format!("{other:?}"))),
            None => {}
        }
        match stream.read(&mut buffer).await.map_err(failed)? {
            0 => return Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
            count => frames.push(&buffer[..count]),
        }
    }
}
