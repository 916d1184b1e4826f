//! What the processes of a shim use: looked at seldom, and asked of the system when they end.
//!
//! Must not know: why it is wanted.

use std::time::{Duration, Instant};

use crate::{
    platform,
    tree::{process_tree, usage},
};

/// Between the first looks, when a program loads …
const FIRST: Duration = Duration::from_millis(250);
/// … and later: a look costs, and most programs stay as they are.
const LAST: Duration = Duration::from_secs(10);

/// Figures so far.
#[derive(Debug)]
pub(super) struct Meter {
    next: Instant,
    pause: Duration,
    pub(super) rss_bytes: u64,
    pub(super) peak_rss_bytes: u64,
    pub(super) cpu_ms: u64,
    pub(super) processes: Vec<i32>,
}

impl Meter {
    pub(super) fn new() -> Self {
        let next = Instant::now() + FIRST;
        Self { next, pause: FIRST, rss_bytes: 0, peak_rss_bytes: 0, cpu_ms: 0, processes: Vec::new() }
    }

    /// When the next look is due.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    pub(super) fn look_when_due(&mut self) {
        if Instant::now() >= self.next {
            self.look();
            self.pause = self.pause.mul_f32(1.5).min(LAST);
            self.next = Instant::now() + self.pause;
        }
    }

    /// Looks now. All that descend from us is the shell's: orphans come back to us.
    pub(super) fn look(&mut self) {
        self.processes = process_tree(std::process::id() as i32);
        self.processes.retain(|pid| *pid != std::process::id() as i32);
        let now = usage(&self.processes);
        let (ended_cpu_ms, ended_peak_bytes) = platform::usage_of_ended();
        self.rss_bytes = now.rss_bytes;
        self.peak_rss_bytes = self.peak_rss_bytes.max(now.rss_bytes).max(ended_peak_bytes);
        self.cpu_ms = self.cpu_ms.max(now.cpu_ms + ended_cpu_ms);
    }
}
