//! When schedules fire: cron expressions in local time.
//!
//! Must not know: what is done then.

use std::time::Duration;

use croner::{
    Cron,
    parser::{CronParser, Seconds},
};
use jiff::Zoned;

/// Reads an expression (five fields, or six with seconds).
pub(crate) fn parse(cron: &str) -> Result<Cron, String> {
    CronParser::builder().seconds(Seconds::Optional).build().parse(cron).map_err(|error| {
        format!("`{cron}` is no cron expression: {error}; for example \"0 4 * * *\" is every day at 4:00")
    })
}

/// The first time after `now` at which it fires; `None` when it never does again.
pub(crate) fn next(cron: &Cron, now: &Zoned) -> Option<Zoned> {
    cron.find_next_occurrence(now, false).ok()
}

/// From one time to another; zero when it has passed.
pub(crate) fn until(now: &Zoned, then: &Zoned) -> Duration {
    Duration::try_from(then.timestamp().duration_since(now.timestamp())).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn fires_at_the_next_full_hour() {
        let now: Zoned = "2026-03-01T10:20:30[UTC]".parse().unwrap();
        let then = next(&parse("0 * * * *").unwrap(), &now).unwrap();
        assert_eq!(until(&now, &then), Duration::from_secs(39 * 60 + 30));
        let soon = next(&parse("* * * * * *").unwrap(), &now).unwrap();
        assert_eq!(until(&now, &soon), Duration::from_secs(1));
        assert!(parse("every day").is_err());
    }
}
