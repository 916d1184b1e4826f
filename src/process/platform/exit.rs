//! Knowing when a child has ended, and becoming the parent of orphans.
//!
//! Must not know: shells, output.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Once,
    thread,
};

use rustix::{
    io::Errno,
    pipe::{PipeFlags, pipe_with},
    process::{
        Pid, PidfdFlags, WaitId, WaitIdOptions, WaitIdStatus, WaitOptions, getpid, pidfd_open,
        set_child_subreaper, wait, waitid, waitpid,
    },
};

use crate::Exit;

/// A descriptor that becomes readable when the child has ended. The child stays a zombie until [`reap`].
pub(crate) struct ExitWatch(OwnedFd);

impl ExitWatch {
    /// Watches this child of ours: by pidfd, or by a thread on kernels without.
    pub(crate) fn of(pid: Pid) -> io::Result<Self> {
        match open_pidfd(pid) {
            Ok(descriptor) => Ok(Self(descriptor)),
            Err(_) => Self::by_thread(pid),
        }
    }

    fn by_thread(pid: Pid) -> io::Result<Self> {
        let (readable, held_open) = pipe_with(PipeFlags::CLOEXEC)?;
        thread::Builder::new().name("exit-watch".to_owned()).stack_size(64 * 1024).spawn(move || {
            while let Err(Errno::INTR) =
                waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            {}
            drop(held_open); // end of file is the signal
        })?;
        Ok(Self(readable))
    }
}

impl AsFd for ExitWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A descriptor of a process that no later process of the same number can take over.
pub(crate) fn open_pidfd(pid: Pid) -> io::Result<OwnedFd> {
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

/// Takes the exit of a child that has ended; `None` while it runs.
pub(crate) fn reap(pid: Pid) -> Option<Exit> {
    match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
        Ok(Some(status)) => Some(exit_of(&status)),
        Ok(None) | Err(Errno::INTR) => None,
        Err(_) => Some(Exit { code: None }), // not our child any more: somebody else took the exit
    }
}

fn exit_of(status: &WaitIdStatus) -> Exit {
    let crashed =
        || status.terminating_signal().filter(|signal| CRASHES.contains(signal)).map(|signal| 128 + signal);
    Exit { code: status.exit_status().or_else(crashed) }
}

/// Signals a program gives itself by a fault of its own; all others come from outside and count as killed.
const CRASHES: [i32; 7] =
    [libc::SIGSEGV, libc::SIGABRT, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGSYS];

/// From now on orphaned descendants become our children, so none can get away unseen.
pub(crate) fn adopt_orphans() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = set_child_subreaper(Some(getpid())) {
            tracing::debug!(%error, "orphans cannot be adopted; they are found by their environment only");
        }
    });
}

/// Takes the exit of an adopted process that has ended.
pub(crate) fn reap_adopted(pid: Pid) {
    while let Err(Errno::INTR) = waitpid(Some(pid), WaitOptions::NOHANG) {}
}

/// A child that has ended.
pub(crate) struct Ended {
    pub(crate) pid: Pid,
    pub(crate) exit: Exit,
}

/// Takes the exit of any child that has ended; `None` when there is none now.
pub(crate) fn reap_any() -> Option<Ended> {
    loop {
        return match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                let crash = status.terminating_signal().filter(|signal| CRASHES.contains(signal));
                let code = status.exit_status().or(crash.map(|signal| 128 + signal));
                Some(Ended { pid, exit: Exit { code } })
            }
            Err(Errno::INTR) => continue,
            Ok(None) | Err(_) => None,
        };
    }
}

/// No child at all is left, running or ended: with adoption that means no descendant is.
pub(crate) fn no_child_left() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, options), Err(Errno::CHILD))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::event::{PollFd, PollFlags, poll};

    use super::*;

    #[test]
    #[expect(clippy::zombie_processes, reason = "taking the exit is what is tested")]
    fn a_kernel_without_pidfds_is_served_by_a_thread() {
        let child =
            Command::new("sh").args(["-c", "exit 5"]).spawn().unwrap_or_else(|error| panic!("{error}"));
        let pid = Pid::from_raw(child.id() as i32).unwrap_or_else(|| panic!("no number"));
        let watch = ExitWatch::by_thread(pid).unwrap_or_else(|error| panic!("{error}"));
        let mut list = [PollFd::from_borrowed_fd(watch.as_fd(), PollFlags::IN)];
        poll(&mut list, None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(reap(pid), Some(Exit { code: Some(5) }));
    }
}
