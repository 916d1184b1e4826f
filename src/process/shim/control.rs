//! Orders for a shim: each over a connection of its own, so none waits behind another.
//!
//! Must not know: output.

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    sync::Mutex,
    time::timeout,
};

use super::{
    error::ShimError,
    list, lost,
    paths::{SOCKET, folder_of, is_id},
    status::{ShimState, ShimStatus},
    wire::{Answer, BODY_LIMIT, FrameBuffer, HEADER_LIMIT, Request, encode},
};
use crate::{ProcessError, socket};

/// A shim answers at once.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Beyond the grace period: the kernel ends what was killed, and the proof.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// What a stop found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// The processes there were; none of them is left.
    pub pids: Vec<i32>,
}

/// Orders for one shim. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Controls {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    id: String,
    /// What is typed keeps its order.
    typing: Mutex<()>,
}

impl Controls {
    /// Where the folders of all shims lie.
    pub(super) fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// For the shim of this name.
    pub fn new(dir: &Path, id: &str) -> Result<Self, ShimError> {
        if !is_id(id) {
            return Err(ShimError::Unknown { id: id.to_owned(), dir: dir.to_owned() });
        }
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), id: id.to_owned(), typing: Mutex::new(()) }) })
    }

    /// The name of the shim.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// Types these bytes at the terminal; waits while the program does not read.
    pub async fn input(&self, bytes: &[u8]) -> Result<(), ShimError> {
        let _in_turn = self.inner.typing.lock().await;
        for part in bytes.chunks(BODY_LIMIT) {
            self.order(&Request::Input, part).await?;
        }
        Ok(())
    }

    /// Tells the program that its terminal has another size now.
    pub async fn resize(&self, cols: u16, rows: u16) -> Result<(), ShimError> {
        self.soon(&Request::Resize { cols, rows }).await
    }

    /// Sends a signal to what is in the foreground of the terminal.
    pub async fn signal(&self, signal: Signal) -> Result<(), ShimError> {
        self.soon(&Request::Signal { signal: signal.as_raw() }).await
    }

    /// How it is.
    pub async fn status(&self) -> Result<ShimStatus, ShimError> {
        let inner = Arc::clone(&self.inner);
        self.blocking(move || list::status(&inner.dir, &inner.id)).await
    }

    /// Ends everything and waits for the proof: SIGTERM, after the grace period SIGKILL. The reason is remembered.
    pub async fn stop(&self, grace: Duration, reason: &str) -> Result<StopReport, ShimError> {
        let grace_ms = grace.as_millis().try_into().unwrap_or(u64::MAX);
        let request = Request::Stop { grace_ms, reason: reason.to_owned() };
        match timeout(grace.saturating_add(STOP_LIMIT), self.ask(&request, &[])).await {
            Ok(Ok(Answer::Stopped { pids })) => Ok(StopReport { pids }),
            Ok(Ok(Answer::Failed { message })) => Err(ShimError::Refused(message)),
            Ok(Ok(other)) => Err(ShimError::Wire(format!("{other:?}"))),
            // it has ended, or was killed, maybe while we asked; or it hangs
            Ok(Err(ShimError::Io { .. })) | Err(_) => self.stop_without_shim(grace).await,
            Ok(Err(error)) => Err(error),
        }
    }

    async fn stop_without_shim(&self, grace: Duration) -> Result<StopReport, ShimError> {
        let inner = Arc::clone(&self.inner);
        let work = move || {
            let status = match list::status(&inner.dir, &inner.id) {
                Ok(status) => status,
                Err(ShimError::Unknown { .. }) => return Ok(StopReport::default()), // its folder is gone
                Err(error) => return Err(error),
            };
            let folder = folder_of(&inner.dir, &inner.id);
            if matches!(status.state, ShimState::Ended | ShimState::Lost) {
                return Ok(StopReport::default());
            }
            lost::end_shim(&status)?;
            lost::end_survivors(&folder, &status, grace).map(|pids| StopReport { pids })
        };
        self.blocking(work).await
    }

    /// An order that takes no time.
    async fn soon(&self, request: &Request) -> Result<(), ShimError> {
        let done = timeout(ANSWER_LIMIT, self.order(request, &[])).await;
        done.unwrap_or_else(|_elapsed| {
            let source = std::io::ErrorKind::TimedOut.into();
            Err(ShimError::Io { action: "get an answer from the shim", source })
        })
    }

    async fn order(&self, request: &Request, body: &[u8]) -> Result<(), ShimError> {
        match self.ask(request, body).await {
            Ok(Answer::Done) => Ok(()),
            Ok(Answer::Failed { message }) => Err(ShimError::Refused(message)),
            Ok(other) => Err(ShimError::Wire(format!("{other:?}"))),
            Err(ShimError::Io { .. }) => Err(ShimError::Start(ProcessError::Ended)),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, request: &Request, body: &[u8]) -> Result<Answer, ShimError> {
        let mut stream = connect(&folder_of(&self.inner.dir, &self.inner.id))?;
        let failed = |source| ShimError::Io { action: "talk to the shim", source };
        stream.write_all(&encode(request, body)).await.map_err(failed)?;
        let mut frames = FrameBuffer::new(HEADER_LIMIT);
        let mut buffer = vec![0; 4096];
        loop {
            if let Some((answer, _)) = frames.next().map_err(|error| ShimError::Wire(error.to_string()))? {
                return Ok(answer);
            }
            match stream.read(&mut buffer).await.map_err(failed)? {
                0 => return Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
                count => frames.push(&buffer[..count]),
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ShimError> + Send + 'static,
    ) -> Result<T, ShimError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| ShimError::Io {
            action: "look at the shim",
            source: std::io::Error::other(error),
        })?
    }
}

/// A connection to the shim in this folder.
pub(super) fn connect(folder: &Path) -> Result<UnixStream, ShimError> {
    let failed = |source| ShimError::Io { action: "connect to the shim", source };
    let stream = socket::connect(&folder.join(SOCKET)).map_err(failed)?;
    stream.set_nonblocking(true).map_err(failed)?;
    UnixStream::from_std(stream).map_err(failed)
}
