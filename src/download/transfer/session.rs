//! One download across its attempts: ask, decide whether what is here can be continued, receive, verify, name.
//!
//! Must not know: how often it is tried.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use reqwest::{Response, StatusCode, Url, header::CONTENT_DISPOSITION};
use tokio_util::sync::CancellationToken;

use super::{
    lane::Chunk,
    parallel::{Ended, fetch_gaps},
    part::PartFile,
    remote::{Fit, Overlap, Plan, Remote, plan},
    tap::Tap,
    wire::{Span, Watchdog, Wire, check_status},
};
use crate::{
    Checksum, DownloadError, DownloadRequest, How, OnProgress, Outcome, Progress, Target, disk, name,
    progress::Throttle, queue::Known, verify, visible_url,
};

/// A file has to be this large to be worth several connections.
const MIN_PARALLEL_BYTES: u64 = 16 << 20;
/// A file that changes this often under way is fetched over one connection, whole.
const MAX_CHANGES: u32 = 3;

/// One download.
pub(crate) struct Session<'a> {
    wire: Wire<'a>,
    /// The address that is asked now: the file's or a mirror's.
    url: Url,
    checksum: Option<Checksum>,
    progress: Throttle<'a>,
    tap: Arc<Tap>,
    place: Option<Place>,
    /// The server answered a range wrongly: whole files only from now on.
    ranges_refused: bool,
    changes: u32,
    resumed: bool,
    known: Option<Known>,
    etag: Option<String>,
}

