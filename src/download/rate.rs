//! Limits of speed: for everything together and for each host.
//!
//! Must not know: downloads.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Bytes a second; nothing means as fast as it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// For all downloads of this process together.
    pub total_bytes_per_sec: Option<u64>,
    /// For the downloads from one host.
    pub host_bytes_per_sec: Option<u64>,
}

impl Rates {
    /// `PINO_DOWNLOAD_LIMIT` and `PINO_DOWNLOAD_LIMIT_PER_HOST`: bytes a second, also as `500K`, `20M`, `1G`.
    pub fn from_variables(variables: &std::collections::BTreeMap<String, String>) -> Self {
        let find = |name: &str| variables.get(name).and_then(|text| parse_size(text));
        Self {
            total_bytes_per_sec: find("PINO_DOWNLOAD_LIMIT"),
            host_bytes_per_sec: find("PINO_DOWNLOAD_LIMIT_PER_HOST"),
        }
    }
}

/// `20M` → 20 971 520; zero and nonsense are no limit.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "" => 1_u64,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return None,
    };
    let number: f64 = digits.trim().parse().ok()?;
    Some((number * unit as f64) as u64).filter(|bytes| *bytes > 0)
}

/// The limits at work. Shared by all downloads of a manager.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    rates: Rates,
    total: Bucket,
    hosts: Mutex<HashMap<String, Arc<Bucket>>>,
}

impl RateLimits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self { rates, ..Self::default() }
    }

    /// The limits for transfers from a host.
    pub(crate) fn for_host(self: &Arc<Self>, host: &str) -> HostRate {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host =
            self.rates.host_bytes_per_sec.map(|_| Arc::clone(hosts.entry(host.to_owned()).or_default()));
        HostRate { all: Arc::clone(self), host }
    }
}

/// What counts for one transfer.
#[derive(Clone, Debug)]
pub(crate) struct HostRate {
    all: Arc<RateLimits>,
    host: Option<Arc<Bucket>>,
}

impl HostRate {
    /// These bytes have come; waits as long as they were too many.
    pub(crate) async fn took(&self, bytes: usize) {
        let rates = self.all.rates;
        let total = rates.total_bytes_per_sec.map(|rate| self.all.total.take(bytes, rate));
        let host =
            rates.host_bytes_per_sec.zip(self.host.as_ref()).map(|(rate, bucket)| bucket.take(bytes, rate));
        let pause = total.into_iter().chain(host).max().unwrap_or_default();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

/// Until when the bytes that have come take at the allowed speed.
#[derive(Debug, Default)]
struct Bucket {
    paid_until: Mutex<Option<Instant>>,
}

/// So much earlier than now a quiet bucket may be: a short burst is fine.
const BURST: Duration = Duration::from_millis(100);

impl Bucket {
    fn take(&self, bytes: usize, rate: u64) -> Duration {
        let now = Instant::now();
        let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let start = paid_until.unwrap_or(now).max(now.checked_sub(BURST).unwrap_or(now));
        let until = start + Duration::from_secs_f64(bytes as f64 / rate as f64);
        *paid_until = Some(until);
        until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes() {
        assert_eq!(parse_size("20M"), Some(20 << 20));
        assert_eq!(parse_size(" 1.5 GiB "), Some(3 << 29));
        assert_eq!(parse_size("500"), Some(500));
        assert_eq!((parse_size("0"), parse_size("fast"), parse_size("5x")), (None, None, None));
    }

    #[test]
    fn what_comes_too_fast_has_to_wait() {
        let bucket = Bucket::default();
        assert!(bucket.take(1000, 1000) > Duration::from_millis(800));
        assert!(bucket.take(1000, 1000) > Duration::from_millis(1800));
    }

    #[tokio::test]
    async fn without_limits_nothing_waits() {
        let limits = Arc::new(RateLimits::default());
        tokio::time::timeout(Duration::from_secs(5), limits.for_host("h").took(usize::MAX)).await.ok();
        assert!(limits.hosts.lock().is_ok_and(|hosts| hosts.is_empty()));
    }
}
