//! What the processes of an app may use.
//!
//! Must not know: whose they are. Resource limits of the system hold a process each and work everywhere; where a control group can be
//! written, memory and CPU are held for all of them together.

use serde::{Deserialize, Serialize};

/// Limits; `None` is no limit of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceLimits {
    /// Memory: of all processes together in a control group, else the data of each process.
    pub memory_bytes: Option<u64>,
    /// CPU time of each process.
    pub cpu_seconds: Option<u64>,
    /// Share of the CPUs of all processes together, 100 for one CPU; needs a control group.
    pub cpu_percent: Option<u64>,
    /// Open files of each process.
    pub open_files: Option<u64>,
    /// Processes: in the control group, else of the user.
    pub processes: Option<u64>,
    /// Size of a file a process writes.
    pub file_bytes: Option<u64>,
}

impl ResourceLimits {
    /// There is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These, and those of `other` where these say nothing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.or(other.memory_bytes),
            cpu_seconds: self.cpu_seconds.or(other.cpu_seconds),
            cpu_percent: self.cpu_percent.or(other.cpu_percent),
            open_files: self.open_files.or(other.open_files),
            processes: self.processes.or(other.processes),
            file_bytes: self.file_bytes.or(other.file_bytes),
        }
    }

    /// These without what a control group already holds.
    pub(crate) fn without(&self, held: Held) -> Self {
        Self {
            memory_bytes: self.memory_bytes.filter(|_| !held.memory),
            processes: self.processes.filter(|_| !held.processes),
            ..self.clone()
        }
    }

    /// Commands for a POSIX shell that limit it and all it starts. `None`: there is nothing to limit. What the system does not let us
    /// set stays as it is.
    pub(crate) fn prelude(&self) -> Option<String> {
        let in_units = |flag: &str, limit: Option<u64>, unit: u64| {
            limit.map(|limit| format!("ulimit -{flag} {} 2>/dev/null; ", limit.div_ceil(unit)))
        };
        // two names for one limit, by the shell
        let processes = self
            .processes
            .map(|count| format!("ulimit -u {count} 2>/dev/null || ulimit -p {count} 2>/dev/null; "));
        let parts = [
            in_units("d", self.memory_bytes, 1024),
            in_units("t", self.cpu_seconds, 1),
            in_units("n", self.open_files, 1),
            in_units("f", self.file_bytes, 512),
            processes,
        ];
        let text: String = parts.into_iter().flatten().collect();
        (!text.is_empty()).then_some(text)
    }
}

/// What a control group already holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) memory: bool,
    pub(crate) processes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_limits_win_over_those_of_the_app() {
        let own = ResourceLimits { open_files: Some(10), ..ResourceLimits::default() };
        let app = ResourceLimits { open_files: Some(20), cpu_seconds: Some(5), ..ResourceLimits::default() };
        let both = own.or(&app);
        assert_eq!((both.open_files, both.cpu_seconds), (Some(10), Some(5)));
        assert!(ResourceLimits::default().is_empty() && !both.is_empty());
        assert_eq!(ResourceLimits::default().prelude(), None);
        let text = both.prelude().unwrap_or_default();
        assert_eq!(text, "ulimit -t 5 2>/dev/null; ulimit -n 10 2>/dev/null; ");
        let held = Held { memory: true, processes: true };
        let memory = ResourceLimits { memory_bytes: Some(1), ..ResourceLimits::default() };
        assert!(memory.without(held).is_empty() && !memory.without(Held::default()).is_empty());
    }
}
