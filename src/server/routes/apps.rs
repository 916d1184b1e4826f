//! `/apps`: list, status, start, stop, restart, settings.
//!
//! Must not know: how an app runs.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
};
use pino_engine::supervise::AppSettings;
use pino_model::{AppStatus, StartRequest, StopRequest};
use serde::{Deserialize, Serialize};

use super::Api;
use crate::problem::Refusal;

/// All apps.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AppList {
    pub(crate) apps: Vec<AppStatus>,
}

type Body<T> = Result<Json<T>, JsonRejection>;
type Answer<T> = Result<Json<T>, Refusal>;

pub(super) async fn list(State(api): State<Api>) -> Answer<AppList> {
    let supervisor = api.supervisor().clone();
    let apps = tokio::task::spawn_blocking(move || supervisor.list()).await.map_err(|error| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string(), None)
    })?;
    Ok(Json(AppList { apps }))
}

pub(super) async fn status(State(api): State<Api>, Path(app): Path<String>) -> Answer<AppStatus> {
    Ok(Json(api.supervisor().status(&app)?))
}

pub(super) async fn start(
    State(api): State<Api>,
    Path(app): Path<String>,
    body: Body<StartRequest>,
) -> Answer<AppStatus> {
    let Json(request) = body?;
    Ok(Json(api.supervisor().start(&app, request).await?))
}

pub(super) async fn stop(
    State(api): State<Api>,
    Path(app): Path<String>,
    body: Body<StopRequest>,
) -> Answer<AppStatus> {
    let Json(request) = body?;
    Ok(Json(api.supervisor().stop(&app, request).await?))
}

pub(super) async fn restart(
    State(api): State<Api>,
    Path(app): Path<String>,
    body: Body<StartRequest>,
) -> Answer<AppStatus> {
    let Json(request) = body?;
    Ok(Json(api.supervisor().restart(&app, request).await?))
}

pub(super) async fn settings(State(api): State<Api>, Path(app): Path<String>) -> Answer<AppSettings> {
    api.supervisor().status(&app)?;
    Ok(Json(AppSettings::load(api.supervisor().home(), &app)?))
}

pub(super) async fn save_settings(
    State(api): State<Api>,
    Path(app): Path<String>,
    body: Body<AppSettings>,
) -> Answer<AppSettings> {
    let Json(settings) = body?;
    api.supervisor().status(&app)?;
    api.supervisor().save_settings(&app, &settings)?;
    Ok(Json(settings))
}
