//! The download service: attempts, pauses between them, mirrors, giving up; one download of an address at a time.
//!
//! Must not know: what one attempt does on the wire.

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use tokio_util::sync::CancellationToken;

use crate::{
    Checksum, DownloadError, DownloadRequest, HttpClients, Limits, OnProgress, Outcome, Progress, Queue,
    Rates, checksum_file,
    error::Retry,
    queue::{Known, Stop, Track, UrlLock},
    rate::RateLimits,
    transfer::{Session, Wire},
};

/// Progress that makes the count of failed attempts start again.
const WORTHWHILE_BYTES: u64 = 1 << 20;
/// More connections to one server are no help and a nuisance.
const MAX_CONNECTIONS: usize = 64;

/// The download service. Clones share their connections.
#[derive(Clone, Debug, Default)]
pub struct Downloads {
    clients: Arc<HttpClients>,
    limits: Limits,
    rates: Arc<RateLimits>,
    queue: Option<Queue>,
}

impl Downloads {
    /// A service with the usual patience.
    pub fn new() -> Self {
        Self::default()
    }

    /// A service with a patience of its own.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The same service that keeps to these speeds.
    #[must_use]
    pub fn at_rates(self, rates: Rates) -> Self {
        Self { rates: Arc::new(RateLimits::new(rates)), ..self }
    }

    /// The same service that notes what it does in `<home>/pino/downloads`, where other processes see and steer it.
    #[must_use]
    pub fn noted_in(self, queue: Queue) -> Self {
        Self { queue: Some(queue), ..self }
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
        let sources = Sources::of(request)?;
        let track = self.queue.as_ref().and_then(|queue| Track::begin(queue, request));
        let report = |told: &Progress| {
            if let Some(track) = &track {
                track.progress(told);
            }
            progress(told);
        };
        let result = self.fetch_alone(request, sources, cancel, track.as_ref(), &report).await;
        request.tap.end();
        if let Some(track) = track {
            track.end(&result);
        }
        result
    }

    /// Waits until nobody else fetches this address, then fetches it.
    async fn fetch_alone(
        &self,
        request: &DownloadRequest,
        sources: Sources,
        cancel: &CancellationToken,
        track: Option<&Track>,
        progress: OnProgress<'_>,
    ) -> Result<Outcome, DownloadError> {
        let folder = self.queue.as_ref().map(Queue::folder);
        let lock = UrlLock::acquire(folder, sources.first().as_str(), cancel).await?;
        let checksum = self.checksum(request, &sources, cancel).await?;
        let wire = self.wire(request, sources.first())?;
        let mut session =
            Session::new(wire, checksum, progress, Arc::clone(&request.tap)).aware_of(lock.known());
        let outcome = self.attempts(&mut session, sources, cancel, track).await?;
        if let Some(known) = session.etag().and_then(|etag| Known::of(&outcome.path, etag)) {
            lock.remember(&known);
        }
        Ok(outcome)
    }

    fn wire<'a>(&self, request: &'a DownloadRequest, url: &Url) -> Result<Wire<'a>, DownloadError> {
        Ok(Wire {
            client: self.clients.files(&request.proxies)?,
            request,
            origin: url.clone(),
            stall: self.limits.stall,
            rate: self.rates.for_host(url.host_str().unwrap_or_default()),
            connections: request.connections.unwrap_or(self.limits.connections).clamp(1, MAX_CONNECTIONS),
        })
    }

    async fn checksum(
        &self,
        request: &DownloadRequest,
        sources: &Sources,
        cancel: &CancellationToken,
    ) -> Result<Option<Checksum>, DownloadError> {
        let Some(address) = request.checksum_file.as_deref().filter(|_| request.checksum.is_none()) else {
            return Ok(request.checksum.clone());
        };
        let address = parse_url(address)?;
        let client = self.clients.pages(&request.proxies)?;
        tokio::select! {
            () = cancel.cancelled() => Err(DownloadError::Cancelled),
            found = checksum_file::fetch(&client, &address, sources.first(), &request.target) => found.map(Some),
        }
    }

    async fn attempts(
        &self,
        session: &mut Session<'_>,
        mut sources: Sources,
        cancel: &CancellationToken,
        track: Option<&Track>,
    ) -> Result<Outcome, DownloadError> {
        let mut patience = Patience::new(self.limits);
        let mut is_second_try = false;
        loop {
            let before = session.arrived();
            let result = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(DownloadError::Cancelled),
                stop = stopped(track) => Ok(Err(stop)),
                result = session.attempt(cancel) => result.map(Ok),
            };
            match result {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(stop)) => obey(stop, session, track, cancel).await?,
                // what an earlier run or another mirror left was not the beginning of this file
                Err(DownloadError::Checksum { .. }) if session.is_resumed() && !is_second_try => {
                    is_second_try = true;
                }
                Err(error) => {
                    session.keep().await;
                    let arrived = session.arrived().saturating_sub(before);
                    let pause = match sources.after(&error) {
                        Some(url) if error.retry() == Retry::Never => {
                            session.turn_to(url);
                            Duration::ZERO
                        }
                        next => {
                            let pause = patience.after(error, arrived).inspect_err(|_| session.abandon())?;
                            if let Some(url) = next {
                                session.turn_to(url);
                            }
                            pause
                        }
                    };
                    wait(pause, cancel).await?;
                }
            }
        }
    }
}

