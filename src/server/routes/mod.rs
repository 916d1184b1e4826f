//! The requests under `/api/v1`, one file per noun. The router can be served anywhere: who may ask is not decided here.
//!
//! Must not know: sockets, locks.

mod apps;
mod attach;
mod events;
mod logs;
mod runs;
mod server;

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use futures::Stream;
use pino_engine::supervise::Supervisor;
use tokio_util::sync::CancellationToken;

use crate::problem::Refusal;

pub(crate) use apps::AppList;
pub(crate) use attach::{PROTOCOL, frame};
pub(crate) use runs::{Order, RUN_HEADER, Runs};
pub(crate) use server::{StopServer, Stopped};

/// Longest body of a request.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What every request can reach.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    supervisor: Supervisor,
    runs: Runs,
    began: Instant,
    started_at_ms: u64,
    start_ms: std::sync::OnceLock<f64>,
    /// Cancelled when the server is to end.
    stop: CancellationToken,
}

impl Api {
    /// The requests of one supervisor; `stop` is cancelled when somebody asks the server to end.
    pub fn new(supervisor: Supervisor, began: Instant, stop: CancellationToken) -> Self {
        let started_at_ms = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |past| past.as_millis() as u64);
        let inner = Inner {
            supervisor,
            runs: Runs::default(),
            began,
            started_at_ms,
            start_ms: std::sync::OnceLock::new(),
            stop,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The supervisor behind the requests.
    pub fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }

    pub(crate) fn runs(&self) -> &Runs {
        &self.inner.runs
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// The first request can be taken now.
    pub(crate) fn is_ready(&self) {
        self.inner.start_ms.get_or_init(|| self.inner.began.elapsed().as_secs_f64() * 1000.0);
    }
}

/// All requests.
pub fn router(api: Api) -> Router {
    let requests = Router::new()
        .route("/server", get(server::status))
        .route("/server/stop", post(server::stop))
        .route("/apps", get(apps::list))
        .route("/apps/{app}", get(apps::status))
        .route("/apps/{app}/start", post(apps::start))
        .route("/apps/{app}/stop", post(apps::stop))
        .route("/apps/{app}/restart", post(apps::restart))
        .route("/apps/{app}/settings", get(apps::settings).put(apps::save_settings))
        .route("/apps/{app}/logs", get(logs::logs))
        .route("/apps/{app}/attach", get(attach::attach))
        .route("/events", get(events::events))
        .route("/runs", get(runs::list).post(runs::start))
        .route("/runs/{run}/messages", post(runs::message))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(api);
    Router::new().nest("/api/v1", requests).fallback(unknown)
}

async fn unknown() -> Response {
    let message = "there is no such request".to_owned();
    Refusal::new(StatusCode::NOT_FOUND, "unknown-request", message, Some("look into docs/commands.md"))
        .into_response()
}

/// An answer that comes piece by piece.
fn streamed(
    kind: &'static str,
    pieces: impl Stream<Item = Result<Vec<u8>, std::convert::Infallible>> + Send + 'static,
) -> Response {
    let headers =
        [("content-type", kind), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")];
    (headers, Body::from_stream(pieces)).into_response()
}
