//! Content on its way into the cache, and clients that read it meanwhile.
//!
//! Must not know: HTTP servers.

use std::{
    collections::HashMap,
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    DownloadRequest, Downloads, OnProgress,
    transfer::{Flow, Tap, read_at},
};

/// Bytes a client gets at a time.
const CHUNK_BYTES: u64 = 256 << 10;
/// So much of a file's end waits until the whole is verified: a client never completes a file that is not.
const HELD_BACK_BYTES: u64 = 64 << 10;
/// While it waits, a client gets a byte of these now and then, or it would think the connection dead.
const DRIP: Duration = Duration::from_secs(2);

/// All content on its way.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    running: Mutex<HashMap<PathBuf, Arc<Transfer>>>,
}

/// One content on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    tap: Arc<Tap>,
    /// How it ended.
    ended: watch::Receiver<Option<Result<(), String>>>,
}

impl Transfers {
    /// Joins the transfer to this file, or begins it. It goes on when its readers leave: they often come back.
    pub(super) fn join_or_start(
        self: &Arc<Self>,
        blob: PathBuf,
        begin: impl FnOnce() -> DownloadRequest,
        downloads: &Downloads,
        done: impl FnOnce() + Send + 'static,
        progress: Arc<dyn Fn(&crate::Progress) + Send + Sync>,
        cancel: &CancellationToken,
    ) -> Arc<Transfer> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transfer) = running.get(&blob) {
            return Arc::clone(transfer);
        }
        let (tell, ended) = watch::channel(None);
        let mut request = begin();
        request.tap = Arc::new(Tap::watched());
        let transfer = Arc::new(Transfer { tap: Arc::clone(&request.tap), ended });
        running.insert(blob.clone(), Arc::clone(&transfer));
        let (all, downloads, cancel) = (Arc::clone(self), downloads.clone(), cancel.clone());
        tokio::spawn(async move {
            let report: OnProgress<'_> = &*progress;
            let result = downloads.fetch(&request, &cancel, report).await;
            if result.is_ok() {
                done();
            }
            all.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&blob);
            // nobody may be listening any more
            tell.send(Some(result.map(|_| ()).map_err(|error| error.to_string()))).ok();
        });
        transfer
    }
}

/// A client's way through a file.
pub(super) struct Reader {
    source: Source,
    position: u64,
    /// After the last wanted byte.
    end: u64,
    /// Size of the file.
    total: u64,
}

enum Source {
    Complete(Arc<File>),
    Growing { transfer: Arc<Transfer>, generation: Option<u64>, complete: PathBuf },
}

impl Reader {
    pub(super) fn complete(file: File, start: u64, end: u64, total: u64) -> Self {
        Self { source: Source::Complete(Arc::new(file)), position: start, end, total }
    }

    pub(super) fn growing(
        transfer: Arc<Transfer>,
        complete: PathBuf,
        start: u64,
        end: u64,
        total: u64,
    ) -> Self {
        let source = Source::Growing { transfer, generation: None, complete };
        Self { source, position: start, end, total }
    }

    /// The next bytes; nothing at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.position >= self.end {
            return Ok(None);
        }
        let (file, available) = self.available().await?;
        let count = CHUNK_BYTES.min(available.min(self.end) - self.position);
        let position = self.position;
        let read = tokio::task::spawn_blocking(move || read_chunk(&file, position, count as usize)).await;
        let bytes = read.map_err(io::Error::other)??;
        if bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the cached file is too short"));
        }
        self.position += bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// The file and up to where it can be read now.
    async fn available(&mut self) -> io::Result<(Arc<File>, u64)> {
        let (position, held_from) = (self.position, self.total.saturating_sub(HELD_BACK_BYTES));
        let Source::Growing { transfer, generation, complete } = &mut self.source else {
            let Source::Complete(file) = &self.source else { return Err(io::Error::other("no source")) };
            return Ok((Arc::clone(file), self.end));
        };
        let (mut changes, mut ended) = (transfer.tap.changes(), transfer.ended.clone());
        let drip_at = tokio::time::Instant::now() + DRIP;
        loop {
            changes.mark_unchanged();
            if let Some(result) = ended.borrow_and_update().clone() {
                result.map_err(io::Error::other)?;
                let file = Arc::new(File::open(complete)?);
                self.source = Source::Complete(Arc::clone(&file));
                return Ok((file, self.end));
            }
            let (flow, now) = transfer.tap.flow(position);
            if generation.is_some_and(|begun| begun != now) {
                return Err(io::Error::other("the file has been started again; ask again"));
            }
            if let Flow::Ready(file, until) = flow {
                *generation = Some(now);
                if position < held_from {
                    return Ok((file, until.min(held_from)));
                }
                let is_due = tokio::time::Instant::now() >= drip_at;
                if is_due && position + 1 < self.total {
                    return Ok((file, position + 1));
                }
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = ended.changed() => {}
                () = tokio::time::sleep_until(drip_at.max(tokio::time::Instant::now() + Duration::from_millis(1))) => {}
            }
        }
    }
}

fn read_chunk(file: &File, position: u64, count: usize) -> io::Result<Bytes> {
    let mut buffer = vec![0; count];
    let read = read_at(file, &mut buffer, position)?;
    buffer.truncate(read);
    Ok(buffer.into())
}
