//! A repository in a folder of its own (`--local-dir`), with the notes `huggingface_hub` keeps beside the files.
//!
//! Must not know: HTTP.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{HubError, api::FileMeta, layout::make_parent, names::safe_file};
use crate::transfer::write_atomically;

/// A file in such a folder.
#[derive(Debug)]
pub(super) struct LocalFile {
    pub(super) path: PathBuf,
    notes: PathBuf,
}

impl LocalFile {
    pub(super) fn new(folder: &Path, file: &str) -> Result<Self, HubError> {
        let name = safe_file(file)?;
        let mut notes = folder.join(".cache/huggingface/download").join(&name).into_os_string();
        notes.push(".metadata");
        Ok(Self { path: folder.join(&name), notes: notes.into() })
    }

    /// The file is there, in this version, and has not been changed since it was fetched.
    pub(super) fn is_current(&self, meta: &FileMeta) -> bool {
        let Ok(there) = fs::metadata(&self.path) else { return false };
        let Ok(text) = fs::read_to_string(&self.notes) else { return false };
        let mut lines = text.lines().skip(1);
        let (etag, noted_at) = (lines.next(), lines.next().and_then(|line| line.trim().parse::<f64>().ok()));
        let changed_at =
            there.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let is_unchanged =
            changed_at.zip(noted_at).is_some_and(|(changed, noted)| changed.as_secs_f64() <= noted + 1.0);
        etag == Some(meta.etag.as_str()) && there.len() == meta.size && is_unchanged
    }

    /// Notes which version the file is.
    pub(super) fn note(&self, meta: &FileMeta) -> Result<(), HubError> {
        make_parent(&self.notes)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let text = format!("{}\n{}\n{now}\n", meta.commit, meta.etag);
        write_atomically(&self.notes, text.as_bytes()).map_err(HubError::cache("write", &self.notes))
    }
}
