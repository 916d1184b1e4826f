//! Requests for a file or a range of it, and the bytes of the answers with watchdog and speed limit.
//!
//! Must not know: where bytes go.

use std::time::{Duration, Instant};

use reqwest::{
    Client, Response, Url,
    header::{ACCEPT_ENCODING, HeaderName, HeaderValue, IF_RANGE, RANGE},
};

use super::{lane::Chunk, remote::Remote};
use crate::{DownloadError, DownloadRequest, http::same_origin, rate::HostRate, visible_url};

/// A transfer that brings less than this in the time of the watchdog counts as stalled.
const MIN_BYTES: usize = 1024;

/// What all requests of one download share.
pub(crate) struct Wire<'a> {
    /// Makes the requests.
    pub client: Client,
    /// What is wanted.
    pub request: &'a DownloadRequest,
    /// The address the request headers are meant for.
    pub origin: Url,
    /// Silence after which a transfer counts as stalled.
    pub stall: Duration,
    /// Speed limit.
    pub rate: HostRate,
    /// Connections at once.
    pub connections: usize,
}

/// A wanted part of the remote file.
#[derive(Clone, Copy)]
pub(super) struct Span<'r> {
    pub(super) start: u64,
    /// After the last byte; nothing means to the end.
    pub(super) end: Option<u64>,
    pub(super) remote: &'r Remote,
}

impl Wire<'_> {
    /// Sends the request, for the whole file or a part of it.
    pub(super) async fn ask(&self, url: &Url, span: Option<Span<'_>>) -> Result<Response, DownloadError> {
        let mut builder = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        // tokens go to whom they were meant for and nowhere else
        if same_origin(url, &self.origin) {
            for (name, value) in &self.request.headers {
                if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                    builder = builder.header(name, value);
                }
            }
        }
        if let Some(span) = span {
            let end = span.end.map(|end| (end - 1).to_string()).unwrap_or_default();
            builder = builder.header(RANGE, format!("bytes={}-{end}", span.start));
            if let Some(mark) = span.remote.if_range() {
                builder = builder.header(IF_RANGE, mark);
            }
        }
        let answer = tokio::time::timeout(self.stall, builder.send()).await;
        answer.map_err(|_elapsed| self.stalled(url))?.map_err(|error| failed_to_ask(url, &error))
    }

    /// The next bytes; nothing at the end.
    pub(super) async fn next(
        &self,
        response: &mut Response,
        watchdog: &mut Watchdog,
        url: &Url,
    ) -> Result<Option<Chunk>, DownloadError> {
        let next = tokio::time::timeout(self.stall, response.chunk()).await;
        let chunk = next.map_err(|_elapsed| self.stalled(url))?.map_err(|error| {
            DownloadError::Interrupted { url: visible_url(url), cause: crate::http::causes(&error) }
        })?;
        let Some(chunk) = chunk else { return Ok(None) };
        if watchdog.is_too_slow(chunk.len(), self.stall) {
            return Err(self.stalled(url));
        }
        self.rate.took(chunk.len()).await;
        Ok(Some(chunk))
    }

    pub(super) fn stalled(&self, url: &Url) -> DownloadError {
        DownloadError::Stalled { url: visible_url(url), waited: self.stall }
    }
}

fn failed_to_ask(url: &Url, error: &reqwest::Error) -> DownloadError {
    let (url, cause) = (visible_url(url), crate::http::causes(error));
    let is_unreachable = error.is_connect() || error.is_redirect() || error.is_builder();
    if is_unreachable {
        DownloadError::Unreachable { url, cause }
    } else {
        DownloadError::Interrupted { url, cause }
    }
}

/// Fails on an answer that is not the file.
pub(super) fn check_status(url: &Url, response: &Response) -> Result<(), DownloadError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let retry_after = super::retry_after(response.headers());
    Err(DownloadError::Status { url: visible_url(url), status, retry_after })
}

/// Notices transfers that drip.
pub(super) struct Watchdog {
    since: Instant,
    bytes: usize,
}

impl Watchdog {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), bytes: 0 }
    }

    fn is_too_slow(&mut self, bytes: usize, window: Duration) -> bool {
        self.bytes += bytes;
        if self.since.elapsed() < window {
            return false;
        }
        let is_too_slow = self.bytes < MIN_BYTES;
        *self = Self::new();
        is_too_slow
    }
}
