//! Which process is meant: a pid alone is used again, with the time it started it is not.
//!
//! Must not know: what the process does.

use serde::{Deserialize, Serialize};

/// A process of this machine since it was switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMark {
    /// Its number.
    pub pid: i64,
    /// When it started, in clock ticks since boot; 0 where the system does not tell.
    pub start_ticks: i64,
}

impl ProcessMark {
    /// This very process.
    pub fn own() -> Self {
        let pid = i64::from(std::process::id());
        Self { pid, start_ticks: start_ticks(pid).unwrap_or_default() }
    }

    /// The process is still there and it is the same one.
    pub fn is_alive(self) -> bool {
        match start_ticks(self.pid) {
            Some(ticks) => self.start_ticks == 0 || ticks == self.start_ticks,
            None => false,
        }
    }
}

/// Field 22 of `/proc/PID/stat`. The name before it stands in parentheses and may itself hold any character.
fn start_ticks(pid: i64) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_ascii_whitespace();
    let is_gone = matches!(fields.next()?, "Z" | "X");
    let ticks = fields.nth(18)?.parse().ok()?;
    (!is_gone).then_some(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let own = ProcessMark::own();
        assert!(own.is_alive() && own.start_ticks > 0);
        assert!(!ProcessMark { start_ticks: own.start_ticks + 1, ..own }.is_alive());
        assert!(!ProcessMark { pid: i64::from(i32::MAX), start_ticks: 0 }.is_alive());
    }
}
