//! What an app takes on the disk, by kind.
//!
//! Must not know: why somebody asks.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use serde::Serialize;

use super::environments;

/// Bytes of an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SizePreview {
    /// Everything below its folder.
    pub total_bytes: u64,
    /// Environments of Python, conda and Node.
    pub environment_bytes: u64,
    /// Files that have another name elsewhere: removing the app does not free them.
    pub shared_bytes: u64,
    /// Number of files.
    pub files: u64,
}

impl SizePreview {
    /// What removing it frees.
    pub fn freed_bytes(&self) -> u64 {
        self.total_bytes.saturating_sub(self.shared_bytes)
    }
}

/// Measures a folder; links are not followed.
pub(crate) fn measure(folder: &Path) -> SizePreview {
    let mut size = SizePreview::default();
    add(folder, false, &mut size);
    size
}

fn add(folder: &Path, in_environment: bool, size: &mut SizePreview) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            let path = entry.path();
            let inside = in_environment || environments::is_environment(&path);
            add(&path, inside, size);
            continue;
        }
        const BLOCK: u64 = 512;
        let bytes = meta.blocks() * BLOCK;
        size.files += 1;
        size.total_bytes += bytes;
        if in_environment {
            size.environment_bytes += bytes;
        }
        if meta.nlink() > 1 {
            size.shared_bytes += bytes;
        }
    }
}
