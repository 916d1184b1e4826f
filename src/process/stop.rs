//! Stopping: SIGTERM, a grace period, SIGKILL, and the proof that nothing is left.
//!
//! Must not know: shells. Blocking; runs on a thread of its own.

use std::{
    collections::HashSet,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process, pidfd_send_signal},
};

use crate::{
    ProcessError,
    members::{Member, Selection, find, is_same},
    platform,
};

/// How long programs may take to end on their own.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(10);
/// How long the kernel may take to end what was killed.
const KILL_LIMIT: Duration = Duration::from_secs(5);
/// New processes are looked for this often while old ones are ending.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Ends everything of the selection. `hang_up` lists sessions of interactive shells, which ignore SIGTERM.
pub(crate) fn stop_blocking(
    selection: &Selection,
    hang_up: &HashSet<i32>,
    grace: Duration,
) -> Result<(), ProcessError> {
    let started = Instant::now();
    let mut told = HashSet::new();
    loop {
        let members = find(selection);
        let (ended, alive): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.zombie);
        take_exits(&ended, selection);
        if alive.is_empty() {
            return Ok(());
        }
        let past = started.elapsed();
        if past > grace + KILL_LIMIT {
            return Err(survivors(&alive));
        }
        let force = past >= grace;
        let waits: Vec<Option<OwnedFd>> =
            alive.iter().map(|member| tell(member, force, hang_up, &mut told)).collect();
        let until = if force { LOOK_AGAIN } else { LOOK_AGAIN.min(grace.saturating_sub(past)) };
        wait_for_end(&waits, until);
    }
}

/// Sends the signal that is due; gives a descriptor that becomes readable when the process has ended.
fn tell(
    member: &Member,
    force: bool,
    hang_up: &HashSet<i32>,
    told: &mut HashSet<(i32, u64)>,
) -> Option<OwnedFd> {
    let pid = Pid::from_raw(member.pid)?;
    let descriptor = platform::open_pidfd(pid).ok();
    if !is_same(member) {
        return None; // it has ended and the number belongs to another process now
    }
    let send = |signal| match &descriptor {
        Some(descriptor) => pidfd_send_signal(descriptor, signal).ok(),
        None => kill_process(pid, signal).ok(),
    };
    if force {
        send(Signal::KILL);
    } else if told.insert((member.pid, member.start_ticks)) {
        send(Signal::TERM);
        if hang_up.contains(&member.session) {
            send(Signal::HUP);
        }
        send(Signal::CONT); // a stopped process takes its signals only when it goes on
    }
    descriptor
}

/// Waits until all of them have ended, or until it is time to look again.
fn wait_for_end(waits: &[Option<OwnedFd>], limit: Duration) {
    let deadline = Instant::now() + limit;
    let mut open: Vec<&OwnedFd> = waits.iter().flatten().collect();
    if open.len() < waits.len() {
        std::thread::sleep(limit.min(Duration::from_millis(20))); // no pidfds on this kernel, or one has just ended
    }
    while !open.is_empty() {
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return;
        }
        let mut list: Vec<PollFd<'_>> =
            open.iter().map(|descriptor| PollFd::new(*descriptor, PollFlags::IN)).collect();
        let timeout = Timespec { tv_sec: rest.as_secs() as i64, tv_nsec: i64::from(rest.subsec_nanos()) };
        poll(&mut list, Some(&timeout)).ok();
        let ended: Vec<bool> = list.iter().map(|entry| !entry.revents().is_empty()).collect();
        let mut flags = ended.into_iter();
        open.retain(|_| !flags.next().unwrap_or(false));
    }
}

/// Adopted processes have nobody else who takes their exit. Leaders of our sessions are taken by their readers.
fn take_exits(ended: &[Member], selection: &Selection) {
    for member in ended.iter().filter(|member| member.adopted && !selection.sessions.contains(&member.pid)) {
        if let Some(pid) = Pid::from_raw(member.pid) {
            platform::reap_adopted(pid);
        }
    }
}

fn survivors(alive: &[Member]) -> ProcessError {
    ProcessError::Survivors {
        survivors: alive.iter().map(|member| format!("{} {}", member.pid, member.name)).collect(),
    }
}
