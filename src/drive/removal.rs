//! What deleting a path would free, and whether links of others lead into it.
//!
//! Must not know: who deletes.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Serialize;
use walkdir::WalkDir;

use crate::{
    DriveError, Scope, Store, action::Action, drive::resolved, stat::Stat, swap::is_link,
    text_path::TextPath, watch::Watch,
};

/// What deleting would do.
#[derive(Clone, Debug, Serialize)]
pub struct Removal {
    /// Files that would go.
    pub files: u64,
    /// Disk space that would become free.
    pub frees_bytes: u64,
    /// Bytes that stay, as files elsewhere share them.
    pub kept_bytes: u64,
    /// Links from elsewhere that lead into it: while there are any, it must not go.
    pub links_in: Vec<TextPath>,
}

impl Store {
    /// What deleting this file or folder would do. Changes nothing.
    pub fn removal(&self, path: &Path) -> Result<Removal, DriveError> {
        let mut removal =
            Removal { files: 0, frees_bytes: 0, kept_bytes: 0, links_in: self.links_into(path)? };
        let mut names: BTreeMap<(u64, u64), (u64, Stat)> = BTreeMap::new();
        let entries = WalkDir::new(path).into_iter().flatten();
        for stat in entries.filter_map(|entry| Stat::of_plain(entry.path())) {
            removal.files += 1;
            names.entry((stat.dev, stat.ino)).or_insert((0, stat)).0 += 1;
        }
        for (count, stat) in names.into_values() {
            let is_last = count >= stat.links;
            *(if is_last { &mut removal.frees_bytes } else { &mut removal.kept_bytes }) += stat.disk_bytes;
        }
        Ok(removal)
    }

    /// Refuses when links from elsewhere lead into the path. A link itself may always go.
    pub fn check_removable(&self, path: &Path) -> Result<(), DriveError> {
        let links = self.links_into(path)?;
        match links.first() {
            Some(link) => Err(DriveError::LinksPointIn {
                path: path.to_owned(),
                link: link.0.clone(),
                count: links.len(),
            }),
            None => Ok(()),
        }
    }

    fn links_into(&self, path: &Path) -> Result<Vec<TextPath>, DriveError> {
        if is_link(path) {
            return Ok(Vec::new());
        }
        let real = resolved(path);
        let mut links: BTreeSet<PathBuf> = self.journalled_links()?;
        let drive = resolved(&self.drive_home());
        if real.starts_with(&drive) || drive.starts_with(&real) {
            // links that other launchers made are in no journal of ours
            let scan = self.scan(&Scope::default(), &Watch::nobody())?;
            links.extend(scan.links.into_iter().filter(|link| !link.is_in_environment).map(|link| link.path));
        }
        let leads_in = |link: &PathBuf| {
            let lies_outside = !link.parent().map(resolved).is_some_and(|folder| folder.starts_with(&real));
            lies_outside && is_link(link) && link.canonicalize().is_ok_and(|target| target.starts_with(&real))
        };
        Ok(links.into_iter().filter(leads_in).map(TextPath).collect())
    }

    /// Links that this program made.
    fn journalled_links(&self) -> Result<BTreeSet<PathBuf>, DriveError> {
        let all = self.journal().all()?;
        let actions = all.into_iter().flat_map(|recorded| recorded.operation.actions);
        let links = actions.filter_map(|action| match action {
            Action::FolderLink(link) => Some(link.folder.0),
            Action::Replace(replace) if replace.by_symlink => Some(replace.path.0),
            Action::Link(link) => Some(link.path.0),
            _ => None,
        });
        Ok(links.collect())
    }
}