/// A person's wish; never where nobody can wish.
async fn stopped(track: Option<&Track>) -> Stop {
    match track {
        Some(track) => track.stopped().await,
        None => std::future::pending().await,
    }
}

/// Pauses as long as wished; an error when it is to end.
async fn obey(
    stop: Stop,
    session: &mut Session<'_>,
    track: Option<&Track>,
    cancel: &CancellationToken,
) -> Result<(), DownloadError> {
    session.keep().await;
    let Some(track) = track else { return Ok(()) };
    if stop == Stop::Cancel {
        session.give_up();
        return Err(DownloadError::CancelledByPerson);
    }
    tokio::select! {
        () = cancel.cancelled() => Err(DownloadError::Cancelled),
        over = track.paused() => over.inspect_err(|_| session.give_up()),
    }
}

/// The address and its mirrors.
#[derive(Debug)]
struct Sources {
    urls: Vec<Url>,
    refused: Vec<bool>,
    at: usize,
}

impl Sources {
    fn of(request: &DownloadRequest) -> Result<Self, DownloadError> {
        let texts = std::iter::once(&request.url).chain(&request.mirrors);
        let urls: Vec<_> = texts.map(|text| parse_url(text)).collect::<Result<_, _>>()?;
        Ok(Self { refused: vec![false; urls.len()], urls, at: 0 })
    }

    fn first(&self) -> &Url {
        &self.urls[0]
    }

    /// Which address to ask after a failure; nothing: the same again, or none is left.
    fn after(&mut self, error: &DownloadError) -> Option<Url> {
        if !error.is_of_source() {
            return None;
        }
        self.refused[self.at] = error.retry() == Retry::Never;
        let following = (1..self.urls.len()).map(|step| (self.at + step) % self.urls.len());
        self.at = following.into_iter().find(|index| !self.refused[*index])?;
        Some(self.urls[self.at].clone())
    }
}

pub(crate) fn parse_url(text: &str) -> Result<Url, DownloadError> {
    let bad = |reason: String| DownloadError::BadUrl { url: shown(text), reason };
    let mut url = Url::parse(text.trim()).map_err(|error| bad(error.to_string()))?;
    url.set_fragment(None);
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(bad(format!("{scheme}: is not supported"))),
    }
}

/// Text that is no address, without what follows `?`.
fn shown(text: &str) -> String {
    text.split('?').next().unwrap_or(text).to_owned()
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
    fn mirrors_are_asked_in_turn_and_refusals_are_final() {
        let mut request = DownloadRequest::new("http://a/x", crate::Target::File("x".into()));
        request.mirrors = vec!["http://b/x".into(), "http://c/x".into()];
        let mut sources = Sources::of(&request).unwrap_or_else(|error| panic!("{error}"));
        let host = |url: Option<Url>| url.and_then(|url| url.host_str().map(str::to_owned));
        let missing = || DownloadError::Status {
            url: "u".into(),
            status: reqwest::StatusCode::NOT_FOUND,
            retry_after: None,
        };
        assert_eq!(host(sources.after(&interrupted())).as_deref(), Some("b"));
        assert_eq!(host(sources.after(&missing())).as_deref(), Some("c"));
        assert_eq!(host(sources.after(&interrupted())).as_deref(), Some("a"));
        assert_eq!(host(sources.after(&missing())).as_deref(), Some("c"));
        assert_eq!(host(sources.after(&missing())), None);
        assert_eq!(host(sources.after(&DownloadError::Cancelled)), None);
    }

    #[test]
    fn only_web_addresses() {
        assert!(parse_url("https://h/x").is_ok());
        assert!(matches!(parse_url("file:///etc/passwd"), Err(DownloadError::BadUrl { .. })));
        assert!(matches!(parse_url("no address"), Err(DownloadError::BadUrl { .. })));
    }
}
