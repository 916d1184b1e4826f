//! A file that shares its bytes gets a copy of its own again: what takes a `Replace` back.
//!
//! Must not know: why.

use std::{fs::Permissions, io, os::unix::fs::PermissionsExt as _, path::Path};

use serde::{Deserialize, Serialize};

use super::{Outcome, Site, Way, replace::give_marks, site::swap_in};
use crate::{DriveError, copy, disk, stat::Stat, text_path::TextPath};

/// `path` gets its own copy of what it shares with `keeper`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Restore {
    pub path: TextPath,
    pub keeper: TextPath,
    /// Time and permissions it had.
    pub was: Stat,
    /// Permissions the other file had.
    pub keeper_mode: u32,
    pub way: Way,
}

impl Restore {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        if self.way == Way::Reflink {
            return Ok(Outcome::skipped("it can change without the other file already"));
        }
        if !self.still_shares() {
            self.free_keeper()?;
            return Ok(Outcome::skipped("it has a copy of its own already"));
        }
        let temporary = site.temporary(&self.path);
        copy::copy_to(&self.path, &temporary)?;
        let prepared = give_marks(&temporary, &self.was)
            .map_err(DriveError::file("set time and permissions of", &temporary));
        prepared.and_then(|()| swap_in(&temporary, &self.path)).inspect_err(|_| {
            // the failure itself is reported
            let _ = copy::remove_if_there(&temporary);
        })?;
        copy::remove_if_there(&temporary)?;
        self.free_keeper()?;
        Ok(Outcome::done())
    }

    fn still_shares(&self) -> bool {
        match self.way {
            Way::Symlink => {
                let same = |path: &Path| path.canonicalize().ok();
                self.path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
                    && same(&self.path).is_some_and(|target| same(&self.keeper) == Some(target))
            }
            Way::HardLink => match (Stat::of_plain(&self.path), Stat::of_plain(&self.keeper)) {
                (Some(now), Some(keeper)) => now.is_same_file(&keeper) && now.links > 1,
                _ => false,
            },
            Way::Reflink => false,
        }
    }

    /// The last name of a file may be written again.
    fn free_keeper(&self) -> Result<(), DriveError> {
        let Some(keeper) = Stat::of_plain(&self.keeper) else { return Ok(()) };
        if self.way != Way::HardLink || keeper.links > 1 || keeper.mode == self.keeper_mode {
            return Ok(());
        }
        match disk::set_permissions(&self.keeper, Permissions::from_mode(self.keeper_mode)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(DriveError::file("set permissions of", &self.keeper.0)(error))
            }
            _ => Ok(()),
        }
    }

    /// The temporary name has a copy that may be incomplete, or the shared file, which has other names.
    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        copy::remove_if_there(&site.temporary(&self.path))?;
        if self.way == Way::Reflink || self.still_shares() {
            return Ok(Outcome::Interrupted);
        }
        self.free_keeper()?;
        Ok(Outcome::done())
    }
}
