//! Unpacking zip, tar (gz, xz, zst, bz2), 7z and single compressed files that strangers made.
//!
//! Must not know: where archives come from.
//!
//! Nothing leaves the destination: no `..`, no absolute name, no link that points out, no device. Nothing grows without limit.
//! Everything is unpacked into a hidden folder first, so an archive that turns out bad leaves nothing behind.

mod budget;
mod error;
mod kind;
mod name;
mod seven_zip;
mod single;
mod stage;
mod tarball;
mod zipped;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod formats;

use std::{
    fs::File,
    io::{Read, Write as _},
    path::Path,
};

use tokio_util::sync::CancellationToken;

pub use budget::ExtractLimits;
pub use error::ExtractError;
pub use kind::ArchiveKind;

use crate::{OnProgress, Progress, progress::Throttle};
use budget::Budget;
use stage::Stage;

const COPY_BYTES: usize = 1 << 16;

/// How to unpack.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtractOptions {
    /// Folders to leave out at the beginning of each name, as `tar --strip-components`.
    pub strip: usize,
    /// What is too much.
    pub limits: ExtractLimits,
}

/// What came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Files and links.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Everything one extraction needs.
struct Job<'a> {
    archive: &'a Path,
    strip: usize,
    stage: Stage,
    budget: Budget<'a>,
}

/// Unpacks an archive into a folder; files of the same name are replaced. Blocks; run it where that is fine.
pub fn extract(
    archive: &Path,
    into: &Path,
    options: &ExtractOptions,
    cancel: &CancellationToken,
    progress: OnProgress<'_>,
) -> Result<Extracted, ExtractError> {
    let file = File::open(archive).map_err(ExtractError::file("open", archive))?;
    let size = file.metadata().map_err(ExtractError::file("read the size of", archive))?.len();
    let label = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = kind::of(&file, archive)?;
    let mut throttle = Throttle::new(progress);
    let mut report = |done: u64| {
        throttle.report(|| Progress { label: label.clone(), done: done.min(size), total: Some(size) });
    };
    let budget = Budget::new(archive, size, options.limits, cancel, &mut report);
    let mut job = Job { archive, strip: options.strip, stage: Stage::new(into)?, budget };
    match kind {
        ArchiveKind::Zip => zipped::unpack(&mut job, file)?,
        ArchiveKind::SevenZip => seven_zip::unpack(&mut job, file)?,
        ArchiveKind::Tar | ArchiveKind::Gzip | ArchiveKind::Xz | ArchiveKind::Zstd | ArchiveKind::Bzip2 => {
            single::unpack_stream(&mut job, file, kind)?;
        }
    }
    let extracted = Extracted { files: job.stage.files(), bytes: job.budget.written() };
    job.stage.commit()?;
    throttle.finish(&Progress { label, done: size, total: Some(size) });
    Ok(extracted)
}

impl Job<'_> {
    /// Fills a file; every byte counts.
    fn copy(
        &mut self,
        content: &mut (impl Read + ?Sized),
        mut target: File,
        shown: &str,
    ) -> Result<(), ExtractError> {
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) => return Err(self.broken(error)),
            };
            self.budget.take(count as u64)?;
            target.write_all(&buffer[..count]).map_err(ExtractError::file("write", Path::new(shown)))?;
        }
    }

    fn broken(&self, cause: impl std::fmt::Display) -> ExtractError {
        ExtractError::Broken { path: self.archive.to_owned(), cause: cause.to_string() }
    }

    fn dangerous(&self, entry: &str, cause: String) -> ExtractError {
        ExtractError::Dangerous { path: self.archive.to_owned(), entry: entry.to_owned(), cause }
    }
}
