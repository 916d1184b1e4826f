//! How far a download is, told at most five times a second.
//!
//! Must not know: who listens.

use std::time::{Duration, Instant};

/// How far a download is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// File name.
    pub label: String,
    /// Bytes that have arrived, those of earlier attempts included.
    pub done: u64,
    /// Size of the file, when known.
    pub total: Option<u64>,
}

/// Gets each report.
pub type OnProgress<'a> = &'a (dyn Fn(&Progress) + Send + Sync);

/// For callers who do not watch.
pub const NO_PROGRESS: OnProgress<'static> = &|_| {};

const INTERVAL: Duration = Duration::from_millis(200);

/// Passes reports on, but not more often than the interval.
pub(crate) struct Throttle<'a> {
    listener: OnProgress<'a>,
    last: Option<Instant>,
}

impl<'a> Throttle<'a> {
    pub(crate) fn new(listener: OnProgress<'a>) -> Self {
        Self { listener, last: None }
    }

    /// Reports unless the last report is too fresh. `progress` is built only when it is sent.
    pub(crate) fn report(&mut self, progress: impl FnOnce() -> Progress) {
        if self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            self.last = Some(Instant::now());
            (self.listener)(&progress());
        }
    }

    /// The final report; it waits for nothing but keeps the rate by following at least one interval later, or replaces silence.
    pub(crate) fn finish(&mut self, progress: &Progress) {
        self.last = Some(Instant::now());
        (self.listener)(progress);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_burst_is_one_report_and_the_end_is_always_told() {
        let count = AtomicUsize::new(0);
        let listener = |_: &Progress| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        let mut throttle = Throttle::new(&listener);
        let progress = Progress { label: "x".into(), done: 1, total: None };
        for _ in 0..1000 {
            throttle.report(|| progress.clone());
        }
        let in_burst = count.load(Ordering::Relaxed);
        throttle.finish(&progress);
        assert!((1..=3).contains(&in_burst));
        assert_eq!(count.load(Ordering::Relaxed), in_burst + 1);
    }
}
