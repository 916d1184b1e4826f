//! What is passed on to the hub as it is: lists, questions, logins; with a copy of the answers for when the hub cannot be reached.
//!
//! Must not know: files of repositories.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER,
        USER_AGENT, WWW_AUTHENTICATE,
    },
};
use sha2::{Digest as _, Sha256};

use super::answer::{self, Body};
use crate::{hub::HubApi, transfer::write_atomically};

/// Questions are short; uploads do not go through here.
const MAX_QUESTION_BYTES: usize = 16 << 20;
/// Answers up to this size are kept.
const MAX_KEPT_BYTES: usize = 16 << 20;
const TIMEOUT: Duration = Duration::from_mins(1);

/// Headers that mean something to the other side.
const ASKED: [HeaderName; 4] = [ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT];
const ANSWERED: [HeaderName; 11] = [
    CONTENT_TYPE,
    LINK,
    LOCATION,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    HeaderName::from_static("x-repo-commit"),
    HeaderName::from_static("x-error-code"),
    HeaderName::from_static("x-error-message"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-total-count"),
    HeaderName::from_static("etag"),
];

/// Passes a question on.
pub(super) async fn pass(
    api: &HubApi,
    endpoint: &str,
    kept: &Path,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str).to_owned();
    let (is_get, is_head) = (request.method() == Method::GET, request.method() == Method::HEAD);
    let copy = (is_get && path.starts_with("/api/")).then(|| copy_path(kept, &path));
    let mut builder = api.request(request.method().clone(), &path).timeout(TIMEOUT);
    for name in ASKED {
        if let Some(value) = request.headers().get(&name) {
            builder = builder.header(name, value.clone());
        }
    }
    let host =
        request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    if !(is_get || is_head) {
        let Ok(body) = Limited::new(request.into_body(), MAX_QUESTION_BYTES).collect().await else {
            let text = "uploads do not go through this proxy; unset HF_ENDPOINT for them";
            return answer::text(StatusCode::PAYLOAD_TOO_LARGE, text);
        };
        builder = builder.body(body.to_bytes());
    }
    match builder.send().await {
        Ok(response) => passed_back(response, endpoint, &host, copy.as_deref()).await,
        Err(error) => from_copy(copy.as_deref()).unwrap_or_else(|| unreachable(&crate::http::causes(&error))),
    }
}

/// The hub does not answer.
pub(super) fn unreachable(cause: &str) -> Response<Body> {
    answer::text(StatusCode::BAD_GATEWAY, &format!("the hub cannot be reached: {cause}"))
}

async fn passed_back(
    response: reqwest::Response,
    endpoint: &str,
    host: &str,
    copy: Option<&Path>,
) -> Response<Body> {
    let (status, headers) = (response.status(), filtered(response.headers(), endpoint, host));
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.contains("json"));
    let is_short = response.content_length().is_none_or(|length| length <= MAX_KEPT_BYTES as u64);
    let body = if is_json && is_short {
        match response.bytes().await {
            Ok(bytes) => {
                let bytes = without_xet(bytes);
                if let Some(copy) = copy.filter(|_| status.is_success()) {
                    keep(copy, &bytes);
                }
                answer::full(bytes)
            }
            Err(error) => return unreachable(&crate::http::causes(&error)),
        }
    } else {
        streamed(response)
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn streamed(response: reqwest::Response) -> Body {
    let (send, receive) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        let mut chunks = response.bytes_stream().map_err(io::Error::other);
        while let Some(chunk) = chunks.next().await {
            let is_last = chunk.is_err();
            // a client that has left wants nothing more
            if send.send(chunk).await.is_err() || is_last {
                return;
            }
        }
    });
    answer::streamed(futures::stream::unfold(receive, |mut receive| async move {
        receive.recv().await.map(|chunk| (chunk, receive))
    }))
}

/// Addresses of the hub in headers lead here instead.
fn filtered(headers: &HeaderMap, endpoint: &str, host: &str) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in ANSWERED {
        for value in headers.get_all(&name) {
            let is_address = name == LINK || name == LOCATION;
            let text = value.to_str().ok().filter(|_| is_address);
            let value = match text.map(|text| text.replace(endpoint, &format!("http://{host}"))) {
                // another protocol, which goes around this proxy
                Some(text) if name == LINK && text.contains("xet") => continue,
                Some(text) => HeaderValue::from_str(&text).unwrap_or_else(|_| value.clone()),
                None => value.clone(),
            };
            kept.append(name.clone(), value);
        }
    }
    kept
}

/// Lists of files name content by another protocol's hashes too; clients that see them go around this proxy.
fn without_xet(bytes: Bytes) -> Bytes {
    let needle = b"\"xetHash\"";
    if !bytes.windows(needle.len()).any(|window| window == needle) {
        return bytes;
    }
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&bytes) else { return bytes };
    for entry in value.as_array_mut().into_iter().flatten().filter_map(serde_json::Value::as_object_mut) {
        entry.remove("xetHash");
    }
    serde_json::to_vec(&value).map_or(bytes, Bytes::from)
}

fn copy_path(folder: &Path, path: &str) -> PathBuf {
    folder.join(crate::request::hex_text(&Sha256::digest(path.as_bytes())))
}

fn keep(copy: &Path, bytes: &[u8]) {
    let write = || {
        std::fs::create_dir_all(copy.parent().unwrap_or(copy))?;
        write_atomically(copy, bytes)
    };
    let result: io::Result<()> = write();
    if let Err(error) = result {
        tracing::debug!(%error, "an answer of the hub was not kept");
    }
}

fn from_copy(copy: Option<&Path>) -> Option<Response<Body>> {
    let mut response = Response::new(answer::full(std::fs::read(copy?).ok()?));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_left_out() {
        let list = Bytes::from_static(br#"[{"path":"a","xetHash":"x","size":1}]"#);
        assert_eq!(&without_xet(list)[..], br#"[{"path":"a","size":1}]"#);
        let mut headers = HeaderMap::new();
        headers.append(LINK, HeaderValue::from_static("<https://hub/api/xet-read-token>; rel=\"xet-auth\""));
        headers.append(LINK, HeaderValue::from_static("<https://hub/api/tree?cursor=1>; rel=\"next\""));
        let kept = filtered(&headers, "https://hub", "127.0.0.1:9");
        let links: Vec<_> = kept.get_all(LINK).iter().collect();
        assert_eq!(links, ["<http://127.0.0.1:9/api/tree?cursor=1>; rel=\"next\""]);
    }
}
