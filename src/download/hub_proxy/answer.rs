//! Answers and their bodies.
//!
//! Must not know: what is asked.

use std::io;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Response, StatusCode,
    body::Frame,
    header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue},
};

use super::transfer::Reader;
use crate::hub::FileMeta;

/// A body of any kind.
pub(super) type Body = BoxBody<Bytes, io::Error>;

/// A short text for people.
pub(super) fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Bytes that are here already.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// Bytes as they come.
pub(super) fn streamed(chunks: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    BodyExt::boxed(StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))))
}

/// The bytes of a reader.
pub(super) fn read(reader: Reader) -> Body {
    // a task of its own, so that the body can go to any thread
    let (send, receive) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        let mut reader = reader;
        loop {
            let (chunk, is_last) = match reader.next().await {
                Ok(Some(bytes)) => (Ok(bytes), false),
                Ok(None) => return,
                Err(error) => (Err(error), true),
            };
            // a client that has left wants nothing more
            if send.send(chunk).await.is_err() || is_last {
                return;
            }
        }
    });
    streamed(stream::unfold(receive, |mut receive| async move {
        receive.recv().await.map(|chunk| (chunk, receive))
    }))
}

/// The headers that `huggingface_hub` reads, and those of a file with ranges.
pub(super) fn describe(response: &mut Response<Body>, meta: &FileMeta, range: Option<(u64, u64)>) {
    let length = range.map_or(meta.size, |(first, last)| last - first + 1);
    let quoted = format!("\"{}\"", meta.etag);
    let headers = [
        (HeaderName::from_static("x-repo-commit"), meta.commit.clone()),
        (HeaderName::from_static("x-linked-etag"), quoted.clone()),
        (HeaderName::from_static("x-linked-size"), meta.size.to_string()),
        (ETAG, quoted),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
    ];
    let range = range.map(|(first, last)| (CONTENT_RANGE, format!("bytes {first}-{last}/{}", meta.size)));
    for (name, value) in headers.into_iter().chain(range) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}
