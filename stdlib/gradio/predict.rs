//! `gradio.predict`: one call of an endpoint, from the arguments to the result.
//!
//! Source: Gradio's guide "Querying Gradio apps with curl": `POST /gradio_api/call/<name>`, then its event stream; Gradio 4 has
//! no prefix, Gradio 3 answers `POST /run/<name>` at once. Must not know: file arguments, the stream's form.

use futures::StreamExt as _;
use mlua::Value;
use pino_download::Proxies;
use pino_model::Data;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value as Json, json};

use super::{events::EventReader, files};
use crate::{Call, MethodError};

/// Largest description of an app.
const CONFIG_LIMIT_BYTES: usize = 64 << 20;

/// `{uri, path, params}` → `{data, endpoint}`.
pub(super) async fn predict(call: &Call) -> Result<Value, MethodError> {
    let uri = call.required("gradio.predict", "uri")?.trim_end_matches('/').to_owned();
    let name = call.required("gradio.predict", "path")?;
    let endpoint = format!("/{}", name.trim_start_matches('/'));
    let mut arguments = arguments(call)?;
    let proxies = Proxies::from_variables(&call.host.environment(&call.place.script));
    let client = call.host.downloads().clients().pages(&proxies);
    let client = client.map_err(|error| MethodError::Failed(format!("gradio.predict: {error}")))?;
    let cancel = call.host.cancellation(&call.place);
    let work = async {
        let base = format!("{uri}{}", prefix(&client, &uri).await?);
        files::hand_over(call, &client, &base, &mut arguments).await?;
        run(&client, &base, &endpoint, &arguments).await
    };
    let data = tokio::select! {
        () = cancel.cancelled() => return Err(MethodError::Stopped),
        data = work => data?,
    };
    call.value(&Data::from(json!({"data": data, "endpoint": endpoint})))
}

/// The positional arguments; a single value counts as one.
fn arguments(call: &Call) -> Result<Json, MethodError> {
    let text = pino_vm::stringify_json(&call.lua, &call.param("params")?, 0)?;
    let value = serde_json::from_str(&text.unwrap_or_else(|| "[]".to_owned()))
        .map_err(|error| MethodError::BadParams(format!("gradio.predict: {error}")))?;
    Ok(match value {
        Json::Array(_) => value,
        Json::Null => json!([]),
        single => json!([single]),
    })
}

/// Where the app keeps its interface (`/gradio_api` since version 5).
async fn prefix(client: &Client, uri: &str) -> Result<String, MethodError> {
    let answer =
        client.get(format!("{uri}/config")).send().await.map_err(|error| unreachable(uri, &error))?;
    if !answer.status().is_success() {
        let text = format!(
            "gradio.predict: {uri} answered {} when asked for its description; is it a Gradio app?",
            answer.status()
        );
        return Err(MethodError::Failed(text));
    }
    let config: Json = serde_json::from_slice(&body(answer, uri).await?).map_err(|error| {
        MethodError::Failed(format!(
            "gradio.predict: {uri} is no Gradio app: its /config is no JSON ({error})"
        ))
    })?;
    let prefix = config["api_prefix"].as_str().unwrap_or_default().trim_end_matches('/');
    Ok(if prefix.starts_with('/') { prefix.to_owned() } else { String::new() })
}

async fn body(answer: Response, uri: &str) -> Result<Vec<u8>, MethodError> {
    let mut bytes = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| unreachable(uri, &error))?);
        if bytes.len() > CONFIG_LIMIT_BYTES {
            return Err(MethodError::Failed(format!(
                "gradio.predict: {uri} does not stop talking; it was cut off"
            )));
        }
    }
    Ok(bytes)
}

fn unreachable(uri: &str, error: &reqwest::Error) -> MethodError {
    MethodError::Failed(format!("gradio.predict: cannot reach {uri}: {error}; check that the app runs"))
}

async fn run(client: &Client, base: &str, endpoint: &str, arguments: &Json) -> Result<Json, MethodError> {
    let url = format!("{base}/call{endpoint}");
    let body = json!({"data": arguments});
    let answer = client.post(&url).json(&body).send().await.map_err(|error| unreachable(base, &error))?;
    if matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
        return run_at_once(client, base, endpoint, &body).await;
    }
    let started = accepted(answer, endpoint).await?;
    let id = started["event_id"].as_str().filter(|id| is_plain(id)).ok_or_else(|| {
        MethodError::Failed(format!("gradio.predict: {endpoint} was taken, but the app gave no event id"))
    })?;
    let stream = client.get(format!("{url}/{id}")).send().await.map_err(|error| unreachable(base, &error))?;
    follow(stream, base, endpoint).await
}

/// An id that is part of the next address.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Gradio 3: the answer is the result.
async fn run_at_once(client: &Client, base: &str, endpoint: &str, body: &Json) -> Result<Json, MethodError> {
    let request = client.post(format!("{base}/run{endpoint}")).json(body);
    let answer = request.send().await.map_err(|error| unreachable(base, &error))?;
    if answer.status() == StatusCode::NOT_FOUND {
        let text = format!(
            "gradio.predict: the app at {base} has no endpoint {endpoint}; its page lists them under \"API\""
        );
        return Err(MethodError::Failed(text));
    }
    Ok(accepted(answer, endpoint).await?["data"].take())
}

async fn accepted(answer: Response, endpoint: &str) -> Result<Json, MethodError> {
    let status = answer.status();
    let bytes = body(answer, endpoint).await?;
    let value = serde_json::from_slice::<Json>(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok(value);
    }
    let said = value["error"].as_str().or_else(|| value["detail"].as_str()).map(str::to_owned);
    let said = said.unwrap_or_else(|| String::from_utf8_lossy(&bytes).chars().take(300).collect());
    Err(MethodError::Failed(format!("gradio.predict: {endpoint} answered {status}: {said}")))
}

/// Waits for the result in the event stream.
async fn follow(stream: Response, base: &str, endpoint: &str) -> Result<Json, MethodError> {
    let mut reader = EventReader::default();
    let mut pieces = stream.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| unreachable(base, &error))?;
        let events = reader.feed(&piece).map_err(|super::events::TooLong| {
            MethodError::Failed(format!("gradio.predict: the result of {endpoint} is too large"))
        })?;
        for event in events {
            match event.name.as_str() {
                "complete" => return result(&event.data, endpoint),
                "error" => {
                    let said =
                        if event.data == "null" { "no reason given; see the app's log" } else { &event.data };
                    return Err(MethodError::Failed(format!("gradio.predict: {endpoint} failed: {said}")));
                }
                _ => {} // heartbeats and unfinished results
            }
        }
    }
    Err(MethodError::Failed(format!(
        "gradio.predict: the app closed the stream of {endpoint} without a result"
    )))
}

fn result(text: &str, endpoint: &str) -> Result<Json, MethodError> {
    serde_json::from_str(text).map_err(|error| {
        MethodError::Failed(format!("gradio.predict: the result of {endpoint} is no JSON: {error}"))
    })
}
