//! The drive of a home: which folder of an app goes where, and what to leave alone.
//!
//! Must not know: how a folder becomes a link.

use std::path::{Path, PathBuf};

use crate::{
    DriveError, Store,
    config::DriveIndex,
    disk, import,
    layout::notes_folder,
    lock,
    merge::{exists, lexically_normal},
    pending::Pending,
    swap::Swap,
};

/// The drive of a home.
#[derive(Debug)]
pub struct Drive {
    home: PathBuf,
    notes: PathBuf,
}

/// A name on the drive and the folders of the app that share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Name on the drive, such as `checkpoints`.
    pub name: String,
    /// Absolute folders of the app.
    pub folders: Vec<PathBuf>,
}

/// What to link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// Folder with `drives.json`.
    pub drive_home: PathBuf,
    /// Git address of the app, or `local:<app>`.
    pub owner: String,
    /// Git addresses of apps to share with; theirs come first.
    pub peers: Vec<String>,
    /// What goes where.
    pub routes: Vec<Route>,
}

/// What was done to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkNote {
    /// It is a link now.
    Linked {
        /// Folder of the app.
        folder: PathBuf,
        /// Folder of the drive.
        store: PathBuf,
    },
    /// It was a link already and stays as it is.
    Kept {
        /// Folder of the app.
        folder: PathBuf,
        /// Whether its target exists.
        is_dangling: bool,
    },
    /// Two different files had one name; this one has a new name.
    Conflict {
        /// The file under its new name.
        path: PathBuf,
    },
}

impl Drive {
    /// The drive of a home. Touches nothing.
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned(), notes: notes_folder(home) }
    }

    /// The content store of the same home: dedupe, undo, moves, health.
    pub fn store(&self) -> Store {
        Store::new(&self.home)
    }

    /// Makes the folders links to the drive. Blocks; one at a time in a home. Completes what a killed run left.
    pub fn link(&self, request: &LinkRequest) -> Result<Vec<LinkNote>, DriveError> {
        let (_lock, _, mut notes) = self.store().lock()?;
        lock::remove_temporary(&request.drive_home)?;
        let mut index = DriveIndex::load(&request.drive_home)?;
        let peers = request.peers.iter().map(String::as_str);
        let owners: Vec<&str> = peers.chain([request.owner.as_str()]).collect();
        for route in &request.routes {
            let store = index.folder_for(&route.name, &owners)?;
            disk::create_folders(&store).map_err(DriveError::file("create the folder", &store))?;
            index.record(&owners, &route.name, &store);
            index.save()?;
            import::offer(&request.drive_home, &route.name, &store)?;
            for folder in &route.folders {
                notes.extend(self.link_folder(&lexically_normal(folder), &store)?);
            }
        }
        Ok(notes)
    }

    fn link_folder(&self, folder: &Path, store: &Path) -> Result<Vec<LinkNote>, DriveError> {
        if let Ok(metadata) = folder.symlink_metadata() {
            if metadata.is_symlink() {
                return Ok(vec![LinkNote::Kept { folder: folder.to_owned(), is_dangling: !folder.exists() }]);
            }
            if !metadata.is_dir() {
                return Err(DriveError::NotAFolder { path: folder.to_owned() });
            }
        }
        if same_place(folder, store) {
            return Ok(vec![LinkNote::Kept { folder: folder.to_owned(), is_dangling: false }]);
        }
        check_apart(folder, store)?;
        let conflicts = Swap { pending: &self.pending() }.run(folder, store)?;
        let linked = LinkNote::Linked { folder: folder.to_owned(), store: store.to_owned() };
        Ok(std::iter::once(linked)
            .chain(conflicts.into_iter().map(|path| LinkNote::Conflict { path }))
            .collect())
    }

    /// Completes what a killed run left; whoever holds the lock may. Gives what had to be kept under another name.
    pub(crate) fn complete_unfinished(&self) -> Result<Vec<LinkNote>, DriveError> {
        lock::remove_temporary(&self.notes)?;
        let pending = self.pending();
        let mut conflicts = Vec::new();
        for change in pending.unfinished()? {
            conflicts.extend(Swap { pending: &pending }.complete(change)?);
        }
        Ok(conflicts.into_iter().map(|path| LinkNote::Conflict { path }).collect())
    }

    fn pending(&self) -> Pending {
        Pending::new(self.notes.clone())
    }
}

/// The nearest existing folder above, resolved, and the rest of the path after it.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let existing = path.ancestors().find(|above| exists(above));
    let Some(existing) = existing else { return path.to_owned() };
    let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
    let real = existing.canonicalize().unwrap_or_else(|_| existing.to_owned());
    if rest.as_os_str().is_empty() { real } else { real.join(rest) }
}

fn same_place(folder: &Path, store: &Path) -> bool {
    resolved(folder) == resolved(store)
}

fn check_apart(folder: &Path, store: &Path) -> Result<(), DriveError> {
    let (real_folder, real_store) = (resolved(folder), resolved(store));
    let contains = real_store.starts_with(&real_folder) || real_folder.starts_with(&real_store);
    if contains {
        Err(DriveError::Circular { folder: folder.to_owned(), store: store.to_owned() })
    } else {
        Ok(())
    }
}
