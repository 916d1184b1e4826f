//! Healthy or not, from one check after another.
//!
//! Must not know: how a check is done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is checked, and how patiently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthCheck {
    /// The port; `None` for the first one the app listens on.
    pub port: Option<u16>,
    /// Asked for by HTTP; `None`: the port alone counts.
    pub http_path: Option<String>,
    /// Time between checks.
    pub interval: Duration,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// Failures do not count so long after the start.
    pub start_period: Duration,
    /// So many failures in a row make it unhealthy.
    pub failures: u32,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            port: None,
            http_path: Some("/".to_owned()),
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            start_period: Duration::from_mins(10), // models load
            failures: 3,
        }
    }
}

/// What the checks so far say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It has not answered yet and may take its time.
    Starting,
    /// It answered.
    Healthy,
    /// It has failed this many times in a row, not often enough yet.
    Failing(u32),
    /// It failed too often; the last reason.
    Unhealthy(String),
}

/// The health of one app.
#[derive(Clone, Debug)]
pub struct Health {
    check: HealthCheck,
    failed: u32,
    answered: bool,
}

impl Health {
    /// Nothing was checked yet.
    pub fn new(check: HealthCheck) -> Self {
        Self { check, failed: 0, answered: false }
    }

    /// Takes the result of a check made `up_for` after the start; an error is the reason.
    pub fn record(&mut self, up_for: Duration, result: Result<(), String>) -> HealthState {
        let Err(reason) = result else {
            (self.failed, self.answered) = (0, true);
            return HealthState::Healthy;
        };
        if !self.answered && up_for < self.check.start_period {
            return HealthState::Starting;
        }
        self.failed = self.failed.saturating_add(1);
        if self.failed >= self.check.failures.max(1) {
            HealthState::Unhealthy(format!("{reason} ({} times in a row)", self.failed))
        } else {
            HealthState::Failing(self.failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no() -> Result<(), String> {
        Err("nothing listens".to_owned())
    }

    #[test]
    fn it_may_take_its_time_to_start() {
        let mut health = Health::new(HealthCheck::default());
        assert_eq!(health.record(Duration::from_secs(30), no()), HealthState::Starting);
        assert_eq!(health.record(Duration::from_secs(40), Ok(())), HealthState::Healthy);
        assert_eq!(health.record(Duration::from_secs(50), no()), HealthState::Failing(1));
        assert_eq!(health.record(Duration::from_mins(1), Ok(())), HealthState::Healthy);
        for failure in 1..3 {
            assert_eq!(health.record(Duration::from_secs(70), no()), HealthState::Failing(failure));
        }
        let last = health.record(Duration::from_secs(80), no());
        assert!(matches!(last, HealthState::Unhealthy(reason) if reason.contains("nothing listens (3")));
    }

    #[test]
    fn what_never_answers_is_unhealthy_in_the_end() {
        let mut health = Health::new(HealthCheck { failures: 1, ..HealthCheck::default() });
        assert!(matches!(health.record(Duration::from_mins(11), no()), HealthState::Unhealthy(_)));
    }
}
