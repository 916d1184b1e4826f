//! What is being done to a folder, on disk before it is done.
//!
//! Must not know: how to do or complete it.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{DriveError, config::write_atomically};

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// Content is being copied to the drive; the folder is untouched.
    Merging,
    /// The folder is renamed and a link takes its place.
    Swapping,
    /// The renamed folder is compared once more and removed.
    Cleaning,
}

/// One folder that becomes a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// Makes names of temporary files unique.
    pub id: String,
    /// The app's folder.
    pub folder: PathBuf,
    /// Its place on the drive.
    pub store: PathBuf,
    /// The name the folder has between the swap and its removal.
    pub aside: PathBuf,
    /// How far it is.
    pub phase: Phase,
}

/// The folder with operations that are not finished, and the list of those that are.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
}

#[derive(Serialize)]
struct Done<'a> {
    at_ms: u64,
    folder: &'a Path,
    store: &'a Path,
}

impl Journal {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Notes an operation or its next phase.
    pub(crate) fn note(&self, operation: &Operation) -> Result<(), DriveError> {
        let path = self.path_of(operation);
        let text = serde_json::to_vec_pretty(operation).map_err(io::Error::from);
        text.and_then(|text| write_atomically(&path, &text)).map_err(DriveError::file("write", path))
    }

    /// Forgets an operation that has left no trace.
    pub(crate) fn forget(&self, operation: &Operation) -> Result<(), DriveError> {
        crate::copy::remove_if_there(&self.path_of(operation))
    }

    /// Moves a finished operation to the list.
    pub(crate) fn finish(&self, operation: &Operation) -> Result<(), DriveError> {
        let path = self.folder.join("done.jsonl");
        let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        let done = Done { at_ms, folder: &operation.folder, store: &operation.store };
        let append = || {
            let mut line = serde_json::to_vec(&done)?;
            line.push(b'\n');
            fs::File::options().create(true).append(true).open(&path)?.write_all(&line)
        };
        append().map_err(DriveError::file("write", &path))?;
        self.forget(operation)
    }

    /// Operations somebody began and did not finish.
    pub(crate) fn unfinished(&self) -> Result<Vec<Operation>, DriveError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(DriveError::file("read", &self.folder)(error)),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut operations: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| serde_json::from_slice::<Operation>(&fs::read(path).ok()?).ok())
            .collect();
        operations.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(operations)
    }

    fn path_of(&self, operation: &Operation) -> PathBuf {
        self.folder.join(format!("{}.json", operation.id))
    }
}
