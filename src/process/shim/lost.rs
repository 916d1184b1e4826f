//! What a killed shim left behind: its processes carry its mark, share its session and its control group.
//!
//! Must not know: sockets.

use std::{collections::HashSet, path::Path, time::Duration};

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

/// The state of a shim that is gone and of which nothing lives.
pub(super) fn ended_state(status: &ShimStatus) -> ShimState {
    if status.exit.is_some() { ShimState::Ended } else { ShimState::Lost }
}
