//! Where tests end or fail the program: before any call that changes the disk. Nothing outside of tests.
//!
//! Must not know: what the calls do.

#[cfg(not(test))]
use std::io;

/// Called before each system call that changes the disk.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "tests fail here")]
#[inline]
pub(crate) fn before(_call: &'static str) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use counted::{KILL_AT, NO_LINKS, before, fail_at, has_no_links, is_failing};

#[cfg(test)]
mod counted {
    use std::{
        cell::Cell,
        io,
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    /// A child process of a test reads here at which call it is killed.
    pub(crate) const KILL_AT: &str = "PINO_DRIVE_TEST_KILL_AT";

    /// Set for a child whose file system is to know no hard links.
    pub(crate) const NO_LINKS: &str = "PINO_DRIVE_TEST_NO_LINKS";

    static LINKLESS: LazyLock<bool> = LazyLock::new(|| std::env::var_os(NO_LINKS).is_some());
    static KILL: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var(KILL_AT).ok()?.parse().ok());
    static CALLS: AtomicU64 = AtomicU64::new(0);

    thread_local! {
        static FAIL: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From now on the call after `passed` others of this thread fails once, as on a full disk.
    pub(crate) fn fail_at(passed: Option<u64>) {
        FAIL.set(passed);
    }

    /// As on a file system without hard links.
    pub(crate) fn has_no_links() -> bool {
        *LINKLESS
    }

    /// The call that is to fail has not come yet.
    pub(crate) fn is_failing() -> bool {
        FAIL.get().is_some()
    }

    pub(crate) fn before(_call: &'static str) -> io::Result<()> {
        let number = CALLS.fetch_add(1, Ordering::SeqCst);
        if *KILL == Some(number) {
            // nothing of the process runs after this: no destructor, no buffer
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        match FAIL.get() {
            Some(0) => {
                FAIL.set(None);
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(left) => {
                FAIL.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
