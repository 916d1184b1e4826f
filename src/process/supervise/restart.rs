//! Whether something that ended is started again, when, and why.
//!
//! Must not know: how it is started.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::Backoff;
use crate::Exit;

/// When to start again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// Never.
    #[default]
    No,
    /// When it ended with another exit code than 0, or was killed by somebody else.
    OnFailure,
    /// Whenever it ended by itself.
    Always,
}

impl fmt::Display for RestartPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::No => "no",
            Self::OnFailure => "on-failure",
            Self::Always => "always",
        })
    }
}

/// A word that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no restart policy; there are no, on-failure and always")]
pub struct UnknownPolicy(String);

impl FromStr for RestartPolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text.trim().to_ascii_lowercase().as_str() {
            "no" => Ok(Self::No),
            "on-failure" => Ok(Self::OnFailure),
            "always" => Ok(Self::Always),
            _ => Err(UnknownPolicy(text.to_owned())),
        }
    }
}

/// The rules of one app.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestartRules {
    /// When to start again.
    pub policy: RestartPolicy,
    /// How long to wait before.
    pub backoff: Backoff,
    /// Give up after this many attempts in a row; 0 is never.
    pub max_restarts: u32,
    /// What ran for so long was well: the next end is a first one.
    pub healthy_after: Duration,
}

impl Default for RestartRules {
    fn default() -> Self {
        Self {
            policy: RestartPolicy::No,
            backoff: Backoff::default(),
            max_restarts: 10,
            healthy_after: Duration::from_mins(1),
        }
    }
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start it again.
    Restart {
        /// Wait this long before.
        after: Duration,
        /// Which attempt in a row, from 1.
        attempt: u32,
        /// Why, for people.
        reason: String,
    },
    /// Leave it.
    Stay {
        /// Why, for people.
        reason: String,
        /// It would have been started again, had it not failed too often.
        gave_up: bool,
    },
}

/// The count of one app.
#[derive(Clone, Debug)]
pub struct Restarts {
    rules: RestartRules,
    in_a_row: u32,
}

impl Restarts {
    /// Nothing has ended yet.
    pub fn new(rules: RestartRules) -> Self {
        Self { rules, in_a_row: 0 }
    }

    /// Attempts since it last ran well.
    pub fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// It has ended. `asked`: somebody stopped it. `random` is between 0 and 1.
    pub fn ended(&mut self, exit: Exit, asked: bool, up_for: Duration, random: f64) -> Decision {
        let how = how(exit);
        let stay = |reason: String| Decision::Stay { reason, gave_up: false };
        if asked {
            self.in_a_row = 0;
            return stay("it was stopped".to_owned());
        }
        let again = match self.rules.policy {
            RestartPolicy::No => false,
            RestartPolicy::OnFailure => exit.code != Some(0),
            RestartPolicy::Always => true,
        };
        if !again {
            return stay(format!("it {how}, and its restart policy is {}", self.rules.policy));
        }
        if up_for >= self.rules.healthy_after {
            self.in_a_row = 0;
        }
        if self.rules.max_restarts > 0 && self.in_a_row >= self.rules.max_restarts {
            let reason = format!("it {how} after {} restarts in a row", self.in_a_row);
            return Decision::Stay { reason, gave_up: true };
        }
        self.in_a_row += 1;
        let after = self.rules.backoff.delay(self.in_a_row, random);
        let reason =
            format!("it {how} after {} s, and its restart policy is {}", up_for.as_secs(), self.rules.policy);
        Decision::Restart { after, attempt: self.in_a_row, reason }
    }
}

fn how(exit: Exit) -> String {
    exit.code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with exit code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(3);

    fn restarts(policy: RestartPolicy, max_restarts: u32) -> Restarts {
        Restarts::new(RestartRules { policy, max_restarts, ..RestartRules::default() })
    }

    fn again(decision: &Decision) -> Option<u32> {
        match decision {
            Decision::Restart { attempt, .. } => Some(*attempt),
            Decision::Stay { .. } => None,
        }
    }

    #[test]
    fn policies_by_exit() {
        let cases = [
            (RestartPolicy::No, Some(1), false),
            (RestartPolicy::OnFailure, Some(0), false),
            (RestartPolicy::OnFailure, Some(1), true),
            (RestartPolicy::OnFailure, None, true),
            (RestartPolicy::Always, Some(0), true),
        ];
        for (policy, code, wanted) in cases {
            let decision = restarts(policy, 3).ended(Exit { code }, false, SHORT, 0.5);
            assert_eq!(again(&decision).is_some(), wanted, "{policy} {code:?} {decision:?}");
        }
    }

    #[test]
    fn what_was_stopped_stays() {
        let decision = restarts(RestartPolicy::Always, 3).ended(Exit { code: None }, true, SHORT, 0.5);
        assert_eq!(decision, Decision::Stay { reason: "it was stopped".to_owned(), gave_up: false });
    }

    #[test]
    fn it_gives_up_and_a_good_run_starts_the_count_anew() {
        let mut restarts = restarts(RestartPolicy::Always, 2);
        let exit = Exit { code: Some(1) };
        assert_eq!(again(&restarts.ended(exit, false, SHORT, 0.5)), Some(1));
        assert_eq!(again(&restarts.ended(exit, false, SHORT, 0.5)), Some(2));
        assert!(matches!(restarts.ended(exit, false, SHORT, 0.5), Decision::Stay { gave_up: true, .. }));
        assert_eq!(again(&restarts.ended(exit, false, Duration::from_mins(2), 0.5)), Some(1));
    }

    #[test]
    fn words_and_policies() {
        for policy in [RestartPolicy::No, RestartPolicy::OnFailure, RestartPolicy::Always] {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert!(
            "sometimes".parse::<RestartPolicy>().is_err_and(|error| error.to_string().contains("always"))
        );
    }
}
