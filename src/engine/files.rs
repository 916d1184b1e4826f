//! Small file helpers: atomic writing, cheap "has it changed" stamps, names without `.` and `..`.
//!
//! Must not know: what the files mean.

use std::{
    fs,
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Writes a new file beside the target and renames it, so that nobody ever sees half of it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", uuid::Uuid::new_v4().simple()));
    let written = fs::File::create_new(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_data()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // the first failure is the one to report
        let _ = fs::remove_file(&beside);
    })
}

/// State of a file at one moment. Two equal stamps mean "unchanged", unless the file was young when the stamp was taken:
/// file systems count time in steps of some milliseconds, so a second write might not show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    modified: SystemTime,
    bytes: u64,
    taken: SystemTime,
}

/// Coarser than any clock tick of a local file system.
const CLOCK_STEP: Duration = Duration::from_millis(50);

impl Stamp {
    /// The stamp of a file; `None` when it is missing.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self { modified: metadata.modified().ok()?, bytes: metadata.len(), taken: SystemTime::now() })
    }

    /// True when the file has surely not changed since `self` was taken.
    pub(crate) fn still_holds(&self, now: &Self) -> bool {
        let was_settled = self.taken.duration_since(self.modified).is_ok_and(|age| age > CLOCK_STEP);
        was_settled && self.modified == now.modified && self.bytes == now.bytes
    }

    /// Same time of change and same size, whatever the age.
    pub(crate) fn same_content_marks(&self, other: &Self) -> bool {
        self.modified == other.modified && self.bytes == other.bytes
    }
}

/// Both stamps say that nothing changed (two missing files are equal too).
pub(crate) fn unchanged(before: Option<&Stamp>, now: Option<&Stamp>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => before.still_holds(now),
        _ => false,
    }
}

/// Resolves `.` and `..` by text alone, as Node's `path.resolve` does.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// Resolves symbolic links in the part of the path that exists; the rest is kept by text.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    let path = normalise(path);
    let mut existing = path.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
        match existing.parent() {
            Some(parent) => existing = parent,
            None => return path,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_young_stamp_never_holds() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("f");
        fs::write(&file, "1").unwrap();
        let before = Stamp::of(&file).unwrap();
        assert!(!before.still_holds(&Stamp::of(&file).unwrap()));
        let old = SystemTime::now() - Duration::from_secs(5);
        fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
        let settled = Stamp::of(&file).unwrap();
        assert!(settled.still_holds(&Stamp::of(&file).unwrap()));
    }

    #[test]
    fn dots_are_resolved_by_text() {
        assert_eq!(normalise(Path::new("/a/b/.././c/../..")), Path::new("/"));
    }

    #[test]
    fn atomic_writing_replaces_and_leaves_nothing_beside() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("f");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}
