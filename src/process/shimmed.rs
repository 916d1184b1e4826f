//! The part of a group whose shells live in shims: starting, adopting, stopping them.
//!
//! Must not know: what is said to a shim.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustix::process::Pid;
use tokio::{
    io::unix::AsyncFd,
    runtime::Handle,
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    Exit, LogPlace, MARK_VARIABLE, ProcessError, ProcessGroup, ShellHandle, ShellMode, ShellOutput,
    ShellSpec, ShimHome,
    group::{Inner, Part, WAITING_PIECES, outer_mark},
    platform,
    shell::{Shell, Terminal},
    shim::{self, Begun, Controls, Feed, ShimState},
    socket,
};

/// A shim a group has to do with.
#[derive(Clone, Debug)]
pub(crate) struct InShim {
    label: u32,
    number: u32,
    controls: Controls,
}

impl ProcessGroup {
    /// A group of the shells that shims of an earlier process hold under this group name, each with its output from this place on.
    /// Blocking; inside an asynchronous runtime (its tasks follow the shells).
    pub fn adopted(
        home: ShimHome,
        from: LogPlace,
    ) -> Result<(Self, Vec<(ShellHandle, ShellOutput)>), ProcessError> {
        let known = shim::list(&home.dir)?;
        let group = Self::with_shims(home.clone());
        let mut shells = Vec::new();
        for status in known.into_iter().filter(|status| status.group == home.group) {
            let controls = Controls::new(&home.dir, &status.id)?;
            match status.state {
                ShimState::Running => {
                    shells.extend(group.inner.adopt(&home, &status, controls, from)?);
                }
                // nothing to hear, but something to stop
                ShimState::Leftover | ShimState::Orphaned => {
                    let (label, number) = group.inner.register(&status.label);
                    group.inner.state().in_shims.push(InShim { label, number, controls });
                }
                ShimState::Ended | ShimState::Lost => {}
            }
        }
        Ok((group, shells))
    }
}

/// A shell in a shim, known to the group from now on.
struct Joining {
    id: String,
    label: u32,
    number: u32,
    pid: Pid,
    root: i32,
    mode: ShellMode,
    controls: Controls,
    stream: std::os::unix::net::UnixStream,
    from: LogPlace,
}

impl Inner {
    pub(crate) fn spawn_in_shim(
        self: &Arc<Self>,
        home: &ShimHome,
        mut spec: ShellSpec,
        label: u32,
        number: u32,
    ) -> Result<(ShellHandle, ShellOutput), ProcessError> {
        let runtime = Handle::try_current().map_err(|_none| ProcessError::NoRuntime)?;
        spec.env.insert(MARK_VARIABLE.to_owned(), outer_mark());
        let (id, mode) = (spec.id.clone(), spec.mode);
        let Begun { id: shim_id, program, stream, child } = shim::begin(home, spec)?;
        let root = child.id() as i32;
        let controls = Controls::new(&home.dir, &shim_id)?;
        let pid = Pid::from_raw(program.pid).ok_or(ProcessError::Ended)?;
        self.state().in_shims.push(InShim { label, number, controls: controls.clone() });
        runtime.spawn(take_exit(Arc::downgrade(self), child, number));
        Ok(self.join(Joining { id, label, number, pid, root, mode, controls, stream, from: LogPlace::Start }))
    }

    /// `None` when it has ended meanwhile.
    fn adopt(
        self: &Arc<Self>,
        home: &ShimHome,
        status: &shim::ShimStatus,
        controls: Controls,
        from: LogPlace,
    ) -> Result<Option<(ShellHandle, ShellOutput)>, ProcessError> {
        Handle::try_current().map_err(|_none| ProcessError::NoRuntime)?;
        let (label, number) = self.register(&status.label);
        self.state().in_shims.push(InShim { label, number, controls: controls.clone() });
        let Ok(stream) = socket::connect(&shim::socket_of(&home.dir, &status.id)) else { return Ok(None) };
        let Some(pid) = Pid::from_raw(status.program.pid) else { return Ok(None) };
        let (id, mode, root) = (status.shell_id.clone(), status.mode, status.shim.pid);
        Ok(Some(self.join(Joining { id, label, number, pid, root, mode, controls, stream, from })))
    }

    /// Follows the shell in a task of its own.
    fn join(self: &Arc<Self>, joining: Joining) -> (ShellHandle, ShellOutput) {
        let Joining { id, label, number, pid, root, mode, controls, stream, from } = joining;
        let (out, receiver) = mpsc::channel(WAITING_PIECES);
        let (tell_exit, exit) = watch::channel(None);
        let terminal = Terminal::Shim(controls.clone());
        let shell =
            Arc::new(Shell { id, label, number, pid, root, mode, terminal, exit, annex: OnceLock::new() });
        self.remember(&shell, &out);
        let (group, followed) = (Arc::downgrade(self), Arc::clone(&shell));
        tokio::spawn(async move {
            let fed = shim::feed(Feed { controls, stream, from, out: out.clone() }).await;
            let exit = fed.unwrap_or(Exit { code: None });
            let tell = || tell_exit.send_replace(Some(exit));
            match group.upgrade() {
                Some(group) => group.forget(&followed, tell),
                None => tell(),
            };
            // the channel ends after the exit is known, as with a shell of our own
            drop(out);
        });
        (ShellHandle { shell, group: Arc::downgrade(self) }, ShellOutput { receiver })
    }

    /// Stops the shims that are meant, all at once; `pids` gets the processes there were.
    pub(crate) async fn stop_shims(
        &self,
        part: &Part,
        grace: Duration,
        pids: &mut Vec<i32>,
    ) -> Result<(), ProcessError> {
        let meant: Vec<InShim> = {
            let all = &self.state().in_shims;
            all.iter().filter(|entry| part.includes(entry.label, Some(entry.number))).cloned().collect()
        };
        let mut stops = JoinSet::new();
        for entry in meant {
            stops.spawn(async move { (entry.number, entry.controls.stop(grace, "it was stopped").await) });
        }
        let mut failure = None;
        while let Some(stopped) = stops.join_next().await {
            match stopped {
                Ok((number, Ok(report))) => {
                    pids.extend(report.pids);
                    self.state().in_shims.retain(|entry| entry.number != number);
                }
                Ok((_, Err(error))) => failure = Some(error.into()),
                Err(error) => failure = Some(ProcessError::Shim(error.to_string())),
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

/// A shim is our child: its exit has to be taken. One that ended well has left nothing behind.
async fn take_exit(group: std::sync::Weak<Inner>, mut child: std::process::Child, number: u32) {
    let descriptor = Pid::from_raw(child.id() as i32).map(platform::open_pidfd);
    if let Some(Ok(descriptor)) = descriptor {
        #[expect(deprecated, reason = "its successor is unsafe; an OwnedFd keeps the promise both ask for")]
        if let Ok(watched) = AsyncFd::new(descriptor) {
            watched.readable().await.ok();
        }
    }
    let exit = tokio::task::spawn_blocking(move || child.wait()).await;
    if let (Ok(Ok(exit)), Some(group)) = (exit, group.upgrade())
        && exit.success()
    {
        group.state().in_shims.retain(|entry| entry.number != number);
    }
}
