//! A home of shims for one test, and ways to wait for what they do.

use std::{
    future::Future,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use pino_process::{
    LogPlace, ProcessGroup, ShimHome,
    shim::{Attachment, Piece, ShimStatus, list},
};

/// Nothing in a test takes longer.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// A folder of shims.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap_or_else(|error| panic!("{error}")) }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("shims")
    }

    pub(crate) fn home(&self, group: &str) -> ShimHome {
        home(&self.dir(), group)
    }

    pub(crate) fn group(&self) -> ProcessGroup {
        ProcessGroup::with_shims(self.home("g"))
    }

    pub(crate) fn list(&self) -> Vec<ShimStatus> {
        list(&self.dir()).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A home of which we are the shim ourselves.
pub(crate) fn home(dir: &Path, group: &str) -> ShimHome {
    let program = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    ShimHome { dir: dir.to_owned(), program, group: group.to_owned() }
}

/// Runs a test's tasks.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| panic!("not done within {LIMIT:?}"))
    })
}

/// Looks again and again until it is so.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The whole log of a shim, with gaps as `<gap>`.
pub(crate) async fn read_log(dir: &Path, id: &str, from: LogPlace, follow: bool) -> String {
    let mut attachment =
        Attachment::open(dir, id, from, follow).await.unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    while let Some(piece) = attachment.next().await.unwrap_or_else(|error| panic!("{error}")) {
        match piece {
            Piece::Bytes { bytes: more, .. } => bytes.extend(more),
            Piece::Gap { .. } => bytes.extend(b"<gap>"),
            Piece::Started { .. } | Piece::Idle { .. } | Piece::Ended(_) => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Processes whose working directory lies in this folder.
pub(crate) fn working_in(folder: &Path) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder)))
        .collect()
}

/// Sends SIGKILL.
pub(crate) fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap_or_else(|| panic!("no process {pid}"));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
}

/// Less than this, by chance.
pub(crate) fn random(limit: u64) -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(limit) % limit
}

/// So many times: 20 in a normal run, more in a soak (`PINO_SOAK=200`).
pub(crate) fn rounds() -> usize {
    std::env::var("PINO_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}
