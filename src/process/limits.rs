//! What the processes of an app may use.
//!
//! Must not know: whose they are. Resource limits of the system hold a process each and work everywhere; where a control group can be
//! written, memory and CPU are held for all of them together.

use std::io;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
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

    /// Limits each process; what the control group already holds is left out. A limit above the system's is lowered to it.
    pub(crate) fn apply(&self, pid: Pid, in_group: Held) -> io::Result<()> {
        let per_process = [
            (Resource::Data, self.memory_bytes.filter(|_| !in_group.memory)),
            (Resource::Cpu, self.cpu_seconds),
            (Resource::Nofile, self.open_files),
            (Resource::Nproc, self.processes.filter(|_| !in_group.processes)),
            (Resource::Fsize, self.file_bytes),
        ];
        for (resource, limit) in per_process {
            let Some(limit) = limit else { continue };
            let hard = getrlimit(resource).maximum;
            let limit = Some(hard.map_or(limit, |hard| hard.min(limit)));
            prlimit(Some(pid), resource, Rlimit { current: limit, maximum: limit })?;
        }
        Ok(())
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
    }
}
