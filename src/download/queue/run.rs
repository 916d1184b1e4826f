//! Working through the queue: so many at once, the most important first.
//!
//! Must not know: HTTP.

use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio_util::sync::CancellationToken;

use super::{
    item::{DownloadState, Item, QueueError},
    store::Queue,
};
use crate::{DownloadError, DownloadRequest, Downloads, OnProgress, Outcome};

/// How often new entries are looked for.
const POLL: Duration = Duration::from_millis(500);

/// How the queue is worked through.
#[derive(Clone, Copy)]
pub struct QueueRun<'a> {
    /// Downloads at once.
    pub slots: usize,
    /// Go on waiting for new entries when all are done.
    pub is_endless: bool,
    /// Adds what is never noted: proxies, tokens.
    pub prepare: &'a (dyn Fn(&mut DownloadRequest) + Send + Sync),
    /// Told of each end.
    pub ended: &'a (dyn Fn(&str, &Result<Outcome, DownloadError>) + Send + Sync),
    /// Told how far each is.
    pub progress: OnProgress<'a>,
}

impl Queue {
    /// Fetches what is queued. Ends when nothing is left to do or `cancel` says so; gives how many went well and how many not.
    pub async fn run(
        &self,
        downloads: &Downloads,
        how: QueueRun<'_>,
        cancel: &CancellationToken,
    ) -> Result<(usize, usize), QueueError> {
        let mut at_work: BTreeSet<String> = BTreeSet::new();
        let mut running = FuturesUnordered::new();
        let (mut good, mut bad) = (0, 0);
        loop {
            if !cancel.is_cancelled() {
                for item in self.due(&at_work)?.into_iter().take(how.slots.saturating_sub(at_work.len())) {
                    at_work.insert(item.id.clone());
                    running.push(fetch(item, downloads, how, cancel).boxed());
                }
            }
            if running.is_empty() && (cancel.is_cancelled() || !how.is_endless) {
                return Ok((good, bad));
            }
            tokio::select! {
                Some((id, result)) = running.next() => {
                    (how.ended)(&id, &result);
                    at_work.remove(&id);
                    if result.is_ok() { good += 1 } else { bad += 1 }
                }
                () = tokio::time::sleep(POLL) => {}
                () = cancel.cancelled(), if running.is_empty() => {}
            }
        }
    }

    /// Whose turn it is, the first first.
    fn due(&self, at_work: &BTreeSet<String>) -> Result<Vec<Item>, QueueError> {
        let mut items = self.items()?;
        items.retain(|item| {
            item.is_queued && !at_work.contains(&item.id) && self.entry(item).state == DownloadState::Queued
        });
        items.sort_by_key(|item| (-i64::from(item.priority), item.created_at_ms));
        Ok(items)
    }
}

async fn fetch(
    item: Item,
    downloads: &Downloads,
    how: QueueRun<'_>,
    cancel: &CancellationToken,
) -> (String, Result<Outcome, DownloadError>) {
    let mut request = item.to_request();
    (how.prepare)(&mut request);
    let result = downloads.fetch(&request, cancel, how.progress).await;
    (item.id, result)
}
