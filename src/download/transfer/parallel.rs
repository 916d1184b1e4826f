//! Several connections fetch the gaps of one file at once.
//!
//! Must not know: how often it is tried. A connection that fails gives its gap back; the others go on. What is here is noted
//! every second, always after it has been written.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use reqwest::{Response, StatusCode, Url};

use super::{
    lane::{Disk, Lane},
    part::{PartFile, write_error},
    remote::{Fit, Remote},
    segments::{Claim, Segments},
    wire::{Span, Watchdog, Wire, check_status},
};
use crate::{DownloadError, error::Retry, visible_url};

const CHECKPOINT: Duration = Duration::from_secs(1);

/// What the connections share.
struct Shared<'s, 'a> {
    wire: &'s Wire<'a>,
    url: &'s Url,
    /// Where redirects led: asked directly, so that each range saves the detour.
    direct: Option<&'s Url>,
    remote: &'s Remote,
    disk: Disk,
    path: &'s std::path::Path,
    segments: Mutex<Segments>,
    /// The server sends whole files whatever is asked.
    no_ranges: AtomicBool,
}

/// How the connections ended.
pub(super) enum Ended {
    /// Everything is here.
    Complete,
    /// The server has another file now.
    Changed,
}

/// Fetches all gaps; `first` is an answer with the whole file that has just begun.
pub(super) async fn fetch_gaps(
    wire: &Wire<'_>,
    addresses: (&Url, Option<&Url>),
    remote: &Remote,
    part: &mut PartFile,
    first: Option<Response>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Ended, DownloadError> {
    let total = remote.total.unwrap_or_default();
    let gaps = part.disk().tap.ranges().gaps(total);
    let (disk, path) = (part.disk().clone(), part.path().to_owned());
    let shared = Shared {
        wire,
        url: addresses.0,
        direct: addresses.1,
        remote,
        disk,
        path: &path,
        segments: Mutex::new(Segments::new(&gaps, wire.connections)),
        no_ranges: AtomicBool::new(false),
    };
    let result = shared.run(part, first, progress).await;
    part.disk().quiesce().await;
    part.save()?;
    result
}

impl Shared<'_, '_> {
    async fn run(
        &self,
        part: &mut PartFile,
        first: Option<Response>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Ended, DownloadError> {
        let mut lanes = FuturesUnordered::new();
        // the answer that has begun holds the beginning, so its connection claims before all others
        let begun = first.and_then(|response| Some((self.segments().claim()?, response)));
        lanes.push(self.lane(begun));
        for _ in 1..self.wire.connections {
            lanes.push(self.lane(None));
        }
        let mut ticks = tokio::time::interval(CHECKPOINT);
        let mut reports = tokio::time::interval(Duration::from_millis(200));
        let mut last_failure = None;
        loop {
            tokio::select! {
                ended = lanes.next() => match ended {
                    None => return self.outcome(part, last_failure),
                    Some(Ok(LaneEnd::NoWork)) => {}
                    Some(Ok(LaneEnd::Changed)) => return Ok(Ended::Changed),
                    Some(Err(error)) if error.retry() == Retry::Never => return Err(error),
                    Some(Err(error)) => last_failure = Some(error),
                },
                _ = reports.tick() => progress(part.len()),
                _ = ticks.tick() => part.checkpoint().await?,
            }
        }
    }

    fn outcome(&self, part: &PartFile, failure: Option<DownloadError>) -> Result<Ended, DownloadError> {
        let (here, total) = (part.len(), self.remote.total.unwrap_or_default());
        if here >= total {
            return Ok(Ended::Complete);
        }
        let url = visible_url(self.url);
        Err(failure.unwrap_or_else(|| DownloadError::Interrupted {
            url,
            cause: format!("{here} of {total} bytes came"),
        }))
    }

    fn segments(&self) -> std::sync::MutexGuard<'_, Segments> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection: gap after gap.
    async fn lane(&self, begun: Option<(Claim, Response)>) -> Result<LaneEnd, DownloadError> {
        if let Some((claim, response)) = begun {
            self.take_in(claim, response, self.remote.total.unwrap_or_default()).await?;
        }
        loop {
            if self.no_ranges.load(Ordering::Relaxed) {
                return Ok(LaneEnd::NoWork);
            }
            let Some(claim) = self.segments().claim() else { return Ok(LaneEnd::NoWork) };
            match self.ask(claim).await {
                Ok(Answer::Rest(response, body_end)) => self.take_in(claim, response, body_end).await?,
                Ok(Answer::Changed) => return Ok(LaneEnd::Changed),
                Ok(Answer::NoRanges) => {
                    self.no_ranges.store(true, Ordering::Relaxed);
                    self.segments().release(claim.id, claim.start);
                    return Ok(LaneEnd::NoWork);
                }
                Err(error) => {
                    self.segments().release(claim.id, claim.start);
                    return Err(error);
                }
            }
        }
    }

    async fn ask(&self, claim: Claim) -> Result<Answer, DownloadError> {
        let span = Span { start: claim.start, end: Some(claim.end), remote: self.remote };
        let url = self.direct.unwrap_or(self.url);
        let response = self.wire.ask(url, Some(span)).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => match self.remote.fit_of_rest(&response, claim.start) {
                Fit::Rest => Ok(Answer::Rest(response, claim.end)),
                Fit::Whole | Fit::Wrong(_) => Ok(Answer::Changed),
            },
            StatusCode::OK => {
                let now = Remote::of(&response);
                let is_same = now.total == self.remote.total && now.if_range() == self.remote.if_range();
                Ok(if is_same { Answer::NoRanges } else { Answer::Changed })
            }
            StatusCode::RANGE_NOT_SATISFIABLE => Ok(Answer::Changed),
            // the address a redirect gave lives for a while only
            status if status.is_client_error() && self.direct.is_some() => {
                let cause = format!("the address it redirects to answered {status}");
                Err(DownloadError::Interrupted { url: visible_url(self.url), cause })
            }
            _ => check_status(self.url, &response).map(|()| Answer::Changed),
        }
    }

    /// Receives a gap, and those behind it that nobody has taken while the answer goes on.
    async fn take_in(
        &self,
        claim: Claim,
        mut response: Response,
        body_end: u64,
    ) -> Result<(), DownloadError> {
        let mut lane = Lane::new(&self.disk, claim.start);
        let mut claim = claim;
        let received = self.receive(&mut claim, &mut lane, &mut response, body_end).await;
        let flushed = lane.flush().await.map_err(|source| write_error(self.path, source, 0));
        self.segments().release(claim.id, lane.written());
        received.and(flushed)
    }

    async fn receive(
        &self,
        claim: &mut Claim,
        lane: &mut Lane,
        response: &mut Response,
        body_end: u64,
    ) -> Result<(), DownloadError> {
        let mut watchdog = Watchdog::new();
        loop {
            let Some(mut chunk) = self.wire.next(response, &mut watchdog, self.url).await? else {
                let (here, cause) = (lane.position(), "the connection ended too early".to_owned());
                let is_short = here < claim.end;
                return if is_short {
                    Err(DownloadError::Interrupted { url: visible_url(self.url), cause })
                } else {
                    Ok(())
                };
            };
            while !chunk.is_empty() {
                let position = lane.position();
                let end = self.segments().advance(claim.id, position);
                let fits = chunk.len().min(end.saturating_sub(position) as usize);
                let here = chunk.split_to(fits);
                if !here.is_empty() {
                    let pushed = lane.push(here).await;
                    pushed.map_err(|source| write_error(self.path, source, fits as u64))?;
                }
                if lane.position() >= end {
                    self.segments().advance(claim.id, end);
                    // on into the next gap, unless another connection is there already
                    let next = if end < body_end { self.segments().claim_at(end) } else { None };
                    match next {
                        Some(next) => *claim = next,
                        None => return Ok(()),
                    }
                }
            }
        }
    }
}

/// How a connection ended.
enum LaneEnd {
    /// Nothing is left for it.
    NoWork,
    /// The server has another file now.
    Changed,
}

/// An answer to the request for a gap.
enum Answer {
    /// The bytes, up to this position.
    Rest(Response, u64),
    /// The whole file, unchanged.
    NoRanges,
    /// Another file.
    Changed,
}
