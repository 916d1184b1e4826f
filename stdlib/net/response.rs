//! From the answer to a value.
//!
//! Must not know: how the request was made.

use std::time::Duration;

use futures::StreamExt as _;
use mlua::Value;
use pino_vm::parse_json;
use reqwest::{RequestBuilder, StatusCode};

use crate::{Call, MethodError};

/// Largest body; bigger things are for `fs.download`.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How much of an error's body is shown.
const SHOWN_CHARACTERS: usize = 300;

/// Sends the request and takes in the answer.
pub(super) async fn receive(
    builder: RequestBuilder,
    shown: &str,
    timeout: Duration,
) -> Result<Vec<u8>, MethodError> {
    let failed = |error: reqwest::Error| MethodError::Failed(explained(&error, shown, timeout));
    let answer = builder.send().await.map_err(failed)?;
    let status = answer.status();
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.map_err(failed)?);
        if body.len() > MAX_BYTES {
            let text = format!(
                "net: {shown} answers with more than {} MiB; use fs.download for large files",
                MAX_BYTES >> 20
            );
            return Err(MethodError::Failed(text));
        }
    }
    if status.is_success() { Ok(body) } else { Err(MethodError::Failed(refused(shown, status, &body))) }
}

fn explained(error: &reqwest::Error, shown: &str, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!(
            "net: {shown} did not answer within {} s; set \"timeout\" (in ms) if it needs longer",
            timeout.as_secs_f64()
        );
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("net: cannot reach {shown}: {cause}; check the address and that the server runs")
}

fn refused(shown: &str, status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let excerpt: String = text.trim().chars().take(SHOWN_CHARACTERS).collect();
    let separator = if excerpt.is_empty() { "" } else { ": " };
    format!("net: {shown} answered {status}{separator}{excerpt}")
}

/// JSON when the text is JSON, else text; bytes when asked for.
pub(super) fn value(call: &Call, body: &[u8], wants: &str) -> Result<Value, MethodError> {
    if matches!(wants, "arraybuffer" | "blob" | "stream") {
        return Ok(pino_vm::new_buffer(&call.lua, body.to_vec())?);
    }
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if wants != "text"
        && let Ok(value) = parse_json(&call.lua, text)
    {
        return Ok(value);
    }
    Ok(Value::String(call.lua.create_string(text)?))
}
