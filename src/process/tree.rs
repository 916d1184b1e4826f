//! The processes that descend from one, and what they use.
//!
//! Must not know: marks, stopping. Children are asked of the parents: a look costs as much as the tree is large, not the machine.

use procfs::process::{Process, all_processes};
use std::collections::HashMap;

/// More than this is no tree of an app but a fork bomb: the figures then are of the first ones.
const TREE_LIMIT: usize = 10_000;

/// What a tree uses now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) rss_bytes: u64,
    pub(crate) cpu_ms: u64,
}

/// The process and everything that descends from it, parents first. Without the process itself when it has ended.
pub fn process_tree(pid: i32) -> Vec<i32> {
    let mut known = vec![pid];
    let mut at = 0;
    let mut table = None;
    while at < known.len() && known.len() < TREE_LIMIT {
        let children = children_of(known[at]).unwrap_or_else(|| {
            let table = table.get_or_insert_with(parents);
            table.get(&known[at]).cloned().unwrap_or_default()
        });
        known.extend(children);
        at += 1;
    }
    known.retain(|pid| std::fs::exists(format!("/proc/{pid}")).unwrap_or(false));
    known
}

/// `None` when the kernel does not tell.
fn children_of(pid: i32) -> Option<Vec<i32>> {
    let mut all = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let text = std::fs::read_to_string(task.path().join("children")).ok()?;
        all.extend(text.split_whitespace().filter_map(|number| number.parse::<i32>().ok()));
    }
    Some(all)
}

/// Children by parent, of all processes.
fn parents() -> HashMap<i32, Vec<i32>> {
    let mut table: HashMap<i32, Vec<i32>> = HashMap::new();
    for stat in all_processes().into_iter().flatten().flatten().filter_map(|process| process.stat().ok()) {
        table.entry(stat.ppid).or_default().push(stat.pid);
    }
    table
}

/// What these processes use together.
pub(crate) fn usage(pids: &[i32]) -> Usage {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let page = rustix::param::page_size() as u64;
    let mut total = Usage::default();
    for stat in pids.iter().filter_map(|pid| Process::new(*pid).and_then(|process| process.stat()).ok()) {
        total.rss_bytes += stat.rss * page;
        total.cpu_ms += (stat.utime + stat.stime) * 1000 / per_second;
    }
    total
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_tree_has_its_grandchildren_and_a_size() {
        let mut child = Command::new("bash")
            .args(["-c", "sleep 100 & read -r line; kill $!"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{error}"));
        let pid = child.id() as i32;
        while process_tree(pid).len() < 2 {
            std::thread::yield_now();
        }
        let tree = process_tree(std::process::id() as i32);
        assert!(tree.contains(&pid) && tree.len() >= 3, "{tree:?}");
        assert!(usage(&tree).rss_bytes > 1_000_000);
        drop(child.stdin.take());
        child.wait().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(process_tree(pid), Vec::<i32>::new());
    }
}
