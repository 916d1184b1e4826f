//! `/events`: what happens to the apps, as JSON lines without end.
//!
//! Must not know: what an event means.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use pino_engine::supervise::BusLine;
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::{Api, streamed};
use crate::problem::Refusal;

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    /// Of this app only.
    app: Option<String>,
    /// Output of programs too.
    streams: bool,
}

struct Listener {
    lines: Receiver<Arc<BusLine>>,
    wanted: Wanted,
    stop: CancellationToken,
}

pub(super) async fn events(
    State(api): State<Api>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted?;
    let listener = Listener { lines: api.supervisor().bus().subscribe(), wanted, stop: api.stop().clone() };
    // a first line at once: whoever waits for events knows that none is missed from now on
    let hello = futures::stream::iter([Ok::<_, Infallible>(b"{\"t\":\"hello\"}\n".to_vec())]);
    let lines = futures::stream::unfold(listener, next);
    Ok(streamed("application/x-ndjson", futures::StreamExt::chain(hello, lines)))
}

async fn next(mut listener: Listener) -> Option<(Result<Vec<u8>, Infallible>, Listener)> {
    loop {
        let line = tokio::select! {
            line = listener.lines.recv() => line,
            () = listener.stop.cancelled() => return None,
        };
        let text = match line {
            Ok(line) => {
                let is_other = listener.wanted.app.as_deref().is_some_and(|app| app != &*line.app);
                if is_other || (line.is_stream && !listener.wanted.streams) {
                    continue;
                }
                format!("{}\n", line.json)
            }
            // a slow reader slows nobody down: it learns how much it has missed
            Err(RecvError::Lagged(missed)) => format!("{{\"t\":\"gap\",\"missed\":{missed}}}\n"),
            Err(RecvError::Closed) => return None,
        };
        return Some((Ok(text.into_bytes()), listener));
    }
}
