//! A running download's side of its notes: progress out, wishes in.
//!
//! Must not know: HTTP. Notes help people; a download does not fail because one cannot be written.

use std::{
    fs::File,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    item::{DownloadState, Item, Noted, QueueError, now_ms},
    store::{Queue, Wish},
};
use crate::{DownloadError, DownloadRequest, Outcome, Progress};

const POLL: Duration = Duration::from_millis(250);
const NOTE_INTERVAL: Duration = Duration::from_secs(1);

/// Why a running download stops at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// For now.
    Pause,
    /// For good.
    Cancel,
}

/// A download at work.
#[derive(Debug)]
pub(crate) struct Track {
    queue: Queue,
    item: Item,
    /// Only one process notes; another one that waits for the same file does not.
    lock: Option<File>,
    last: Mutex<(Noted, Option<Instant>)>,
}

impl Track {
    /// Notes that this download is at work.
    pub(crate) fn begin(queue: &Queue, request: &DownloadRequest) -> Option<Self> {
        let begun = || {
            let wanted = Item::of_request(request);
            let lock = queue.hold(&wanted.id)?;
            let item = match queue.item(&wanted.id) {
                Ok(known) => known,
                Err(QueueError::Unknown { .. }) => {
                    queue.note(&wanted)?;
                    wanted
                }
                Err(error) => return Err(error),
            };
            if lock.is_some() && !item.is_queued {
                // an old wish was about an earlier run
                queue.wish(&item.id, Wish::Run)?;
            }
            let noted = Noted { state: DownloadState::Running, ..Noted::default() };
            let track = Self { queue: queue.clone(), item, lock, last: Mutex::new((noted, None)) };
            track.note(|_| {});
            Ok(track)
        };
        let result: Result<Self, QueueError> = begun();
        result.inspect_err(|error| tracing::warn!(%error, "a download is not listed")).ok()
    }

    fn note(&self, change: impl FnOnce(&mut Noted)) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut last.0);
        last.0.updated_at_ms = now_ms();
        last.1 = Some(Instant::now());
        if self.lock.is_some()
            && let Err(error) = self.queue.set_noted(&self.item.id, &last.0)
        {
            tracing::debug!(%error, "progress was not noted");
        }
    }

    /// How far it is; noted at most once a second.
    pub(crate) fn progress(&self, progress: &Progress) {
        let is_fresh = {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.0.total.is_some() && last.1.is_some_and(|at| at.elapsed() < NOTE_INTERVAL)
        };
        if !is_fresh {
            let path = self.path_of(&progress.label);
            self.note(|noted| {
                (noted.done, noted.total, noted.path) = (progress.done, progress.total, Some(path));
            });
        }
    }

    fn path_of(&self, label: &str) -> PathBuf {
        if self.item.is_folder { self.item.target.join(label) } else { self.item.target.clone() }
    }

    /// Waits until a person wants it stopped.
    pub(crate) async fn stopped(&self) -> Stop {
        loop {
            match self.queue.wished(&self.item.id) {
                Wish::Pause => return Stop::Pause,
                Wish::Cancel => return Stop::Cancel,
                Wish::Run => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Waits while a person wants it paused. `Err` when it is to end.
    pub(crate) async fn paused(&self) -> Result<(), DownloadError> {
        self.note(|noted| noted.state = DownloadState::Paused);
        loop {
            match self.queue.wished(&self.item.id) {
                Wish::Pause => tokio::time::sleep(POLL).await,
                Wish::Cancel => return Err(DownloadError::CancelledByPerson),
                Wish::Run => {
                    self.note(|noted| noted.state = DownloadState::Running);
                    return Ok(());
                }
            }
        }
    }

    /// It is over, one way or another. What the queue did not order is forgotten when it went well.
    pub(crate) fn end(self, result: &Result<Outcome, DownloadError>) {
        match result {
            Ok(outcome) => self.note(|noted| {
                (noted.state, noted.done, noted.total) =
                    (DownloadState::Done, outcome.bytes, Some(outcome.bytes));
                noted.path = Some(outcome.path.clone());
            }),
            Err(DownloadError::CancelledByPerson) => {
                self.note(|noted| noted.state = DownloadState::Cancelled);
            }
            // the next one goes on
            Err(DownloadError::Cancelled) => self.note(|noted| noted.state = DownloadState::Queued),
            Err(error) => self.note(|noted| {
                (noted.state, noted.error) = (DownloadState::Failed, Some(error.to_string()));
            }),
        }
        let tidied = if self.lock.is_none() {
            Ok(())
        } else if result.is_ok() && !self.item.is_queued {
            self.queue.forget(&self.item.id)
        } else {
            self.queue.prune()
        };
        if let Err(error) = tidied {
            tracing::debug!(%error, "old notes stay");
        }
    }
}
