//! Which processes belong to a group: found by descent, by session and by a mark in their environment.
//!
//! Must not know: how they are stopped. Double-forked and re-parented ones come back to us as orphans (we adopt them) and carry
//! the mark; ones that cleared their environment are known by their session or by being orphans nobody else can have started.

use std::collections::{HashMap, HashSet};

use memchr::memmem;
use procfs::process::{Process, Stat, all_processes};

use crate::ProcessIdentity;

/// Variable that says which shells a process descends from: `group:label:number.` for each, outermost first.
pub const MARK_VARIABLE: &str = "PINO_SHELL";

/// What belongs.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// Part of the mark all of them carry.
    pub(crate) mark: String,
    /// Sessions of their shells.
    pub(crate) sessions: HashSet<i32>,
    /// Orphans in sessions of their own, without any mark, count too: no other group could have started them.
    pub(crate) strays: bool,
    /// Nothing of it is older than this (clock ticks since boot).
    pub(crate) since_ticks: u64,
    /// The leader of a session whose parent was killed: all of the session belongs, also what does not descend from us.
    pub(crate) lost_session: Option<ProcessIdentity>,
}

/// A process that belongs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub(crate) pid: i32,
    /// Together with the number this names a process for ever.
    pub(crate) start_ticks: u64,
    pub(crate) name: String,
    /// Ended, but nobody has taken its exit.
    pub(crate) zombie: bool,
    /// Our own child.
    pub(crate) adopted: bool,
    pub(crate) session: i32,
}

/// Looks at all processes once.
pub(crate) fn find(selection: &Selection) -> Vec<Member> {
    let own = std::process::id() as i32;
    let Ok(all) = all_processes() else { return Vec::new() };
    let found: Vec<(Process, Stat)> = all
        .filter_map(Result::ok)
        .filter_map(|process| process.stat().ok().map(|stat| (process, stat)))
        .filter(|(_, stat)| stat.pid != own && stat.starttime >= selection.since_ticks)
        .collect();
    // the number of a session cannot be used again before all of it has ended
    let lost_session = selection.lost_session.as_ref().filter(|leader| !leader.is_reused());
    let around = Surroundings {
        lost_session: lost_session.map(|leader| leader.pid),
        own,
        own_session: own_session(),
        descendants: descendants(&found, HashSet::from([own])),
    };
    let belonging = found
        .iter()
        .filter(|(process, stat)| belongs(selection, process, stat, &around))
        .map(|(_, stat)| stat.pid)
        .collect();
    let belonging = descendants(&found, belonging);
    found
        .iter()
        .filter(|(_, stat)| belonging.contains(&stat.pid))
        .map(|(_, stat)| member(stat, own))
        .collect()
}

/// Their numbers.
pub(crate) fn pids_of(selection: &Selection) -> Vec<i32> {
    find(selection).iter().map(|member| member.pid).collect()
}

/// 0 in a container whose PID 1 was started from outside: the leader of our session has no number in here.
fn own_session() -> i32 {
    Process::myself().and_then(|own| own.stat()).map_or(0, |stat| stat.session)
}

fn member(stat: &Stat, own: i32) -> Member {
    Member {
        pid: stat.pid,
        start_ticks: stat.starttime,
        name: stat.comm.clone(),
        zombie: matches!(stat.state, 'Z' | 'X'),
        adopted: stat.ppid == own,
        session: stat.session,
    }
}

/// What we know about ourselves.
struct Surroundings {
    own: i32,
    own_session: i32,
    lost_session: Option<i32>,
    /// Ourselves and all processes that descend from us; as orphans come back to us, this is all we ever started.
    descendants: HashSet<i32>,
}

fn belongs(selection: &Selection, process: &Process, stat: &Stat, around: &Surroundings) -> bool {
    // the number of a session that is over may be somebody else's now
    if selection.sessions.contains(&stat.session) && around.descendants.contains(&stat.pid) {
        return true;
    }
    if around.lost_session == Some(stat.session) {
        return true;
    }
    let orphan = stat.ppid == around.own && stat.session != around.own_session;
    match environment(process) {
        Some(environment) => {
            memmem::find(&environment, selection.mark.as_bytes()).is_some()
                || (selection.strays
                    && orphan
                    && memmem::find(&environment, MARK_VARIABLE.as_bytes()).is_none())
        }
        None => selection.strays && orphan,
    }
}

/// Living processes that carry one of these marks, with the place of the mark in the list.
pub(crate) fn marked_processes(marks: &[String]) -> Vec<(usize, i32)> {
    let finders: Vec<_> = marks.iter().map(|mark| memmem::Finder::new(mark.as_bytes())).collect();
    let mut found = Vec::new();
    for process in all_processes().into_iter().flatten().flatten() {
        let Some(environment) = environment(&process) else { continue };
        if memmem::find(&environment, MARK_VARIABLE.as_bytes()).is_none() {
            continue;
        }
        let marked = finders.iter().enumerate().filter(|(_, finder)| finder.find(&environment).is_some());
        found.extend(marked.map(|(mark, _)| (mark, process.pid)));
    }
    found
}

/// The marks of all processes that carry one.
pub(crate) fn mark_texts() -> Vec<(i32, String)> {
    let all = all_processes().into_iter().flatten().flatten();
    all.filter_map(|process| Some((process.pid, crate::sweep::mark_in(&environment(&process)?)?))).collect()
}

/// `None` when it cannot be read or is empty: another user's process, or one that has ended.
fn environment(process: &Process) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = process.open_relative("environ").ok()?;
    std::io::Read::read_to_end(&mut file, &mut bytes).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

/// These processes and all that descend from them.
fn descendants(found: &[(Process, Stat)], mut known: HashSet<i32>) -> HashSet<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for (_, stat) in found {
        children.entry(stat.ppid).or_default().push(stat.pid);
    }
    let mut open: Vec<i32> = known.iter().copied().collect();
    while let Some(pid) = open.pop() {
        for child in children.get(&pid).into_iter().flatten() {
            if known.insert(*child) {
                open.push(*child);
            }
        }
    }
    known
}

/// The process is still the same one.
pub(crate) fn is_same(member: &Member) -> bool {
    Process::new(member.pid)
        .and_then(|process| process.stat())
        .is_ok_and(|stat| stat.starttime == member.start_ticks)
}

/// Now, in the unit of `start_ticks`.
pub(crate) fn now_ticks() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let per_second = rustix::param::clock_ticks_per_second();
    now.tv_sec as u64 * per_second + now.tv_nsec as u64 * per_second / 1_000_000_000
}
