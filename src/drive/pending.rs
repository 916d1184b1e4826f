//! A folder that is becoming a link: what is being done, on disk before it is done.
//!
//! Must not know: how to do or complete it.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    DriveError,
    action::{Action, FolderLink, Member, Outcome},
    disk,
    journal::{Journal, Kind, Operation},
    text_path::TextPath,
};

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
pub(crate) struct Change {
    /// Makes names of temporary files unique; also the operation's name in the journal.
    pub id: String,
    /// The app's folder.
    pub folder: TextPath,
    /// Its place on the drive.
    pub store: TextPath,
    /// The name the folder has between the swap and its removal.
    pub aside: TextPath,
    /// How far it is.
    pub phase: Phase,
    /// What the folder had and where on the drive it is now; complete when the swap begins.
    #[serde(default)]
    pub members: BTreeSet<Member>,
}

/// The folder with changes that are not finished.
#[derive(Debug)]
pub(crate) struct Pending {
    folder: PathBuf,
}

impl Pending {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Notes a change or its next phase.
    pub(crate) fn note(&self, change: &Change) -> Result<(), DriveError> {
        let path = self.path_of(change);
        let text = serde_json::to_vec(change).map_err(io::Error::from);
        text.and_then(|text| disk::write_atomically(&path, &text)).map_err(DriveError::file("write", path))
    }

    /// Forgets a change that has left no trace.
    pub(crate) fn forget(&self, change: &Change) -> Result<(), DriveError> {
        crate::copy::remove_if_there(&self.path_of(change))
    }

    /// Moves a finished change to the journal. Done twice, the journal has it once: it knows operations by their id.
    pub(crate) fn finish(&self, change: &Change) -> Result<(), DriveError> {
        let link = FolderLink {
            folder: change.folder.clone(),
            store: change.store.clone(),
            members: change.members.iter().cloned().collect(),
        };
        let operation = Operation::new(change.id.clone(), Kind::Link, vec![Action::FolderLink(link)]);
        Journal::new(&self.folder).record(&operation, &[Outcome::done()])?;
        self.forget(change)
    }

    /// Changes somebody began and did not finish.
    pub(crate) fn unfinished(&self) -> Result<Vec<Change>, DriveError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(DriveError::file("read", &self.folder)(error)),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut changes: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| serde_json::from_slice::<Change>(&fs::read(path).ok()?).ok())
            .collect();
        changes.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(changes)
    }

    fn path_of(&self, change: &Change) -> PathBuf {
        self.folder.join(format!("{}.json", change.id))
    }
}
