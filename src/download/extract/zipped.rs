//! zip: the list at its end, then entry after entry.
//!
//! Must not know: other formats.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    path::Path,
};

use zip::{ZipArchive, read::ZipFile, result::ZipError};

use super::{ExtractError, Job, name, stage::Marks};

const MAX_LINK_BYTES: u64 = 4096;

/// Unpacks a zip.
pub(super) fn unpack(job: &mut Job<'_>, file: File) -> Result<(), ExtractError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| failure(job, error))?;
    job.budget.announced(archive.len() as u64)?;
    let mut read = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| failure(job, error))?;
        read += entry.compressed_size();
        job.budget.entry()?;
        job.budget.progress(read);
        unpack_entry(job, entry)?;
    }
    Ok(())
}

fn failure(job: &Job<'_>, error: ZipError) -> ExtractError {
    match error {
        ZipError::UnsupportedArchive(cause) => {
            ExtractError::Unsupported { path: job.archive.to_owned(), cause: cause.to_string() }
        }
        error => job.broken(error),
    }
}

fn unpack_entry<R: std::io::Read>(job: &mut Job<'_>, mut entry: ZipFile<'_, R>) -> Result<(), ExtractError> {
    let shown = entry.name().map_or_else(|_| "?".to_owned(), std::borrow::Cow::into_owned);
    let raw = with_slashes(shown.as_bytes());
    let Some(path) = name::relative(&raw, job.strip).map_err(|cause| job.dangerous(&shown, cause))? else {
        return Ok(());
    };
    let marks = Marks { mode: entry.unix_mode(), modified: None };
    if entry.is_dir() || raw.ends_with(b"/") {
        return job.stage.folder(&path, marks);
    }
    if entry.is_symlink() {
        return link(job, &path, &mut entry, &shown);
    }
    if !is_plain(marks.mode) {
        return Err(job.dangerous(&shown, "is a device or a pipe".to_owned()));
    }
    let target = job.stage.file(&path, marks)?;
    job.copy(&mut entry, target, &shown)
}

fn link(
    job: &mut Job<'_>,
    path: &Path,
    entry: &mut impl std::io::Read,
    shown: &str,
) -> Result<(), ExtractError> {
    let mut target = Vec::new();
    entry.take(MAX_LINK_BYTES).read_to_end(&mut target).map_err(|error| job.broken(error))?;
    let target = name::link_target(path, &target).map_err(|cause| job.dangerous(shown, cause))?;
    job.stage.link(path, target);
    Ok(())
}

/// Some tools on Windows write `a\b`.
fn with_slashes(name: &[u8]) -> Vec<u8> {
    if name.contains(&b'/') {
        return name.to_vec();
    }
    name.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
}

/// No mode, no kind in it, or the kind of a regular file.
fn is_plain(mode: Option<u32>) -> bool {
    matches!(mode.unwrap_or_default() & 0o170_000, 0 | 0o100_000)
}
