//! Matches that may never end, run where they can be left behind.
//!
//! Why threads: regress can neither be interrupted nor counted, its `PikeVM` back end backtracks too (it is kept there for
//! checking the classical one), and cutting the text to a window would change results. So a risky match runs on a worker
//! thread; when the limit is over the caller goes on with an error and the worker is abandoned. At most [`MOST_STUCK`]
//! workers may be stuck at a time: with that many, further risky matches fail at once, so a hostile script costs a bounded
//! number of threads. A worker that ends late takes itself out of the count. Must not know patterns.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// The time one risky match may take.
pub(super) const MATCH_LIMIT: Duration = Duration::from_secs(2);
/// Workers that may be stuck at the same time.
const MOST_STUCK: usize = 4;
/// Idle workers kept for the next risky match.
const MOST_IDLE: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

static STUCK: AtomicUsize = AtomicUsize::new(0);
static IDLE: Mutex<Vec<SyncSender<Job>>> = Mutex::new(Vec::new());

/// Runs `work` on a worker; `None` when it did not end within `limit` or too many workers are stuck already.
pub(super) fn run_limited<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if STUCK.load(Ordering::Acquire) >= MOST_STUCK {
        return None;
    }
    let (answer, answered) = sync_channel::<T>(1);
    let job: Job = Box::new(move || {
        // Nobody listens any more: this worker had been given up, and is free again only now.
        if answer.send(work()).is_err() {
            STUCK.fetch_sub(1, Ordering::AcqRel);
        }
    });
    let worker = hand_over(job)?;
    wait(&answered, limit, worker)
}

fn wait<T>(answered: &Receiver<T>, limit: Duration, worker: SyncSender<Job>) -> Option<T> {
    match answered.recv_timeout(limit) {
        Ok(value) => {
            keep(worker);
            Some(value)
        }
        Err(RecvTimeoutError::Timeout) => {
            STUCK.fetch_add(1, Ordering::AcqRel);
            // The answer may have come between the two lines; then nobody else will take the count back.
            match answered.try_recv() {
                Ok(value) => {
                    STUCK.fetch_sub(1, Ordering::AcqRel);
                    Some(value)
                }
                Err(_) => None,
            }
        }
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// Gives the job to an idle worker or a new one.
fn hand_over(mut job: Job) -> Option<SyncSender<Job>> {
    while let Some(worker) = IDLE.lock().ok().and_then(|mut idle| idle.pop()) {
        match worker.send(job) {
            Ok(()) => return Some(worker),
            Err(returned) => job = returned.0,
        }
    }
    let (sender, jobs) = sync_channel::<Job>(1);
    let spawned = std::thread::Builder::new().name("pattern".to_owned()).spawn(move || {
        while let Ok(job) = jobs.recv() {
            job();
        }
    });
    spawned.ok()?;
    sender.send(job).ok()?;
    Some(sender)
}

fn keep(worker: SyncSender<Job>) {
    if let Ok(mut idle) = IDLE.lock()
        && idle.len() < MOST_IDLE
    {
        idle.push(worker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_answer_back() {
        assert_eq!(run_limited(Duration::from_secs(5), || 6 * 7), Some(42));
    }

    #[test]
    fn leaves_a_stuck_worker_behind() {
        let (release, released) = sync_channel::<()>(0);
        assert_eq!(run_limited(Duration::from_millis(20), move || released.recv().is_ok()), None);
        drop(release);
    }
}
