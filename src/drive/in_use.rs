//! Which files programs have open for writing, as far as this user may see.
//!
//! Must not know: what is done about it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{Duration, Instant},
};

use crate::stat::Stat;

/// Looking at every process takes milliseconds: a look serves for so long.
const FRESH: Duration = Duration::from_secs(1);

/// The files, as of the last look.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    looked_at: Option<Instant>,
    written: BTreeSet<(u64, u64)>,
}

impl OpenFiles {
    /// A program has the file open for writing.
    pub(crate) fn is_written(&mut self, stat: &Stat) -> bool {
        if self.looked_at.is_none_or(|at| at.elapsed() > FRESH) {
            self.written = look(Path::new("/proc"));
            self.looked_at = Some(Instant::now());
        }
        self.written.contains(&(stat.dev, stat.ino))
    }
}

fn look(processes: &Path) -> BTreeSet<(u64, u64)> {
    let is_process = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let entries = fs::read_dir(processes).into_iter().flatten().flatten();
    let processes = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_process));
    processes.flat_map(|process| files_of(&process.path())).collect()
}

fn files_of(process: &Path) -> Vec<(u64, u64)> {
    let entries = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let written = entries.filter_map(|entry| {
        let metadata = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file)?;
        let info = fs::read_to_string(process.join("fdinfo").join(entry.file_name())).ok()?;
        is_for_writing(&info).then(|| (metadata.dev(), metadata.ino()))
    });
    written.collect()
}

/// `flags: 0100002` – octal, as of open(2); the last digit's two low bits are the access mode.
fn is_for_writing(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 0b11 != 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn sees_our_own_writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let writer = fs::File::create(&path).unwrap();
        let stat = Stat::of_plain(&path).unwrap();
        assert!(OpenFiles::default().is_written(&stat));
        drop(writer);
        let _reader = fs::File::open(&path).unwrap();
        assert!(!OpenFiles::default().is_written(&stat));
    }
}
