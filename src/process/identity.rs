//! Which process is meant: its number alone is not enough, numbers are used again.
//!
//! Must not know: what the process does.

use std::sync::OnceLock;

use procfs::process::Process;
use serde::{Deserialize, Serialize};

/// A process for ever: number, time of its start, and the boot both belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Its number.
    pub pid: i32,
    /// Its start in clock ticks since boot.
    pub start_ticks: u64,
    /// The boot of the system, and the namespace its number counts in.
    pub boot_id: String,
}

impl ProcessIdentity {
    /// The process that has this number now.
    pub fn of(pid: i32) -> Option<Self> {
        let start_ticks = start_of(pid)?;
        Some(Self { pid, start_ticks, boot_id: boot_id().to_owned() })
    }

    /// Ourselves.
    pub fn own() -> Self {
        Self::of(std::process::id() as i32).unwrap_or_default()
    }

    /// The process runs (a zombie does not).
    pub fn is_alive(&self) -> bool {
        self.boot_id == boot_id() && self.is_here()
    }

    fn is_here(&self) -> bool {
        let stat = Process::new(self.pid).and_then(|process| process.stat());
        stat.is_ok_and(|stat| stat.starttime == self.start_ticks && !matches!(stat.state, 'Z' | 'X'))
    }

    /// The number belongs to another process now; false as long as nobody has it.
    pub(crate) fn is_reused(&self) -> bool {
        self.boot_id != boot_id() || start_of(self.pid).is_some_and(|start| start != self.start_ticks)
    }
}

/// When the process with this number started, in clock ticks since boot.
pub(crate) fn start_of(pid: i32) -> Option<u64> {
    Process::new(pid).and_then(|process| process.stat()).ok().map(|stat| stat.starttime)
}

/// Changes with every boot and differs between namespaces of processes.
pub(crate) fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        format!("{} {}", boot.trim(), namespace("self").unwrap_or_default())
    })
}

/// The namespace in which a process is numbered.
pub(crate) fn namespace(pid: &str) -> Option<String> {
    let link = std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok()?;
    Some(link.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_alive_and_nobody_else_is_us() {
        let own = ProcessIdentity::own();
        assert!(own.is_alive() && !own.is_reused());
        let earlier = ProcessIdentity { start_ticks: own.start_ticks.wrapping_sub(1), ..own.clone() };
        assert!(!earlier.is_alive() && earlier.is_reused());
        let other_boot = ProcessIdentity { boot_id: "x".to_owned(), ..own };
        assert!(!other_boot.is_alive() && other_boot.is_reused());
    }
}
