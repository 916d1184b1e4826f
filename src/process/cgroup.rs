//! A control group (version 2) for the processes of one app, where the system lets us write one.
//!
//! Must not know: shells. Everything here is a bonus: without it resource limits and marks do the work.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::limits::{Held, ResourceLimits};

/// Period the CPU share is counted over.
const CPU_PERIOD_US: u64 = 100_000;
/// How long the kernel may take to end what is in a group.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A control group of ours.
#[derive(Debug)]
pub(crate) struct ControlGroup {
    folder: PathBuf,
    parent: PathBuf,
    pub(crate) held: Held,
}

impl ControlGroup {
    /// Makes one beside our own processes, with the limits the system lets us set. `None` where it does not let us.
    pub(crate) fn create(name: &str, limits: &ResourceLimits) -> Option<Self> {
        let parent = own_folder()?;
        let folder = parent.join(format!("pino-{name}"));
        fs::create_dir(&folder).ok()?;
        let held = Held {
            memory: set(&folder, "memory.max", limits.memory_bytes),
            processes: set(&folder, "pids.max", limits.processes),
        };
        if let Some(percent) = limits.cpu_percent {
            let quota = format!("{} {CPU_PERIOD_US}", (CPU_PERIOD_US * percent / 100).max(1000));
            fs::write(folder.join("cpu.max"), quota).ok();
        }
        Some(Self { folder, parent, held })
    }

    /// The one of this name that a shim left behind.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let parent = own_folder()?;
        let folder = parent.join(format!("pino-{name}"));
        folder.is_dir().then(|| Self { folder, parent, held: Held::default() })
    }

    /// From here on our children are born in it.
    pub(crate) fn enter(&self) -> io::Result<()> {
        fs::write(self.folder.join("cgroup.procs"), "0")
    }

    /// Back to where we were.
    pub(crate) fn leave(&self) -> io::Result<()> {
        fs::write(self.parent.join("cgroup.procs"), "0")
    }

    /// All processes in it.
    pub(crate) fn members(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 0).collect()
    }

    /// Ends all processes in it at once and waits until none is left; gives those that are. Blocking.
    pub(crate) fn end(&self) -> Vec<i32> {
        let until = Instant::now() + END_LIMIT;
        loop {
            let members = self.members();
            let can_kill = fs::write(self.folder.join("cgroup.kill"), "1").is_ok();
            if members.is_empty() || !can_kill || Instant::now() > until {
                return members;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Takes it away; fails while something lives in it.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_dir(&self.folder)
    }
}

fn set(folder: &Path, file: &str, value: Option<u64>) -> bool {
    value.is_some_and(|value| fs::write(folder.join(file), value.to_string()).is_ok())
}

/// The folder of our own control group of version 2.
fn own_folder() -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
    mounts
        .into_iter()
        .map(|mount| Path::new(mount).join(own.trim_start_matches('/')))
        .find(|folder| folder.join("cgroup.procs").exists() && folder.join("cgroup.subtree_control").exists())
}
