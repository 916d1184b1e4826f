//! `/server`: how it is, and its end.
//!
//! Must not know: apps beyond their count.

use std::collections::BTreeMap;

use axum::{Json, extract::State, extract::rejection::JsonRejection};
use pino_model::{Problem, ServerStatus};
use serde::{Deserialize, Serialize};

use super::Api;
use crate::problem::Refusal;

pub(super) async fn status(State(api): State<Api>) -> Json<ServerStatus> {
    let supervisor = api.supervisor().clone();
    let home = supervisor.home().display().to_string();
    let mut apps: BTreeMap<String, usize> = BTreeMap::new();
    // reads the disk; a failed task leaves the count empty
    let list = tokio::task::spawn_blocking(move || supervisor.list()).await.unwrap_or_default();
    for app in list {
        *apps.entry(app.state.name().to_owned()).or_default() += 1;
    }
    Json(ServerStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        home,
        started_at_ms: api.inner.started_at_ms,
        start_ms: api.inner.start_ms.get().copied().unwrap_or_default(),
        apps,
    })
}

/// How to end the server.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StopServer {
    /// Stop its apps too; otherwise they run on.
    pub(crate) stop_apps: bool,
}

/// What could not be stopped.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stopped {
    pub(crate) problems: Vec<Problem>,
}

pub(super) async fn stop(
    State(api): State<Api>,
    body: Result<Json<StopServer>, JsonRejection>,
) -> Result<Json<Stopped>, Refusal> {
    let Json(request) = body?;
    let failed = if request.stop_apps { api.supervisor().stop_all().await } else { Vec::new() };
    api.runs().stop_all().await;
    api.stop().cancel();
    Ok(Json(Stopped {
        problems: failed.iter().map(pino_engine::supervise::SuperviseError::problem).collect(),
    }))
}
