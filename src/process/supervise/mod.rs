//! What a supervisor decides by: restart rules, back-off, health, order of start.
//!
//! Must not know: apps, scripts. The loop that asks lives elsewhere; these are pure, but for [`probe`].

mod backoff;
mod health;
mod order;
mod probe;
mod restart;

pub use backoff::Backoff;
pub use health::{Health, HealthCheck, HealthState};
pub use order::{OrderError, start_order};
pub use probe::{ProbeError, probe};
pub use restart::{Decision, RestartPolicy, RestartRules, Restarts, UnknownPolicy};
