//! How long to wait before the next attempt: longer each time, up to a limit, and never all at once.
//!
//! Must not know: what is attempted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Exponential waiting with jitter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Backoff {
    /// Before the first attempt.
    pub first: Duration,
    /// Never longer than this.
    pub limit: Duration,
    /// Each wait is this many times the one before.
    pub factor: f64,
    /// Share of the wait that is left to chance, 0 to 1.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), limit: Duration::from_mins(5), factor: 2.0, jitter: 0.2 }
    }
}

impl Backoff {
    /// The wait before attempt `attempt` (from 1). `random` is between 0 and 1.
    pub fn delay(&self, attempt: u32, random: f64) -> Duration {
        let exponent = f64::from(attempt.saturating_sub(1).min(1000));
        let limit = self.limit.as_secs_f64();
        let full = (self.first.as_secs_f64() * self.factor.max(1.0).powf(exponent)).min(limit);
        let (jitter, random) = (self.jitter.clamp(0.0, 1.0), random.clamp(0.0, 1.0));
        // full, give or take half of the share
        let seconds = full * (1.0 - jitter / 2.0 + jitter * random);
        Duration::try_from_secs_f64(seconds.min(limit)).unwrap_or(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let backoff = Backoff { jitter: 0.0, ..Backoff::default() };
        let waits: Vec<u64> = (1..=10).map(|attempt| backoff.delay(attempt, 0.5).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_limit(attempt: u32, random in 0.0f64..1.0, jitter in -1.0f64..2.0, factor in 0.0f64..1e6) {
            let backoff = Backoff { factor, jitter, ..Backoff::default() };
            prop_assert!(backoff.delay(attempt, random) <= backoff.limit);
        }
    }
}