/// What the first answer settled.
struct Place {
    target: PathBuf,
    part: PartFile,
    remote: Remote,
    /// Where redirects led.
    direct: Option<Url>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        wire: Wire<'a>,
        checksum: Option<Checksum>,
        progress: OnProgress<'a>,
        tap: Arc<Tap>,
    ) -> Self {
        let (url, progress) = (wire.origin.clone(), Throttle::new(progress));
        let (place, known, etag) = (None, None, None);
        let (ranges_refused, resumed) = (false, false);
        Self { wire, url, checksum, progress, tap, place, ranges_refused, changes: 0, resumed, known, etag }
    }

    /// Where the file was put when it was fetched from here before.
    pub(crate) fn aware_of(self, known: Option<Known>) -> Self {
        Self { known, ..self }
    }

    /// The version mark of what was fetched, when it tells versions apart.
    pub(crate) fn etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
    }

    /// Nobody wants it any more: removes what has arrived.
    pub(crate) fn give_up(&mut self) {
        if let Some(place) = self.place.take()
            && let Err(error) = place.part.discard()
        {
            tracing::warn!(%error, "what is not wanted any more could not be removed");
        }
    }

    /// Asks this address from now on. It is a mirror: it may have other version marks for the same content.
    pub(crate) fn turn_to(&mut self, url: Url) {
        if url != self.url {
            self.url = url;
            // dropping the part ends its lock, and what it holds is read again
            self.place = None;
        }
    }

    /// Bytes that are here.
    pub(crate) fn arrived(&self) -> u64 {
        self.place.as_ref().map_or(0, |place| place.part.len())
    }

    /// Saves what has arrived, so that a later attempt or run can go on.
    pub(crate) async fn keep(&mut self) {
        let Some(place) = &mut self.place else { return };
        let kept = if place.part.is_sparse() {
            place.part.disk().quiesce().await;
            place.part.save()
        } else {
            place.part.flush().await
        };
        if let Err(error) = kept {
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

    /// Something that was here before has gone into the file.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Tries once.
    pub(crate) async fn attempt(&mut self, cancel: &CancellationToken) -> Result<Outcome, DownloadError> {
        if self.place.is_none() {
            let response = self.wire.ask(&self.url, None).await?;
            if let Some(outcome) = self.settle(&response, cancel).await? {
                return Ok(outcome);
            }
            if self.arrived() == 0 {
                return self.begin(response).await;
            }
        }
        self.go_on().await
    }

    /// First answer: the name, the part, what is there already. Gives the outcome when nothing is left to do.
    async fn settle(
        &mut self,
        response: &Response,
        cancel: &CancellationToken,
    ) -> Result<Option<Outcome>, DownloadError> {
        check_status(&self.url, response)?;
        let remote = Remote::of(response);
        self.etag.clone_from(&remote.etag);
        let target = self.target(response)?;
        if let Some(outcome) = self.already_there(&target, &remote).await? {
            return Ok(Some(outcome));
        }
        let opened = PartFile::open(&target, Arc::clone(&self.tap), cancel).await?;
        let mut part = opened.part;
        if opened.waited
            && let Some(outcome) = self.already_there(&target, &remote).await?
        {
            part.discard()?;
            return Ok(Some(outcome));
        }
        if let Some(outcome) = self.copied(&target, &mut part, &remote).await? {
            let part = self.verified(part, &target).await?;
            part.finish(&target).await?;
            self.progress.finish(&progress_of(
                self.wire.request,
                &target,
                outcome.bytes,
                Some(outcome.bytes),
            ));
            return Ok(Some(outcome));
        }
        self.take_over_beginning(&target, &mut part, &remote).await?;
        let direct = Some(response.url().clone()).filter(|url| *url != self.url);
        self.place = Some(Place { target, part, remote, direct });
        Ok(None)
    }

    fn target(&self, response: &Response) -> Result<PathBuf, DownloadError> {
        let disposition = response
            .headers()
            .get(CONTENT_DISPOSITION)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        let target = match &self.wire.request.target {
            Target::File(path) => path.clone(),
            Target::Directory(folder) => {
                // mirrors must not change the name
                folder.join(name::choose(disposition.as_deref(), &self.wire.origin, response.url()))
            }
        };
        let folder = target.parent().unwrap_or(&target);
        std::fs::create_dir_all(folder).map_err(DownloadError::file("create the folder", folder))?;
        if target.is_dir() { Err(DownloadError::IsFolder { path: target }) } else { Ok(target) }
    }

    /// A file of the right size (and checksum, when one is given) is left alone.
    async fn already_there(
        &mut self,
        target: &Path,
        remote: &Remote,
    ) -> Result<Option<Outcome>, DownloadError> {
        let Ok(metadata) = std::fs::metadata(target) else { return Ok(None) };
        let bytes = metadata.len();
        if remote.total != Some(bytes) {
            return Ok(None);
        }
        let matches = match &self.checksum {
            None => true,
            Some(checksum) => verify::digest(target, checksum.algorithm).await? == checksum.hex,
        };
        if matches {
            self.progress.finish(&progress_of(self.wire.request, target, bytes, Some(bytes)));
        }
        Ok(matches.then(|| Outcome { path: target.to_owned(), bytes, how: How::AlreadyThere }))
    }

    /// The same version has been fetched before, to another place: a copy saves the transfer.
    async fn copied(
        &mut self,
        target: &Path,
        part: &mut PartFile,
        remote: &Remote,
    ) -> Result<Option<Outcome>, DownloadError> {
        let Some(known) = self.known.take() else { return Ok(None) };
        let is_same = Some(&known.etag) == remote.etag.as_ref() && Some(known.total) == remote.total;
        if !is_same || known.path == target || part.len() > 0 {
            return Ok(None);
        }
        part.adopt(&known.path).await?;
        let is_whole = part.len() == known.total && known.is_intact();
        if !is_whole {
            part.clear().await?;
        }
        let (path, bytes) = (target.to_owned(), known.total);
        Ok(is_whole.then_some(Outcome { path, bytes, how: How::Copied }))
    }

    /// A shorter file of the target's name may be the beginning left by another program. It stays in place; a copy goes on.
    async fn take_over_beginning(
        &self,
        target: &Path,
        part: &mut PartFile,
        remote: &Remote,
    ) -> Result<(), DownloadError> {
        let existing = std::fs::metadata(target).map_or(0, |metadata| metadata.len());
        let is_shorter = remote.total.is_some_and(|total| existing < total);
        if part.len() == 0 && existing > 0 && is_shorter { part.adopt(target).await } else { Ok(()) }
    }

    /// Continues the part when that is possible, else starts it again.
    async fn go_on(&mut self) -> Result<Outcome, DownloadError> {
        let (refused, several) = (self.ranges_refused, self.is_worth_several());
        let (verified_at_end, shown) = (self.checksum.is_some(), visible_url(&self.url));
        let Some(place) = &mut self.place else { return Err(self.wire.stalled(&self.url)) };
        let state = place.part.state().map(|state| state.seen_from(&shown, &place.remote, verified_at_end));
        let plan = if refused { Plan::Again } else { plan(place.part.len(), state.as_ref(), &place.remote) };
        match plan {
            Plan::Complete => self.complete().await,
            Plan::Again => self.again().await,
            // only marks tie ranges to a version, there is no end to compare
            Plan::From { check: true, .. } if place.part.is_sparse() => self.again().await,
            Plan::From { check: false, .. } if several => {
                self.resumed = true;
                self.receive_parallel(None).await
            }
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

    /// Several connections: the file is large, its size and version are known, the server sends ranges. A part that was
    /// begun so goes on so.
    fn is_worth_several(&self) -> bool {
        let Some(place) = &self.place else { return false };
        let remote = &place.remote;
        let is_possible = remote.total.is_some() && remote.if_range().is_some() && !self.ranges_refused;
        let missing = remote.total.unwrap_or_default().saturating_sub(place.part.len());
        let is_wanted = self.wire.connections > 1 && remote.has_ranges && missing >= MIN_PARALLEL_BYTES;
        is_possible && (is_wanted || place.part.is_sparse())
    }

    async fn again(&mut self) -> Result<Outcome, DownloadError> {
        let response = self.wire.ask(&self.url, None).await?;
        check_status(&self.url, &response)?;
        self.start_over(response).await
    }

    /// The answer holds the whole file, perhaps a newer one.
    async fn start_over(&mut self, response: Response) -> Result<Outcome, DownloadError> {
        self.resumed = false;
        if let Some(place) = &mut self.place {
            place.part.clear().await?;
            place.remote = Remote::of(&response);
            self.etag.clone_from(&place.remote.etag);
            place.direct = Some(response.url().clone()).filter(|url| *url != self.url);
        }
        self.begin(response).await
    }

    /// Nothing is here, and the answer holds the whole file.
    async fn begin(&mut self, response: Response) -> Result<Outcome, DownloadError> {
        if self.is_worth_several() {
            return self.receive_parallel(Some(response)).await;
        }
        // begun in pieces of which none has arrived: what follows is added at its end, which must be the beginning
        if let Some(place) = self.place.as_mut().filter(|place| place.part.is_sparse()) {
            place.part.clear().await?;
        }
        self.receive(response, None).await
    }

    async fn receive_parallel(&mut self, first: Option<Response>) -> Result<Outcome, DownloadError> {
        self.prepare()?;
        self.note_version()?;
        let Some(place) = &mut self.place else { return Err(self.wire.stalled(&self.url)) };
        let total = place.remote.total.unwrap_or_default();
        place.part.make_sparse(total).await?;
        let (target, progress, request) = (place.target.clone(), &mut self.progress, self.wire.request);
        let mut report = |done| progress.report(|| progress_of(request, &target, done, Some(total)));
        let addresses = (&self.url, place.direct.as_ref());
        let ended =
            fetch_gaps(&self.wire, addresses, &place.remote, &mut place.part, first, &mut report).await;
        match ended {
            Ok(Ended::Complete) => {
                place.part.make_whole(total).await?;
                self.complete().await
            }
            Ok(Ended::Changed) => Err(self.changed()),
            Err(error) => {
                // the next attempt asks the address itself again
                place.direct = None;
                Err(error)
            }
        }
    }

    /// The remote file is another one now: what is here is worthless.
    fn changed(&mut self) -> DownloadError {
        self.changes += 1;
        if self.changes >= MAX_CHANGES {
            self.ranges_refused = true;
        }
        // its marks are out of date: the next attempt asks anew
        self.place = None;
        let cause = "the file on the server has changed".to_owned();
        DownloadError::WrongRange { url: visible_url(&self.url), cause }
    }

    async fn continue_from(
        &mut self,
        position: u64,
        overlap: Option<Overlap>,
    ) -> Result<Outcome, DownloadError> {
        let Some(place) = &self.place else { return Err(self.wire.stalled(&self.url)) };
        let span = Span { start: position, end: None, remote: &place.remote };
        let response = self.wire.ask(&self.url, Some(span)).await?;
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
                check_status(&self.url, &response)?;
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
        mut response: Response,
        mut overlap: Option<Overlap>,
    ) -> Result<Outcome, DownloadError> {
        self.prepare()?;
        if overlap.is_none() {
            self.note_version()?;
        }
        let mut watchdog = Watchdog::new();
        while let Some(chunk) = self.wire.next(&mut response, &mut watchdog, &self.url).await? {
            let fresh = self.without_overlap(chunk, &mut overlap)?;
            self.take_in(fresh).await?;
        }
        match overlap {
            None => self.complete().await,
            Some(_) => Err(self.wrong_range("it ends before what is here does".to_owned())),
        }
    }

    /// What of a chunk is new. Once the whole overlap has come again, the part is known to belong to this version.
    fn without_overlap(
        &mut self,
        chunk: Chunk,
        overlap: &mut Option<Overlap>,
    ) -> Result<Chunk, DownloadError> {
        let Some(expected) = overlap else { return Ok(chunk) };
        let Some(fresh) = expected.strip(&chunk) else {
            return Err(self.wrong_range("what is here is not its beginning".to_owned()));
        };
        let fresh = chunk.slice_ref(fresh);
        if expected.is_over() {
            *overlap = None;
            self.note_version()?;
        }
        Ok(fresh)
    }

    fn note_version(&mut self) -> Result<(), DownloadError> {
        match &mut self.place {
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

    async fn take_in(&mut self, bytes: Chunk) -> Result<(), DownloadError> {
        let Some(place) = &mut self.place else { return Ok(()) };
        if !bytes.is_empty() {
            place.part.append(bytes).await?;
        }
        let (done, total) = (place.part.len(), place.remote.total);
        if total.is_some_and(|total| done > total) {
            return Err(self.wrong_range("more came than was announced".to_owned()));
        }
        self.progress.report(|| progress_of(self.wire.request, &place.target, done, total));
        Ok(())
    }

    /// All bytes are here: checks the size and the checksum, then gives the file its name.
    async fn complete(&mut self) -> Result<Outcome, DownloadError> {
        let Some(place) = self.place.as_mut() else { return Err(self.wire.stalled(&self.url)) };
        place.part.flush().await?;
        let (bytes, total) = (place.part.len(), place.remote.total);
        if let Some(total) = total.filter(|total| bytes < *total) {
            let cause = format!("{bytes} of {total} bytes came");
            return Err(DownloadError::Interrupted { url: visible_url(&self.url), cause });
        }
        if place.part.is_sparse() {
            place.part.make_whole(total.unwrap_or(bytes)).await?;
        }
        let Some(place) = self.place.take() else { return Err(self.wire.stalled(&self.url)) };
        let part = self.verified(place.part, &place.target).await?;
        part.finish(&place.target).await?;
        self.progress.finish(&progress_of(self.wire.request, &place.target, bytes, total.or(Some(bytes))));
        let how = if self.resumed { How::Resumed } else { How::Downloaded };
        Ok(Outcome { path: place.target, bytes, how })
    }

    async fn verified(&self, part: PartFile, target: &Path) -> Result<PartFile, DownloadError> {
        let Some(checksum) = &self.checksum else { return Ok(part) };
        let actual = verify::digest(part.path(), checksum.algorithm).await?;
        if actual == checksum.hex {
            return Ok(part);
        }
        part.discard()?;
        Err(DownloadError::Checksum { path: target.to_owned(), expected: checksum.hex.clone(), actual })
    }
}

fn progress_of(request: &DownloadRequest, target: &Path, done: u64, total: Option<u64>) -> Progress {
    let label = request.label.clone();
    let label = label.unwrap_or_else(|| label_of(target));
    Progress { label, done, total }
}

fn label_of(target: &Path) -> String {
    target.file_name().unwrap_or(target.as_os_str()).to_string_lossy().into_owned()
}
