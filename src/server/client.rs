//! The other end of the control socket: requests to a server that runs.
//!
//! Must not know: what a command prints.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use axum::http::{Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use pino_engine::{
    process::socket,
    supervise::{AttachQuery, LogQuery, Session},
};
use pino_model::{Problem, RunRequest, ServerStatus};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{io::AsyncWriteExt as _, net::UnixStream, sync::mpsc};

use crate::{
    control::ControlError,
    lock::socket_path,
    routes::frame,
    wire::{Order, PROTOCOL, RUN_HEADER, StopServer, Stopped},
};

/// Longest answer that is read at once.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Pieces that may wait for a slow terminal.
const WAITING_PIECES: usize = 8;

/// Talks to the server of a home. Each request has a connection of its own.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// The server of this home; `None` when none answers.
    pub fn find(home: &Path) -> Option<Self> {
        let socket = socket_path(home);
        socket::connect(&socket).ok()?;
        Some(Self { socket })
    }

    /// How the server is.
    pub async fn server(&self) -> Result<ServerStatus, ControlError> {
        self.json(Method::GET, "/server", &()).await
    }

    /// Ends the server; what could not be stopped is told.
    pub async fn stop_server(&self, stop_apps: bool) -> Result<Vec<Problem>, ControlError> {
        let stopped: Stopped = self.json(Method::POST, "/server/stop", &StopServer { stop_apps }).await?;
        Ok(stopped.problems)
    }

    /// What happens to the apps from now on, as JSON lines.
    pub async fn events(&self, app: Option<&str>, streams: bool) -> Result<Pieces, ControlError> {
        let mut query = format!("/events?streams={streams}");
        if let Some(app) = app {
            query.push_str("&app=");
            query.push_str(&encode(app));
        }
        self.pieces(Method::GET, &query, &()).await.map(|(_, pieces)| pieces)
    }

    /// Runs a script; gives its id and its events as JSON lines.
    pub async fn run(&self, request: &RunRequest) -> Result<(String, Pieces), ControlError> {
        self.pieces(Method::POST, "/runs", request).await
    }

    /// Sends a message of the event contract, or an order, to a run.
    pub async fn message(&self, run: &str, text: String) -> Result<(), ControlError> {
        let response =
            self.send(Method::POST, &format!("/runs/{run}/messages"), Some(text.into_bytes())).await?;
        checked(response).await.map(|_| ())
    }

    /// Stops a run for this reason.
    pub async fn stop_run(&self, run: &str, reason: pino_model::ExitStatus) -> Result<(), ControlError> {
        self.message(run, serde_json::to_string(&Order::StopFor { reason }).unwrap_or_default()).await
    }

    /// Kills everything a run has started.
    pub async fn kill_run(&self, run: &str) -> Result<(), ControlError> {
        self.message(run, serde_json::to_string(&Order::Kill).unwrap_or_default()).await
    }

    /// Nobody can answer the questions of a run any more.
    pub async fn clients_gone(&self, run: &str) -> Result<(), ControlError> {
        self.message(run, serde_json::to_string(&Order::ClientsGone).unwrap_or_default()).await
    }

    pub(crate) async fn logs(&self, app: &str, query: &LogQuery) -> Result<Pieces, ControlError> {
        let path = format!("/apps/{}/logs?{}", encode(app), query_text(query));
        self.pieces(Method::GET, &path, &()).await.map(|(_, pieces)| pieces)
    }

    pub(crate) async fn attach(&self, app: &str, query: &AttachQuery) -> Result<Session, ControlError> {
        let path = format!("/api/v1/apps/{}/attach?{}", encode(app), query_text(query));
        let request = Request::get(path)
            .header(header::HOST, "pino")
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, PROTOCOL)
            .body(Full::new(Bytes::new()))
            .map_err(|error| ControlError::lost(io::Error::other(error)))?;
        let response = checked(self.exchange(request).await?).await?;
        let connection = hyper::upgrade::on(response).await.map_err(lost)?;
        let (mut from_server, mut to_server) = tokio::io::split(TokioIo::new(connection));
        let (to_person, shown) = mpsc::channel(WAITING_PIECES);
        let (typed, mut from_person) = mpsc::channel(WAITING_PIECES);
        tokio::spawn(async move {
            while let Ok(Some(piece)) = frame::read_shown(&mut from_server).await {
                if to_person.send(piece).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            while let Some(frame) = from_person.recv().await {
                if to_server.write_all(&frame::typed(&frame)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Session { shown, typed })
    }

    /// A request whose answer is one JSON value. `()` is no body.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ControlError> {
        let response = checked(self.send(method, path, body_of(body)).await?).await?;
        let bytes = whole(response).await?;
        serde_json::from_slice(&bytes).map_err(|error| ControlError::unreadable(&error))
    }

    async fn pieces(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(String, Pieces), ControlError> {
        let response = checked(self.send(method, path, body_of(body)).await?).await?;
        let run = response.headers().get(RUN_HEADER).and_then(|value| value.to_str().ok());
        let run = run.unwrap_or_default().to_owned();
        Ok((run, Pieces { body: response.into_body() }))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Incoming>, ControlError> {
        let mut request =
            Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, "pino");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|error| ControlError::lost(io::Error::other(error)))?;
        self.exchange(request).await
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, ControlError> {
        let stream = socket::connect(&self.socket).map_err(ControlError::lost)?;
        stream.set_nonblocking(true).map_err(ControlError::lost)?;
        let stream = UnixStream::from_std(stream).map_err(ControlError::lost)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(lost)
    }
}

/// An answer that comes piece by piece.
pub struct Pieces {
    body: Incoming,
}

impl Pieces {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ControlError> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(lost(error)),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes.into()));
                    }
                }
            }
        }
    }
}

fn body_of(body: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(body).ok().filter(|text| text != b"null")
}

async fn whole(response: Response<Incoming>) -> Result<Bytes, ControlError> {
    let limited = http_body_util::Limited::new(response.into_body(), MAX_ANSWER_BYTES);
    let body = limited.collect().await.map_err(|error| ControlError::lost(io::Error::other(error)))?;
    Ok(body.to_bytes())
}

async fn checked(response: Response<Incoming>) -> Result<Response<Incoming>, ControlError> {
    let status = response.status();
    if status.is_success() || status == axum::http::StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response);
    }
    let bytes = whole(response).await?;
    let problem: Problem = serde_json::from_slice(&bytes).unwrap_or_else(|_| Problem {
        code: "bad-answer".to_owned(),
        message: format!("the server answered {status}: {}", String::from_utf8_lossy(&bytes)),
        next: Some("is it another version of pino? `pino down`, then `pino up`".to_owned()),
    });
    Err(ControlError::refused(problem))
}

fn lost(error: hyper::Error) -> ControlError {
    ControlError::lost(io::Error::other(error))
}

/// A name as one part of a path.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // writing into memory cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Members of a query; those that are not set are left out.
fn query_text(query: &impl Serialize) -> String {
    let value = serde_json::to_value(query).unwrap_or_default();
    let members = value.as_object().into_iter().flatten();
    let parts: Vec<String> = members
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}={}", encode(&text))
        })
        .collect();
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_a_path() {
        assert_eq!(encode("a b/c.git"), "a%20b%2Fc.git");
        let query = LogQuery { lines: Some(3), follow: true, run: None };
        assert_eq!(query_text(&query), "lines=3&follow=true");
    }
}
