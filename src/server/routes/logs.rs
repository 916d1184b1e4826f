//! `/apps/{app}/logs`: what an app has printed, and what it prints from now on.
//!
//! Must not know: where logs are kept.

use std::convert::Infallible;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use pino_engine::supervise::LogQuery;

use super::{Api, streamed};
use crate::problem::Refusal;

pub(super) async fn logs(
    State(api): State<Api>,
    Path(app): Path<String>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let pieces = api.supervisor().logs(&app, query).await?;
    let stream = futures::stream::unfold((pieces, api.stop().clone()), |(mut pieces, stop)| async move {
        let piece = tokio::select! {
            piece = pieces.recv() => piece?,
            () = stop.cancelled() => return None,
        };
        Some((Ok::<_, Infallible>(piece), (pieces, stop)))
    });
    Ok(streamed("text/plain; charset=utf-8", stream))
}
