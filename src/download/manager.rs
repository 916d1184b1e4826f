//! The download service: attempts, pauses between them, giving up.
//!
//! Must not know: what one attempt does on the wire.

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use tokio_util::sync::CancellationToken;

use crate::{
    DownloadError, DownloadRequest, HttpClients, Limits, OnProgress, Outcome, error::Retry, session::Session,
};

/// Progress that makes the count of failed attempts start again.
const WORTHWHILE_BYTES: u64 = 1 << 20;

/// The download service. Clones share their connections.
#[derive(Clone, Debug, Default)]
pub struct Downloads {
    clients: Arc<HttpClients>,
    limits: Limits,
}

impl Downloads {
    /// A service with the usual patience.
    pub fn new() -> Self {
        Self::default()
    }

    /// A service with a patience of its own.
    pub fn with_limits(limits: Limits) -> Self {
        Self { clients: Arc::default(), limits }
    }

    /// The HTTP clients, for requests that are no downloads.
    pub fn clients(&self) -> &HttpClients {
        &self.clients
    }

    /// Fetches a file, going on where an earlier download stopped; a complete file is left as it is.
    pub async fn fetch(
        &self,
        request: &DownloadRequest,
        cancel: &CancellationToken,
        progress: OnProgress<'_>,
    ) -> Result<Outcome, DownloadError> {
        let url = parse_url(&request.url)?;
        let mut session =
            Session::new(self.clients.files(&request.proxies)?, request, url, self.limits.stall, progress);
        let mut patience = Patience::new(self.limits);
        loop {
            let before = session.arrived();
            let result = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(DownloadError::Cancelled),
                result = session.attempt(cancel) => result,
            };
            match result {
                Err(error) => {
                    session.keep().await;
                    let arrived = session.arrived().saturating_sub(before);
                    let next = patience.after(error, arrived).inspect_err(|_| session.abandon());
                    wait(next?, cancel).await?;
                }
                Ok(outcome) => return Ok(outcome),
            }
        }
    }
}

fn parse_url(text: &str) -> Result<Url, DownloadError> {
    let bad = |reason: String| DownloadError::BadUrl { url: text.to_owned(), reason };
    let url = Url::parse(text.trim()).map_err(|error| bad(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(bad(format!("{scheme}: is not supported"))),
    }
}

async fn wait(pause: Duration, cancel: &CancellationToken) -> Result<(), DownloadError> {
    tokio::select! {
        () = cancel.cancelled() => Err(DownloadError::Cancelled),
        () = tokio::time::sleep(pause) => Ok(()),
    }
}

/// How often it has failed and how long to wait next.
struct Patience {
    limits: Limits,
    failures: u32,
    unreachable: u32,
}

impl Patience {
    fn new(limits: Limits) -> Self {
        Self { limits, failures: 0, unreachable: 0 }
    }

    /// The pause before the next attempt, or the error when there is none. Bytes that arrived make it patient again.
    fn after(&mut self, error: DownloadError, arrived: u64) -> Result<Duration, DownloadError> {
        if arrived >= WORTHWHILE_BYTES {
            (self.failures, self.unreachable) = (0, 0);
        }
        self.failures += 1;
        let asked = match error.retry() {
            Retry::Never => return Err(error),
            Retry::After(pause) => pause,
            Retry::Briefly => {
                self.unreachable += 1;
                Duration::ZERO
            }
        };
        let too_often =
            self.failures >= self.limits.attempts || self.unreachable >= self.limits.unreachable_attempts;
        if too_often {
            return Err(DownloadError::GaveUp { attempts: self.failures, last: Box::new(error) });
        }
        tracing::debug!(%error, "trying again");
        let doubled = self.limits.first_pause.saturating_mul(1 << (self.failures - 1).min(16));
        Ok(doubled.max(asked).min(self.limits.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupted() -> DownloadError {
        DownloadError::Interrupted { url: "u".into(), cause: "c".into() }
    }

    #[test]
    fn pauses_double_and_end() {
        let limits = Limits { attempts: 4, ..Limits::default() };
        let mut patience = Patience::new(limits);
        let seconds: Vec<_> =
            (0..4).map(|_| patience.after(interrupted(), 0).map(|p| p.as_secs()).ok()).collect();
        assert_eq!(seconds, [Some(1), Some(2), Some(4), None]);
    }

    #[test]
    fn progress_makes_patient_again() {
        let mut patience = Patience::new(Limits { attempts: 2, ..Limits::default() });
        assert!((0..50).all(|_| patience.after(interrupted(), WORTHWHILE_BYTES).is_ok()));
    }

    #[test]
    fn only_web_addresses() {
        assert!(parse_url("https://h/x").is_ok());
        assert!(matches!(parse_url("file:///etc/passwd"), Err(DownloadError::BadUrl { .. })));
        assert!(matches!(parse_url("no address"), Err(DownloadError::BadUrl { .. })));
    }
}
