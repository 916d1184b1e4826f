//! How much may come out of an archive: bytes, files, and bytes out for each byte in.
//!
//! Must not know: formats.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::ExtractError;

/// Below this, any ratio is fine.
const FREE_BYTES: u64 = 64 << 20;

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtractLimits {
    /// Bytes of all files.
    pub max_bytes: u64,
    /// Files, folders and links.
    pub max_files: u64,
    /// Bytes out for each byte of the archive, beyond the first 64 MiB.
    pub max_ratio: u64,
}

impl Default for ExtractLimits {
    fn default() -> Self {
        Self { max_bytes: 256 << 30, max_files: 1_000_000, max_ratio: 200 }
    }
}

/// What is left of the limits.
pub(super) struct Budget<'a> {
    archive: &'a Path,
    archive_bytes: u64,
    limits: ExtractLimits,
    cancel: &'a CancellationToken,
    report: &'a mut dyn FnMut(u64),
    written: u64,
    files: u64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(
        archive: &'a Path,
        archive_bytes: u64,
        limits: ExtractLimits,
        cancel: &'a CancellationToken,
        report: &'a mut dyn FnMut(u64),
    ) -> Self {
        Self { archive, archive_bytes, limits, cancel, report, written: 0, files: 0 }
    }

    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// One more entry.
    pub(super) fn entry(&mut self) -> Result<(), ExtractError> {
        self.files += 1;
        if self.cancel.is_cancelled() {
            return Err(ExtractError::Cancelled);
        }
        if self.files > self.limits.max_files {
            return Err(self.too_large(format!("it holds more than {} files", self.limits.max_files)));
        }
        Ok(())
    }

    /// So many entries are announced.
    pub(super) fn announced(&self, entries: u64) -> Result<(), ExtractError> {
        if entries > self.limits.max_files {
            return Err(self.too_large(format!("it holds {entries} files")));
        }
        Ok(())
    }

    /// So many bytes are about to be written.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), ExtractError> {
        if self.cancel.is_cancelled() {
            return Err(ExtractError::Cancelled);
        }
        self.written += bytes;
        if self.written > self.limits.max_bytes {
            return Err(self.too_large(format!("it unpacks to more than {} bytes", self.limits.max_bytes)));
        }
        let fair = FREE_BYTES.saturating_add(self.archive_bytes.saturating_mul(self.limits.max_ratio));
        if self.written > fair {
            let ratio = self.limits.max_ratio;
            return Err(self.too_large(format!("it unpacks to more than {ratio} times its size")));
        }
        Ok(())
    }

    /// How much of the archive has been read, as far as that can be said.
    pub(super) fn progress(&mut self, read: u64) {
        (self.report)(read);
    }

    fn too_large(&self, cause: String) -> ExtractError {
        ExtractError::TooLarge { path: self.archive.to_owned(), cause }
    }
}
