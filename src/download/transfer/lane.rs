//! Bytes of one connection on their way to disk: collected, written by position beside the receiving.
//!
//! Must not know: HTTP. What is written is marked as here only afterwards, so the marks never promise too much.

use std::{fs::File, io, sync::Arc};

use reqwest::Body;
use tokio::{sync::Semaphore, task::JoinHandle};

use super::tap::Tap;

/// Small network chunks are collected to this size before they are written.
const WRITE_BYTES: usize = 1 << 20;
/// More than there are connections; whoever holds all of them knows that nothing is being written.
pub(super) const ALL_WRITERS: u32 = 256;

/// One chunk as the network library gives it.
pub(super) type Chunk = bytes::Bytes;

const _: fn(Chunk) -> Body = Body::from;

/// The open file with all that is known of its content. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) file: Arc<File>,
    pub(super) tap: Arc<Tap>,
    writers: Arc<Semaphore>,
}

impl Disk {
    pub(super) fn new(file: File, tap: Arc<Tap>) -> Self {
        Self { file: Arc::new(file), tap, writers: Arc::new(Semaphore::new(ALL_WRITERS as usize)) }
    }

    /// Waits until nothing is being written any more.
    pub(super) async fn quiesce(&self) {
        // the semaphore is never closed
        let _ = self.writers.acquire_many(ALL_WRITERS).await;
    }
}

/// Bytes that follow each other.
#[derive(Debug)]
pub(super) struct Lane {
    disk: Disk,
    /// Everything before is in the file, or was before this lane began.
    written: u64,
    pending: Vec<Chunk>,
    pending_bytes: usize,
    in_flight: Option<(JoinHandle<io::Result<()>>, u64)>,
}

impl Lane {
    pub(super) fn new(disk: &Disk, position: u64) -> Self {
        Self { disk: disk.clone(), written: position, pending: Vec::new(), pending_bytes: 0, in_flight: None }
    }

    /// Where the next byte goes.
    pub(super) fn position(&self) -> u64 {
        self.written + self.in_flight.as_ref().map_or(0, |(_, bytes)| *bytes) + self.pending_bytes as u64
    }

    /// Everything before is in the file.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Takes bytes; writes when there are enough.
    pub(super) async fn push(&mut self, chunk: Chunk) -> io::Result<()> {
        self.pending_bytes += chunk.len();
        self.pending.push(chunk);
        if self.pending_bytes >= WRITE_BYTES {
            self.settle().await?;
            self.start_writing().await;
        }
        Ok(())
    }

    /// Waits until all of it is in the file.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.settle().await?;
        if self.pending_bytes > 0 {
            self.start_writing().await;
            self.settle().await?;
        }
        Ok(())
    }

    async fn settle(&mut self) -> io::Result<()> {
        let Some((writing, bytes)) = &mut self.in_flight else { return Ok(()) };
        let (result, bytes) = (writing.await, *bytes);
        self.in_flight = None;
        match result {
            Ok(Ok(())) => {
                self.written += bytes;
                Ok(())
            }
            Ok(Err(error)) => Err(self.forget(error)),
            Err(error) => Err(self.forget(io::Error::other(error))),
        }
    }

    /// After a failure nothing that was to follow is of use.
    fn forget(&mut self, error: io::Error) -> io::Error {
        self.pending.clear();
        self.pending_bytes = 0;
        error
    }

    async fn start_writing(&mut self) {
        let chunks = std::mem::take(&mut self.pending);
        let bytes = std::mem::take(&mut self.pending_bytes) as u64;
        let (disk, start) = (self.disk.clone(), self.written);
        // never closed, so there always is one
        let permit = Arc::clone(&disk.writers).acquire_owned().await.ok();
        let write = move || {
            let mut position = start;
            for chunk in chunks {
                write_all_at(&disk.file, &chunk, position)?;
                position += chunk.len() as u64;
            }
            disk.tap.wrote(start, position);
            drop(permit);
            Ok(())
        };
        self.in_flight = Some((tokio::task::spawn_blocking(write), bytes));
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, position)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, position)?;
        bytes = &bytes[count..];
        position += count as u64;
    }
    Ok(())
}

/// Reads at a position without moving anything; fewer bytes only at the end of the file.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

/// Reads at a position; fewer bytes only at the end of the file.
#[cfg(windows)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}
