//! What a killed shim left behind: its processes carry its mark, share its session and its control group.
//!
//! Must not know: sockets.

use std::{
    collections::HashSet,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    error::ShimError,
    paths::{SOCKET, mark_of},
    status::{self, ShimState, ShimStatus},
};
use crate::{
    ProcessError,
    cgroup::ControlGroup,
    members::{Selection, find},
    stop::stop_blocking,
};

/// How long the kernel may take to end a shim.
const SHIM_LIMIT: Duration = Duration::from_secs(5);

/// The processes of a shim that is gone.
fn selection(status: &ShimStatus) -> Selection {
    Selection {
        mark: mark_of(&status.id),
        sessions: HashSet::new(),
        strays: false,
        since_ticks: status.shim.start_ticks,
        lost_session: Some(status.program.clone()),
    }
}

/// Living processes of a shim that is gone.
pub(super) fn survivors(status: &ShimStatus) -> Vec<i32> {
    let found = find(&selection(status));
    let mut pids: Vec<i32> = found.iter().filter(|member| !member.zombie).map(|member| member.pid).collect();
    if let Some(group) = ControlGroup::find(&status.id) {
        pids.extend(group.members());
    }
    pids.sort_unstable();
    pids.dedup();
    pids
}

/// Ends them. Blocking.
pub(super) fn end_survivors(
    folder: &Path,
    status: &ShimStatus,
    grace: Duration,
) -> Result<Vec<i32>, ShimError> {
    let pids = survivors(status);
    stop_blocking(&selection(status), &HashSet::new(), grace).map_err(ShimError::Stop)?;
    if let Some(group) = ControlGroup::find(&status.id) {
        group.end();
        group.remove().ok();
    }
    let left = survivors(status);
    if !left.is_empty() {
        let survivors = left.iter().map(i32::to_string).collect();
        return Err(ShimError::Stop(ProcessError::Survivors { survivors }));
    }
    std::fs::remove_file(folder.join(SOCKET)).ok();
    let reason =
        status.stop_reason.clone().or_else(|| Some("it was stopped after its shim was killed".to_owned()));
    let ended = ShimStatus { state: ended_state(status), stop_reason: reason, ..status.clone() };
    status::write(folder, &ended).ok();
    Ok(pids)
}

/// A shim that lives but does not answer is ended itself. Blocking.
pub(super) fn end_shim(status: &ShimStatus) -> Result<(), ShimError> {
    let until = Instant::now() + SHIM_LIMIT;
    while status.shim.is_alive() {
        if let Some(pid) = Pid::from_raw(status.shim.pid) {
            kill_process(pid, Signal::KILL).ok(); // gone already: that is what is wanted
        }
        if Instant::now() > until {
            let survivors = vec![format!("{} shim {}", status.shim.pid, status.id)];
            return Err(ShimError::Stop(ProcessError::Survivors { survivors }));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Ends what carries the mark of a shim that never came to say that its shell runs. Blocking.
pub(super) fn end_marked(id: &str) {
    let selection = Selection {
        mark: mark_of(id),
        sessions: HashSet::new(),
        strays: false,
        since_ticks: 0,
        lost_session: None,
    };
    if let Err(error) = stop_blocking(&selection, &HashSet::new(), Duration::ZERO) {
        tracing::warn!(%error, "a shell that could not be started has left processes behind");
    }
}

/// The state of a shim that is gone and of which nothing lives.
pub(super) fn ended_state(status: &ShimStatus) -> ShimState {
    if status.exit.is_some() { ShimState::Ended } else { ShimState::Lost }
}
