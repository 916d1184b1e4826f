//! What the system says of a file: which one it is, and marks that change when its content does.
//!
//! Must not know: the content.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// File systems count time in steps; a file younger than this could change again without a new time.
const SETTLED_NS: i64 = 2_000_000_000;

/// Identity and marks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    pub dev: u64,
    pub ino: u64,
    pub size: u64,
    pub mtime_ns: i64,
    pub mode: u32,
    pub uid: u32,
    pub links: u64,
    pub disk_bytes: u64,
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime_ns: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            links: metadata.nlink(),
            disk_bytes: metadata.blocks() * 512,
        }
    }

    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of(&metadata))
    }

    /// Of the name itself: a link is not followed. `None` when it is no plain file or not there.
    pub(crate) fn of_plain(path: &Path) -> Option<Self> {
        path.symlink_metadata().ok().filter(Metadata::is_file).map(|metadata| Self::of(&metadata))
    }

    /// The same file, whatever its content is by now.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }

    /// The same file with the same size and time.
    pub(crate) fn same_content_marks(&self, other: &Self) -> bool {
        self.is_same_file(other) && (self.size, self.mtime_ns) == (other.size, other.mtime_ns)
    }

    /// Old enough that another change would show.
    pub(crate) fn is_settled(&self) -> bool {
        let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
        now_ns.saturating_sub(self.mtime_ns) > SETTLED_NS
    }
}
