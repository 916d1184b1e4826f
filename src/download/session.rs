//! One download across its attempts: ask, decide whether what is here can be continued, receive, verify, name.
//!
//! Must not know: how often it is tried.

use std::{path::PathBuf, time::Duration};

use futures::StreamExt as _;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, CONTENT_DISPOSITION, HeaderName, HeaderValue, IF_RANGE, RANGE},
};
use tokio_util::sync::CancellationToken;

use crate::{
    DownloadError, DownloadRequest, How, OnProgress, Outcome, Progress, Target, disk, name,
    part::PartFile,
    progress::Throttle,
    remote::{Fit, Overlap, Plan, Remote, plan},
    verify, visible_url,
};

/// One download.
pub(crate) struct Session<'a> {
    client: Client,
    request: &'a DownloadRequest,
    url: Url,
    stall: Duration,
    progress: Throttle<'a>,
    place: Option<Place>,
    /// The server answered a range wrongly: whole files only from now on.
    ranges_refused: bool,
    resumed: bool,
}

/// What the first answer settled.
struct Place {
    target: PathBuf,
    part: PartFile,
    remote: Remote,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        client: Client,
        request: &'a DownloadRequest,
        url: Url,
        stall: Duration,
        progress: OnProgress<'a>,
    ) -> Self {
        let progress = Throttle::new(progress);
        Self { client, request, url, stall, progress, place: None, ranges_refused: false, resumed: false }
    }

    /// Bytes that are here.
    pub(crate) fn arrived(&self) -> u64 {
        self.place.as_ref().map_or(0, |place| place.part.len())
    }

    /// Saves what has arrived, so that a later attempt or run can go on.
    pub(crate) async fn keep(&mut self) {
        if let Some(place) = &mut self.place
            && let Err(error) = place.part.flush().await
        {
            tracing::warn!(%error, "what has arrived could not be kept");
        }
    }

    /// No further attempt follows: a part without a byte is of no use to anybody.
    pub(crate) fn abandon(&mut self) {
        if self.arrived() == 0
            && let Some(place) = self.place.take()
            && let Err(error) = place.part.discard()
        {
            tracing::warn!(%error, "an empty part could not be removed");
        }
    }

    /// Tries once.
    pub(crate) async fn attempt(&mut self, cancel: &CancellationToken) -> Result<Outcome, DownloadError> {
        if self.place.is_none() {
            let response = self.ask(None).await?;
            if let Some(outcome) = self.settle(&response, cancel).await? {
                return Ok(outcome);
            }
            if self.arrived() == 0 {
                return self.receive(response, None).await;
            }
        }
        self.go_on().await
    }

    /// Sends the request, for the whole file or from a position on.
    async fn ask(&self, from: Option<(u64, &Remote)>) -> Result<Response, DownloadError> {
        let mut builder = self.client.get(self.url.clone()).header(ACCEPT_ENCODING, "identity");
        for (name, value) in &self.request.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                builder = builder.header(name, value);
            }
        }
        if let Some((position, remote)) = from {
            builder = builder.header(RANGE, format!("bytes={position}-"));
            if let Some(mark) = remote.if_range() {
                builder = builder.header(IF_RANGE, mark);
            }
        }
        let answer = tokio::time::timeout(self.stall, builder.send()).await;
        answer.map_err(|_elapsed| self.stalled())?.map_err(|error| self.failed_to_ask(&error))
    }

    fn failed_to_ask(&self, error: &reqwest::Error) -> DownloadError {
        let (url, cause) = (visible_url(&self.url), crate::http::causes(error));
        let is_unreachable = error.is_connect() || error.is_redirect() || error.is_builder();
        if is_unreachable {
            DownloadError::Unreachable { url, cause }
        } else {
            DownloadError::Interrupted { url, cause }
        }
    }

    fn stalled(&self) -> DownloadError {
        DownloadError::Stalled { url: visible_url(&self.url), waited: self.stall }
    }

    /// First answer: the name, the part, what is there already. Gives the outcome when nothing is left to do.
    async fn settle(
        &mut self,
        response: &Response,
        cancel: &CancellationToken,
    ) -> Result<Option<Outcome>, DownloadError> {
        self.check_status(response)?;
        let remote = Remote::of(response);
        let target = self.target(response)?;
        if let Some(outcome) = self.already_there(&target, &remote).await? {
            return Ok(Some(outcome));
        }
        let opened = PartFile::open(&target, cancel).await?;
        let mut part = opened.part;
        if opened.waited
            && let Some(outcome) = self.already_there(&target, &remote).await?
        {
            part.discard()?;
            return Ok(Some(outcome));
        }
        self.take_over_beginning(&target, &mut part, &remote).await?;
        self.place = Some(Place { target, part, remote });
        Ok(None)
    }

    fn check_status(&self, response: &Response) -> Result<(), DownloadError> {
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let retry_after = crate::remote::retry_after(response.headers());
        Err(DownloadError::Status { url: visible_url(&self.url), status, retry_after })
    }

    fn target(&self, response: &Response) -> Result<PathBuf, DownloadError> {
        let disposition = response
            .headers()
            .get(CONTENT_DISPOSITION)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        let target = match &self.request.target {
            Target::File(path) => path.clone(),
            Target::Directory(folder) => {
                folder.join(name::choose(disposition.as_deref(), &self.url, response.url()))
            }
        };
        let folder = target.parent().unwrap_or(&target);
        std::fs::create_dir_all(folder).map_err(DownloadError::file("create the folder", folder))?;
        if target.is_dir() { Err(DownloadError::IsFolder { path: target }) } else { Ok(target) }
    }

    /// A file of the right size (and checksum, when one is given) is left alone.
    async fn already_there(
        &mut self,
        target: &PathBuf,
        remote: &Remote,
    ) -> Result<Option<Outcome>, DownloadError> {
        let Ok(metadata) = std::fs::metadata(target) else { return Ok(None) };
        let bytes = metadata.len();
        if remote.total != Some(bytes) {
            return Ok(None);
        }
        let matches = match &self.request.checksum {
            None => true,
            Some(checksum) => verify::digest(target, checksum.algorithm).await? == checksum.hex,
        };
        if matches {
            self.progress.finish(&progress_of(target, bytes, Some(bytes)));
        }
        Ok(matches.then(|| Outcome { path: target.clone(), bytes, how: How::AlreadyThere }))
    }

    /// A shorter file of the target's name may be the beginning left by another program. It stays in place; a copy goes on.
    async fn take_over_beginning(
        &self,
        target: &PathBuf,
        part: &mut PartFile,
        remote: &Remote,
    ) -> Result<(), DownloadError> {
        let existing = std::fs::metadata(target).map_or(0, |metadata| metadata.len());
        let is_shorter = remote.total.is_some_and(|total| existing < total);
        if part.len() == 0 && existing > 0 && is_shorter { part.adopt(target).await } else { Ok(()) }
    }

    /// Continues the part when that is possible, else starts it again.
    async fn go_on(&mut self) -> Result<Outcome, DownloadError> {
        let refused = self.ranges_refused;
        let Some(place) = &mut self.place else { return Err(self.stalled()) };
        let plan = if refused {
            Plan::Again
        } else {
            plan(place.part.len(), place.part.state().as_ref(), &place.remote)
        };
        match plan {
            Plan::Complete => self.complete().await,
            Plan::Again => self.again().await,
            Plan::From { position, check } => {
                let overlap = if check {
                    Some(Overlap::new(place.part.tail(place.part.len() - position).await?))
                } else {
                    None
                };
                self.continue_from(position, overlap).await
            }
        }
    }

    async fn again(&mut self) -> Result<Outcome, DownloadError> {
        let response = self.ask(None).await?;
        self.check_status(&response)?;
        self.start_over(response).await
    }

    /// The answer holds the whole file, perhaps a newer one.
    async fn start_over(&mut self, response: Response) -> Result<Outcome, DownloadError> {
        self.resumed = false;
        if let Some(place) = &mut self.place {
            place.part.clear().await?;
            place.remote = Remote::of(&response);
        }
        self.receive(response, None).await
    }

    async fn continue_from(
        &mut self,
        position: u64,
        overlap: Option<Overlap>,
    ) -> Result<Outcome, DownloadError> {
        let Some(place) = &self.place else { return Err(self.stalled()) };
        let response = self.ask(Some((position, &place.remote))).await?;
        let fit = match response.status() {
            StatusCode::PARTIAL_CONTENT => place.remote.fit_of_rest(&response, position),
            StatusCode::RANGE_NOT_SATISFIABLE => Fit::Wrong("the rest of the file is refused".to_owned()),
            _ => Fit::Whole,
        };
        match fit {
            Fit::Rest => {
                self.resumed = true;
                self.receive(response, overlap).await
            }
            Fit::Whole => {
                self.check_status(&response)?;
                self.start_over(response).await
            }
            Fit::Wrong(cause) => Err(self.wrong_range(cause)),
        }
    }

    fn wrong_range(&mut self, cause: String) -> DownloadError {
        self.ranges_refused = true;
        DownloadError::WrongRange { url: visible_url(&self.url), cause }
    }

    /// Takes in the body, which goes on where the part ends, or that much earlier that it begins with `overlap`.
    async fn receive(
        &mut self,
        response: Response,
        mut overlap: Option<Overlap>,
    ) -> Result<Outcome, DownloadError> {
        self.prepare()?;
        if overlap.is_none() {
            self.note_version()?;
        }
        let mut body = response.bytes_stream();
        loop {
            let next = tokio::time::timeout(self.stall, body.next()).await;
            let Some(chunk) = next.map_err(|_elapsed| self.stalled())? else { break };
            let chunk = chunk.map_err(|error| DownloadError::Interrupted {
                url: visible_url(&self.url),
                cause: crate::http::causes(&error),
            })?;
            let fresh = self.without_overlap(&chunk, &mut overlap)?;
            self.take_in(fresh).await?;
        }
        match overlap {
            None => self.complete().await,
            Some(_) => Err(self.wrong_range("it ends before what is here does".to_owned())),
        }
    }

    /// What of a chunk is new. Once the whole overlap has come again, the part is known to belong to this version.
    fn without_overlap<'c>(
        &mut self,
        chunk: &'c [u8],
        overlap: &mut Option<Overlap>,
    ) -> Result<&'c [u8], DownloadError> {
        let Some(expected) = overlap else { return Ok(chunk) };
        let Some(fresh) = expected.strip(chunk) else {
            return Err(self.wrong_range("what is here is not its beginning".to_owned()));
        };
        if expected.is_over() {
            *overlap = None;
            self.note_version()?;
        }
        Ok(fresh)
    }

    fn note_version(&self) -> Result<(), DownloadError> {
        match &self.place {
            Some(place) => place.part.set_state(&place.remote.state(&visible_url(&self.url))),
            None => Ok(()),
        }
    }

    /// Looks whether there is room for what is coming.
    fn prepare(&mut self) -> Result<(), DownloadError> {
        let Some(place) = &self.place else { return Ok(()) };
        let needed_bytes = place.remote.total.map_or(0, |total| total.saturating_sub(place.part.len()));
        let folder = place.part.path().parent().unwrap_or(place.part.path());
        match disk::available_bytes(folder) {
            Some(available_bytes) if available_bytes < needed_bytes => {
                Err(DownloadError::DiskFull { path: place.target.clone(), needed_bytes, available_bytes })
            }
            _ => Ok(()),
        }
    }

    async fn take_in(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        let Some(place) = &mut self.place else { return Ok(()) };
        place.part.append(bytes).await?;
        let (done, total) = (place.part.len(), place.remote.total);
        if total.is_some_and(|total| done > total) {
            return Err(self.wrong_range("more came than was announced".to_owned()));
        }
        self.progress.report(|| progress_of(&place.target, done, total));
        Ok(())
    }

    /// All bytes are here: checks the size and the checksum, then gives the file its name.
    async fn complete(&mut self) -> Result<Outcome, DownloadError> {
        let Some(place) = self.place.as_mut() else { return Err(self.stalled()) };
        place.part.flush().await?;
        let (bytes, total) = (place.part.len(), place.remote.total);
        if let Some(total) = total.filter(|total| bytes < *total) {
            let cause = format!("{bytes} of {total} bytes came");
            return Err(DownloadError::Interrupted { url: visible_url(&self.url), cause });
        }
        let Some(place) = self.place.take() else { return Err(self.stalled()) };
        let part = self.verified(place.part, &place.target).await?;
        part.finish(&place.target).await?;
        self.progress.finish(&progress_of(&place.target, bytes, total.or(Some(bytes))));
        let how = if self.resumed { How::Resumed } else { How::Downloaded };
        Ok(Outcome { path: place.target, bytes, how })
    }

    async fn verified(&self, part: PartFile, target: &std::path::Path) -> Result<PartFile, DownloadError> {
        let Some(checksum) = &self.request.checksum else { return Ok(part) };
        let actual = verify::digest(part.path(), checksum.algorithm).await?;
        if actual == checksum.hex {
            return Ok(part);
        }
        part.discard()?;
        Err(DownloadError::Checksum { path: target.to_owned(), expected: checksum.hex.clone(), actual })
    }
}

fn progress_of(target: &std::path::Path, done: u64, total: Option<u64>) -> Progress {
    let label = target.file_name().unwrap_or(target.as_os_str()).to_string_lossy().into_owned();
    Progress { label, done, total }
}
