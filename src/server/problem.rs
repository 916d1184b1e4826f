//! Failures as answers: a status, and a body with code, message and next step.
//!
//! Must not know: routes.

use axum::{
    Json,
    extract::rejection::{JsonRejection, QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use pino_engine::supervise::SuperviseError;
use pino_model::Problem;

/// A request that could not be carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Problem,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: String, next: Option<&str>) -> Self {
        Self { status, problem: Problem { code: code.to_owned(), message, next: next.map(str::to_owned) } }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.problem)).into_response()
    }
}

impl From<SuperviseError> for Refusal {
    fn from(error: SuperviseError) -> Self {
        let status = match &error {
            SuperviseError::NoSuchApp { .. } | SuperviseError::NoScript { .. } => StatusCode::NOT_FOUND,
            SuperviseError::BadName(_) | SuperviseError::Settings { .. } => StatusCode::BAD_REQUEST,
            SuperviseError::NotInstalled { .. }
            | SuperviseError::Dependency { .. }
            | SuperviseError::NotRunning(_)
            | SuperviseError::Installing(_)
            | SuperviseError::Failed { .. } => StatusCode::CONFLICT,
            SuperviseError::GoingDown => StatusCode::SERVICE_UNAVAILABLE,
            SuperviseError::Start(_) | SuperviseError::Stop { .. } | SuperviseError::Io { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self { status, problem: error.problem() }
    }
}

impl From<JsonRejection> for Refusal {
    fn from(error: JsonRejection) -> Self {
        Self::new(
            error.status(),
            "bad-request",
            format!("the body cannot be used: {}", error.body_text()),
            None,
        )
    }
}

impl From<QueryRejection> for Refusal {
    fn from(error: QueryRejection) -> Self {
        Self::new(
            error.status(),
            "bad-request",
            format!("the query cannot be used: {}", error.body_text()),
            None,
        )
    }
}
