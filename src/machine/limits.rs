//! Memory limits of the control group this process is in: a container's limit is its memory.
//!
//! Must not know: the machine's own memory.

use std::{fs, path::Path};

/// Limit and use in bytes of the tightest control group above this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryLimit {
    /// Bytes allowed.
    pub limit_bytes: u64,
    /// Bytes in use by the group.
    pub used_bytes: u64,
}

/// A limit near the top of the number range means "none" (version 1 writes the largest page-aligned number).
const UNLIMITED_FROM: u64 = 1 << 60;

/// The tightest memory limit that holds for this process.
pub(crate) fn memory() -> Option<MemoryLimit> {
    memory_below(Path::new("/sys/fs/cgroup"), &fs::read_to_string("/proc/self/cgroup").ok()?)
}

/// `groups` is the text of `/proc/self/cgroup`: lines `id:controllers:path`.
fn memory_below(root: &Path, groups: &str) -> Option<MemoryLimit> {
    groups.lines().filter_map(|line| limit_of_line(root, line)).min_by_key(|limit| limit.limit_bytes)
}

fn limit_of_line(root: &Path, line: &str) -> Option<MemoryLimit> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let relative = Path::new(path.trim_start_matches('/'));
    match controllers {
        "" => tightest(root, relative, "memory.max", "memory.current"),
        "memory" => {
            tightest(&root.join("memory"), relative, "memory.limit_in_bytes", "memory.usage_in_bytes")
        }
        _ => None,
    }
}

/// Walks from the process's group up to the root; a group that is not visible here is passed over.
fn tightest(root: &Path, group: &Path, limit_file: &str, used_file: &str) -> Option<MemoryLimit> {
    let read = |folder: &Path| {
        let limit_bytes = number(&folder.join(limit_file)).filter(|limit| *limit < UNLIMITED_FROM)?;
        Some(MemoryLimit { limit_bytes, used_bytes: number(&folder.join(used_file)).unwrap_or(0) })
    };
    group.ancestors().filter_map(|above| read(&root.join(above))).min_by_key(|limit| limit.limit_bytes)
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_tightest_group_above_counts() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "memory.max", "max\n");
        write(root.path(), "box/memory.max", "1000\n");
        write(root.path(), "box/memory.current", "400\n");
        write(root.path(), "box/job/memory.max", "2000\n");
        let found = memory_below(root.path(), "0::/box/job\n");
        assert_eq!(found, Some(MemoryLimit { limit_bytes: 1000, used_bytes: 400 }));
    }

    #[test]
    fn version_one_and_no_limit() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(memory_below(root.path(), "3:memory:/\n"), None);
        write(root.path(), "memory/memory.limit_in_bytes", "4096\n");
        let limit = memory_below(root.path(), "3:memory:/hidden/by/namespace\n1:cpu:/\n").unwrap();
        assert_eq!(limit.limit_bytes, 4096);
    }
}
