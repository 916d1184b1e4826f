//! The content store of a home: what can be asked of it and done with it. Every change is journalled and can be undone.
//!
//! Must not know: how files are found, compared or changed.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use crate::{
    Drive, DriveError, LinkNote,
    action::Action,
    import,
    journal::{Journal, Kind, Operation, Recorded},
    layout::{Root, notes_folder, roots},
    lock,
    operate::{self, Report, recover},
    scan::{Scan, scan},
    watch::Watch,
};

/// The content store of a home. Opening it touches nothing.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) home: PathBuf,
}

/// What to look through.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Folders outside the home that may share with it.
    pub outside: Vec<PathBuf>,
}

impl Store {
    /// The store of this home.
    pub fn new(home: &Path) -> Self {
        Self { home: home.canonicalize().unwrap_or_else(|_| home.to_owned()) }
    }

    pub(crate) fn notes(&self) -> PathBuf {
        notes_folder(&self.home)
    }

    pub(crate) fn drive_home(&self) -> PathBuf {
        self.home.join("drive")
    }

    /// Files by hash; links on other disks lead here.
    pub(crate) fn contents(&self) -> PathBuf {
        let drive = self.drive_home();
        drive.canonicalize().unwrap_or(drive).join("store")
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal::new(&self.notes())
    }

    /// Waits until nobody else changes the drive, then completes what killed programs left.
    pub(crate) fn lock(&self) -> Result<(File, Vec<Report>, Vec<LinkNote>), DriveError> {
        let lock = lock::take(&self.notes())?;
        lock::remove_temporary(&self.drive_home())?;
        let (reports, notes) = self.recover_locked()?;
        Ok((lock, reports, notes))
    }

    pub(crate) fn recover_locked(&self) -> Result<(Vec<Report>, Vec<LinkNote>), DriveError> {
        let notes = Drive::new(&self.home).complete_unfinished()?;
        Ok((recover(&self.notes())?, notes))
    }

    /// Completes or cleans up what was cut off, as every changing command does first.
    pub fn recover(&self) -> Result<Vec<Report>, DriveError> {
        self.lock().map(|(_, reports, _)| reports)
    }

    /// Does the actions as one operation.
    pub(crate) fn perform(
        &self,
        kind: Kind,
        actions: Vec<Action>,
        watch: &Watch<'_>,
    ) -> Result<Report, DriveError> {
        let operation = Operation::new(new_id(), kind, actions);
        let outcomes = operate::perform(&self.notes(), &operation, watch)?;
        Ok(Report::new(&operation, &outcomes))
    }

    pub(crate) fn roots(&self, scope: &Scope) -> Result<Vec<Root>, DriveError> {
        let drives: Vec<_> = linked_stores(&self.journal().all()?);
        Ok(roots(&self.home, &drives, &scope.outside))
    }

    pub(crate) fn scan(&self, scope: &Scope, watch: &Watch<'_>) -> Result<Scan, DriveError> {
        scan(&self.roots(scope)?, watch)
    }

    /// Moves a file or folder: by name on one disk, by verified copy between disks. Refuses to replace anything, and to take
    /// away what links lead into.
    pub fn relocate(&self, from: &Path, to: &Path, watch: &Watch<'_>) -> Result<Report, DriveError> {
        let (_lock, ..) = self.lock()?;
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (from, to) = (absolute(from), absolute(to));
        if !crate::merge::exists(&from) {
            return Err(DriveError::Missing { path: from });
        }
        if crate::merge::exists(&to) {
            return Err(DriveError::Exists { path: to });
        }
        if crate::drive::resolved(&to).starts_with(crate::drive::resolved(&from)) {
            return Err(DriveError::Circular { folder: from, store: to });
        }
        self.check_removable(&from)?;
        let action = crate::action::Relocate { from: from.into(), to: to.into(), may_copy: true };
        self.perform(Kind::Move, vec![Action::Relocate(action)], watch)
    }

    /// Model folders of other programs that could be imported.
    pub fn importable(&self, user_home: &Path) -> Vec<PathBuf> {
        import::known_places(user_home, &self.home)
    }
}

/// Twelve characters tell operations of one home apart, and can be typed.
pub(crate) fn new_id() -> String {
    let mut id = uuid::Uuid::new_v4().simple().to_string();
    id.truncate(12);
    id
}

/// Folders that `fs.link` made links lead to: drives may lie anywhere.
pub(crate) fn linked_stores(all: &[Recorded]) -> Vec<PathBuf> {
    let actions = all.iter().flat_map(|recorded| &recorded.operation.actions);
    let mut stores: Vec<PathBuf> = actions
        .filter_map(|action| match action {
            Action::FolderLink(link) => Some(link.store.0.clone()),
            _ => None,
        })
        .filter(|store| store.is_dir())
        .collect();
    stores.sort();
    stores.dedup();
    stores
}
