//! The output of a shell in a shim as the group hands it on: text, status, exit.
//!
//! Must not know: how the shim was reached.

use std::{os::unix::net::UnixStream as StdStream, time::Duration};

use tokio::{io::AsyncReadExt as _, net::UnixStream, sync::mpsc};

use super::{
    attachment::{Attachment, open_stream, piece},
    control::Controls,
    error::ShimError,
    log::LogPlace,
    wire::{Answer, FrameBuffer},
};
use crate::{Exit, Output, queries::QueryFilter, shim::Piece, text::Utf8Joiner};

/// How long the beginning of a sequence for the terminal waits for its end.
const SEQUENCE_LIMIT: Duration = Duration::from_millis(20);
/// Largest piece of text handed on.
const PIECE_BYTES: usize = 64 * 1024;
const BUFFER_BYTES: usize = 128 * 1024;

/// A shell whose output is to be handed on.
pub(crate) struct Feed {
    pub(crate) controls: Controls,
    pub(crate) stream: StdStream,
    pub(crate) from: LogPlace,
    pub(crate) out: mpsc::Sender<Output>,
}

/// Hands everything on until the end; gives the exit. `None`: the shim was killed, how the shell ended is unknown.
pub(crate) async fn feed(feed: Feed) -> Option<Exit> {
    let (controls, from, out) = (feed.controls.clone(), feed.from, feed.out.clone());
    match Feeder::open(feed).await {
        Ok(mut feeder) => feeder.run().await,
        // it ended between the connection and the first question: its log tells all
        Err(ShimError::Io { .. }) => replay(controls, from, &out).await,
        Err(error) => {
            tracing::debug!(%error, "the output of a shim cannot be heard");
            out.send(Output::Ended(Exit { code: None })).await.ok(); // nobody may wait for it
            None
        }
    }
}

/// Hands on what an ended shim has left on disk.
async fn replay(controls: Controls, from: LogPlace, out: &mpsc::Sender<Output>) -> Option<Exit> {
    // whoever is gone hears nothing: the results of sending are of no interest
    out.send(Output::Started).await.ok();
    let mut exit = None;
    let mut text = Utf8Joiner::default();
    if let Ok(mut ended) = Attachment::ended(controls, from).await {
        while let Ok(Some(piece)) = ended.next().await {
            match piece {
                Piece::Bytes { bytes, .. } => {
                    out.send(Output::Text(text.push(bytes))).await.ok();
                }
                Piece::Ended(known) => exit = known.code.map(|_| known),
                Piece::Started { .. } | Piece::Idle { .. } | Piece::Gap { .. } => {}
            }
        }
    }
    out.send(Output::Text(text.finish())).await.ok();
    out.send(Output::Ended(exit.unwrap_or(Exit { code: None }))).await.ok();
    exit
}

struct Feeder {
    stream: UnixStream,
    frames: FrameBuffer,
    out: mpsc::Sender<Output>,
    started: bool,
    /// Nobody takes the output any more.
    unheard: bool,
    queries: QueryFilter,
    text: Utf8Joiner,
    pending: Vec<u8>,
}

impl Feeder {
    async fn open(feed: Feed) -> Result<Self, ShimError> {
        let failed = |source| ShimError::Io { action: "listen to the shim", source };
        feed.stream.set_nonblocking(true).map_err(failed)?;
        let stream = UnixStream::from_std(feed.stream).map_err(failed)?;
        let (stream, frames, _, started_at) = open_stream(stream, feed.from, true, true).await?;
        let mut feeder = Self {
            stream,
            frames,
            out: feed.out,
            started: false,
            unheard: false,
            queries: QueryFilter::default(),
            text: Utf8Joiner::default(),
            pending: Vec::new(),
        };
        if started_at.is_some() {
            feeder.start().await;
        }
        Ok(feeder)
    }

    async fn run(&mut self) -> Option<Exit> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            loop {
                match self.frames.next::<Answer>() {
                    Ok(Some((answer, body))) => {
                        if let Some(exit) = self.take(answer, body).await {
                            return Some(exit);
                        }
                    }
                    Ok(None) => break,
                    Err(_) => return self.lost().await,
                }
            }
            self.flush().await;
            match self.read(&mut buffer).await {
                Some(0) => return self.lost().await,
                Some(count) => self.frames.push(&buffer[..count]),
                None => {
                    let rest = self.queries.release();
                    self.hand_on(rest).await;
                }
            }
        }
    }

    /// `None` when the rest of a sequence does not come.
    async fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let reading = self.stream.read(buffer);
        let read = if self.queries.is_holding() {
            tokio::time::timeout(SEQUENCE_LIMIT, reading).await.ok()?
        } else {
            reading.await
        };
        Some(read.unwrap_or(0))
    }

    async fn take(&mut self, answer: Answer, body: Vec<u8>) -> Option<Exit> {
        match piece(answer, body, 0)? {
            Piece::Bytes { bytes, .. } => {
                self.pending.extend_from_slice(&bytes);
                if self.pending.len() >= PIECE_BYTES {
                    self.flush().await;
                }
            }
            Piece::Started { .. } => {
                self.flush().await;
                self.start().await;
            }
            Piece::Idle { .. } => {
                self.flush().await;
                self.send(Output::Idle).await;
            }
            Piece::Gap { to, .. } => {
                self.flush().await;
                tracing::warn!(to, "a listener was so slow that output is missing");
            }
            Piece::Ended(exit) => {
                self.finish().await;
                self.send(Output::Ended(exit)).await;
                return Some(exit);
            }
        }
        None
    }

    async fn start(&mut self) {
        if !self.started {
            self.started = true;
            self.send(Output::Started).await;
        }
    }

    async fn flush(&mut self) {
        if !self.pending.is_empty() {
            // asked and answered in the shim
            let (bytes, _) = self.queries.push(std::mem::take(&mut self.pending));
            self.hand_on(bytes).await;
        }
    }

    async fn hand_on(&mut self, bytes: Vec<u8>) {
        let mut text = self.text.push(bytes);
        while text.len() > PIECE_BYTES {
            let rest = text.split_off(text.floor_char_boundary(PIECE_BYTES));
            self.send_text(text).await;
            text = rest;
        }
        self.send_text(text).await;
    }

    async fn send_text(&mut self, text: String) {
        if !text.is_empty() {
            let piece = if self.started { Output::Text(text) } else { Output::Setup(text) };
            self.send(piece).await;
        }
    }

    async fn send(&mut self, piece: Output) {
        if !self.unheard {
            self.unheard = self.out.send(piece).await.is_err();
        }
    }

    async fn finish(&mut self) {
        self.flush().await;
        let rest = self.queries.release();
        self.hand_on(rest).await;
        let rest = self.text.finish();
        self.send_text(rest).await;
    }

    async fn lost(&mut self) -> Option<Exit> {
        self.finish().await;
        self.send(Output::Ended(Exit { code: None })).await;
        None
    }
}
