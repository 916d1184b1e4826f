//! `/apps/{app}/attach`: a person at the terminal of an app. The connection leaves HTTP and carries frames both ways.
//!
//! Must not know: who holds the terminal.

use axum::{
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use pino_engine::supervise::{AttachQuery, Session, Shown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use super::Api;
use crate::problem::Refusal;

/// Name of what the connection becomes.
pub(crate) const PROTOCOL: &str = "pino-attach";

/// Frames: one byte kind, four bytes length (big endian), the bytes.
pub(crate) mod frame {
    use std::io;

    use pino_engine::supervise::{Shown, Typed};
    use tokio::io::{AsyncRead, AsyncReadExt as _};

    /// Longest frame that is taken.
    const MAX_BYTES: u32 = 1024 * 1024;
    const BYTES: u8 = 0;
    const RESIZE: u8 = 1;
    const ENDED: u8 = 2;

    fn frame(kind: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 5);
        out.push(kind);
        out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        out.extend_from_slice(bytes);
        out
    }

    /// What goes to the person.
    pub(crate) fn shown(shown: &Shown) -> Vec<u8> {
        match shown {
            Shown::Bytes(bytes) => frame(BYTES, bytes),
            Shown::Ended(code) => frame(ENDED, &serde_json::to_vec(code).unwrap_or_default()),
        }
    }

    /// What comes from the person.
    pub(crate) fn typed(typed: &Typed) -> Vec<u8> {
        match typed {
            Typed::Bytes(bytes) => frame(BYTES, bytes),
            Typed::Resize { cols, rows } => {
                let [a, b] = cols.to_be_bytes();
                let [c, d] = rows.to_be_bytes();
                frame(RESIZE, &[a, b, c, d])
            }
        }
    }

    async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(u8, Vec<u8>)>> {
        let kind = match from.read_u8().await {
            Ok(kind) => kind,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = from.read_u32().await?;
        if length > MAX_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
        }
        let mut bytes = vec![0; length as usize];
        from.read_exact(&mut bytes).await?;
        Ok(Some((kind, bytes)))
    }

    /// The next frame of a person.
    pub(crate) async fn read_typed(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Typed>> {
        let Some((kind, bytes)) = read(from).await? else { return Ok(None) };
        match (kind, bytes.as_slice()) {
            (BYTES, _) => Ok(Some(Typed::Bytes(bytes))),
            (RESIZE, [a, b, c, d]) => Ok(Some(Typed::Resize {
                cols: u16::from_be_bytes([*a, *b]),
                rows: u16::from_be_bytes([*c, *d]),
            })),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "an unknown frame")),
        }
    }

    /// The next frame for a person.
    pub(crate) async fn read_shown(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Shown>> {
        let Some((kind, bytes)) = read(from).await? else { return Ok(None) };
        match kind {
            BYTES => Ok(Some(Shown::Bytes(bytes))),
            ENDED => Ok(Some(Shown::Ended(serde_json::from_slice(&bytes).unwrap_or_default()))),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "an unknown frame")),
        }
    }
}

pub(super) async fn attach(
    State(api): State<Api>,
    Path(app): Path<String>,
    query: Result<Query<AttachQuery>, QueryRejection>,
    mut request: Request,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let asks = request.headers().get(header::UPGRADE).is_some_and(|value| value == PROTOCOL);
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().filter(|_| asks).ok_or_else(|| {
        let message = format!("attaching needs a connection that can become `{PROTOCOL}`");
        Refusal::new(StatusCode::UPGRADE_REQUIRED, "upgrade", message, Some("use `pino attach`"))
    })?;
    let session = api.supervisor().attach(&app, query).await?;
    let stop = api.stop().clone();
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => carry(TokioIo::new(connection), session, stop).await,
            Err(error) => tracing::debug!(%error, "an attached client has gone before it was there"),
        }
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, PROTOCOL)];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// Carries frames until one side has gone.
async fn carry(connection: TokioIo<hyper::upgrade::Upgraded>, session: Session, stop: CancellationToken) {
    let (mut from_client, mut to_client) = tokio::io::split(connection);
    let Session { mut shown, typed } = session;
    let inward = async {
        while let Ok(Some(frame)) = frame::read_typed(&mut from_client).await {
            if typed.send(frame).await.is_err() {
                // the program has ended; what is typed has no reader. Wait for the client to go.
                let _ = from_client.read_u8().await;
                return;
            }
        }
    };
    let outward = async {
        while let Some(piece) = shown.recv().await {
            let is_end = matches!(piece, Shown::Ended(_));
            if to_client.write_all(&frame::shown(&piece)).await.is_err() || is_end {
                break;
            }
        }
        // the client may be gone already
        let _ = to_client.shutdown().await;
    };
    tokio::select! {
        () = inward => {}
        () = outward => {}
        () = stop.cancelled() => {}
    }
}
