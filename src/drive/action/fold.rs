//! A folder that `fs.link` made a link, and how it becomes a folder again.
//!
//! Must not know: how the link is made. The drive keeps everything it has; the folder gets copies of what it had.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Outcome, Site};
use crate::{DriveError, copy, disk, merge::exists, space, swap::is_link, text_path::TextPath};

/// A file or link of the folder, and its name on the drive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Member {
    pub name: TextPath,
    pub kept_as: TextPath,
}

/// `folder` is a link to `store`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FolderLink {
    pub folder: TextPath,
    pub store: TextPath,
    pub members: Vec<Member>,
}

impl FolderLink {
    pub(super) fn recover(&self) -> Outcome {
        if is_link(&self.folder) { Outcome::done() } else { Outcome::skipped("it is no link") }
    }

    pub(super) fn inverse(&self) -> Unfold {
        Unfold { folder: self.folder.clone(), store: self.store.clone(), members: self.members.clone() }
    }
}

/// `folder` becomes a folder again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unfold {
    pub folder: TextPath,
    pub store: TextPath,
    pub members: Vec<Member>,
}

impl Unfold {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        let leads_there =
            is_link(&self.folder) && self.folder.canonicalize().ok() == self.store.canonicalize().ok();
        if !leads_there {
            return Ok(Outcome::skipped("it is not that link any more"));
        }
        self.check_room()?;
        let new = site.aside(&self.folder);
        disk::remove_tree(&new).map_err(DriveError::file("remove", &new))?;
        self.fill(&new).inspect_err(|_| {
            // the failure itself is reported; half a folder is of no use
            let _ = disk::remove_tree(&new);
        })?;
        self.swap_in(&new)?;
        Ok(Outcome::done())
    }

    fn fill(&self, new: &Path) -> Result<(), DriveError> {
        disk::create_folders(new).map_err(DriveError::file("create the folder", new))?;
        for member in &self.members {
            let (kept, copied) = (self.store.join(&member.kept_as), new.join(&member.name));
            let folder = copied.parent().unwrap_or(new);
            disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
            match kept.symlink_metadata() {
                Ok(metadata) if metadata.is_symlink() => {
                    let target = std::fs::read_link(&kept).map_err(DriveError::file("read", &kept))?;
                    disk::symlink(&target, &copied).map_err(DriveError::file("create the link", &copied))?;
                }
                Ok(_) => copy::copy_to(&kept, &copied)?,
                // removed from the drive since: the user wanted it gone
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The link and the folder change places, then the link goes.
    fn swap_in(&self, new: &Path) -> Result<(), DriveError> {
        match disk::exchange(new, &self.folder) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
                copy::remove_if_there(&self.folder)?;
                return disk::rename_new(new, &self.folder).map_err(DriveError::file("name", &self.folder.0));
            }
            Err(error) => return Err(DriveError::file("replace", &self.folder.0)(error)),
        }
        copy::remove_if_there(new)
    }

    fn check_room(&self) -> Result<(), DriveError> {
        if copy::may_share_blocks(&self.store) {
            return Ok(());
        }
        let sizes = self.members.iter().filter_map(|member| {
            let metadata = self.store.join(&member.kept_as).symlink_metadata().ok()?;
            metadata.is_file().then_some(metadata.len())
        });
        space::check(&self.folder, sizes.sum())
    }

    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        let new = site.aside(&self.folder);
        if !exists(&self.folder) && new.is_dir() {
            disk::rename_new(&new, &self.folder).map_err(DriveError::file("name", &self.folder.0))?;
        }
        disk::remove_tree(&new).map_err(DriveError::file("remove", &new))?;
        if is_link(&self.folder) {
            return Ok(Outcome::Interrupted);
        }
        Ok(Outcome::done())
    }
}
