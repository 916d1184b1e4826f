//! What runs left behind that were killed before they could stop anything: found by the mark of a run whose process is no more.
//!
//! Must not know: shims. What lives in a shim outlives its starter on purpose and carries another mark.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Once,
    thread,
    time::Duration,
};

use crate::{
    ProcessIdentity,
    identity::{self, namespace},
    members::{MARK_VARIABLE, Selection, mark_texts},
    stop::stop_blocking,
};

/// What is left of a killed run gets this long to end well.
const GRACE: Duration = Duration::from_secs(2);
const STACK_BYTES: usize = 512 * 1024;

/// A name for a group of ours: it says whose it is.
pub(crate) fn run_name() -> String {
    let own = ProcessIdentity::own();
    let mut unique = uuid::Uuid::new_v4().simple().to_string();
    unique.truncate(12);
    format!("r{}-{}-{unique}", own.pid, own.start_ticks)
}

/// Sweeps in a thread of its own, once in the life of this process.
pub(crate) fn sweep_once_beside() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let body = || {
            let ended = sweep();
            if ended > 0 {
                tracing::info!(ended, "ended processes that a killed run had left behind");
            }
        };
        // without a thread there is no sweep this time
        thread::Builder::new().name("sweep".to_owned()).stack_size(STACK_BYTES).spawn(body).ok();
    });
}

/// Ends what killed runs have left behind; gives the number of runs. Blocking.
pub fn sweep() -> usize {
    let Some(own_space) = namespace("self") else { return 0 };
    let mut names = BTreeSet::new();
    for (pid, text) in mark_texts() {
        // numbers of another namespace are not ours
        if namespace(&pid.to_string()).as_ref() == Some(&own_space) {
            names.extend(dead_runs(&text, is_dead));
        }
    }
    for name in &names {
        let selection = Selection {
            mark: format!("{name}:"),
            sessions: HashSet::new(),
            strays: false,
            since_ticks: 0,
            lost_session: None,
        };
        if let Err(error) = stop_blocking(&selection, &HashSet::new(), GRACE) {
            tracing::warn!(%error, "a killed run has left processes behind");
        }
    }
    names.len()
}

fn is_dead(pid: i32, start_ticks: u64) -> bool {
    let owner = ProcessIdentity { pid, start_ticks, boot_id: identity::boot_id().to_owned() };
    !owner.is_alive()
}

/// Names of runs in a mark (`name:label:number.` each) whose process is no more.
fn dead_runs(mark: &str, is_dead: impl Fn(i32, u64) -> bool) -> Vec<String> {
    let owner = |name: &str| {
        let mut parts = name.strip_prefix('r')?.split('-');
        let pid = parts.next()?.parse().ok()?;
        let ticks = parts.next()?.parse().ok()?;
        parts.next().map(|_unique| (pid, ticks))
    };
    let names = mark.split('.').filter_map(|segment| segment.split(':').next());
    names
        .filter(|name| owner(name).is_some_and(|(pid, ticks)| is_dead(pid, ticks)))
        .map(str::to_owned)
        .collect()
}

/// The text of a mark among the variables of a process.
pub(crate) fn mark_in(environment: &[u8]) -> Option<String> {
    let prefix = [MARK_VARIABLE.as_bytes(), b"="].concat();
    let variable = environment.split(|byte| *byte == 0).find(|variable| variable.starts_with(&prefix))?;
    Some(String::from_utf8_lossy(&variable[prefix.len()..]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_whose_process_is_gone_are_named() {
        let mark = "r10-5-abc:0:1.s0123456789abcdef:0:1.r11-6-def:2:7.shim-x.";
        assert_eq!(dead_runs(mark, |pid, ticks| (pid, ticks) == (11, 6)), ["r11-6-def"]);
        assert!(dead_runs("r1:0:1.rx-y-z:1:1.r1-2:0:0.0a1b:0:1.", |_, _| true).is_empty());
        assert!(!is_dead(ProcessIdentity::own().pid, ProcessIdentity::own().start_ticks));
    }

    #[test]
    fn a_mark_is_read_from_an_environment() {
        assert_eq!(mark_in(b"A=1\0PINO_SHELL=x:1:2.\0B=2\0").as_deref(), Some("x:1:2."));
        assert_eq!(mark_in(b"XPINO_SHELL=x\0"), None);
    }
}
