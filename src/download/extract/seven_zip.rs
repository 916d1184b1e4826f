//! 7z: blocks of entries.
//!
//! Must not know: other formats.

use std::{fs::File, io::Read, path::Path};

use sevenz_rust2::{ArchiveEntry, ArchiveReader, EntryDecision, Error, Password};

use super::{ExtractError, Job, name, stage::Marks};

/// Archives that need more memory than this to be read are refused.
const MEMORY_KB: usize = 512 << 10;
const MAX_LINK_BYTES: u64 = 4096;
/// The upper half of the attributes is a Unix mode.
const HAS_MODE: u32 = 0x8000;

/// Unpacks a 7z.
pub(super) fn unpack(job: &mut Job<'_>, file: File) -> Result<(), ExtractError> {
    let reader = ArchiveReader::new_with_memory_limit(file, Password::empty(), MEMORY_KB);
    let mut reader = reader.map_err(|error| failure(job, error))?;
    job.budget.announced(reader.archive().files.len() as u64)?;
    let mut ours = None;
    let read =
        reader.for_each_entries_with_decision(|entry, content| match unpack_entry(job, entry, content) {
            Ok(()) => Ok(EntryDecision::Continue),
            Err(error) => {
                ours = Some(error);
                Ok(EntryDecision::Stop)
            }
        });
    match ours {
        Some(error) => Err(error),
        None => read.map_err(|error| failure(job, error)),
    }
}

fn failure(job: &Job<'_>, error: Error) -> ExtractError {
    let path = job.archive.to_owned();
    match error {
        Error::PasswordRequired => {
            ExtractError::Unsupported { path, cause: "it needs a password".to_owned() }
        }
        Error::MaxMemLimited { .. } => ExtractError::TooLarge {
            path,
            cause: format!("reading it takes more than {MEMORY_KB} KiB of memory"),
        },
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::ExternalUnsupported => {
            ExtractError::Unsupported { path, cause: error.to_string() }
        }
        other => job.broken(other),
    }
}

fn unpack_entry(job: &mut Job<'_>, entry: &ArchiveEntry, content: &mut dyn Read) -> Result<(), ExtractError> {
    job.budget.entry()?;
    let shown = entry.name();
    let slashed = shown.replace('\\', "/");
    let Some(path) =
        name::relative(slashed.as_bytes(), job.strip).map_err(|cause| job.dangerous(shown, cause))?
    else {
        return Ok(());
    };
    let mode = mode_of(entry);
    let marks = Marks { mode, modified: None };
    match mode.unwrap_or_default() & 0o170_000 {
        _ if entry.is_anti_item() => Ok(()),
        _ if entry.is_directory() => job.stage.folder(&path, marks),
        0 | 0o100_000 => {
            let target = job.stage.file(&path, marks)?;
            job.copy(content, target, shown)
        }
        0o120_000 => link(job, &path, content, shown),
        _ => Err(job.dangerous(shown, "is a device or a pipe".to_owned())),
    }
}

fn mode_of(entry: &ArchiveEntry) -> Option<u32> {
    let has_mode = entry.has_windows_attributes && entry.windows_attributes & HAS_MODE != 0;
    has_mode.then_some(entry.windows_attributes >> 16)
}

fn link(job: &mut Job<'_>, path: &Path, content: &mut dyn Read, shown: &str) -> Result<(), ExtractError> {
    let mut target = Vec::new();
    content.take(MAX_LINK_BYTES).read_to_end(&mut target).map_err(|error| job.broken(error))?;
    let target = name::link_target(path, &target).map_err(|cause| job.dangerous(shown, cause))?;
    job.stage.link(path, target);
    Ok(())
}
