//! A file gets a place in the content store, named by its hash, so that links on other disks can lead to it.
//!
//! Must not know: who links to it.

use serde::{Deserialize, Serialize};

use super::{Outcome, Site};
use crate::{DriveError, copy, disk, hash, stat::Stat, text_path::TextPath};

/// `from` is kept as `path` in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoreEntry {
    pub from: TextPath,
    pub path: TextPath,
    /// Hash of its content, in hexadecimal.
    pub hash: String,
}

impl StoreEntry {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        if self.path.exists() {
            return Ok(Outcome::skipped("the store has it already"));
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
        copy::bring(&self.from, &self.path, &site.temporary(&self.path))?;
        if self.is_sound(site)? {
            return Ok(Outcome::Done { way: None, ino: Stat::of_plain(&self.path).map(|stat| stat.ino) });
        }
        copy::remove_if_there(&self.path)?;
        Ok(Outcome::skipped("it has changed since it was looked at"))
    }

    fn is_sound(&self, site: &Site) -> Result<bool, DriveError> {
        match hash::whole(&self.path, site.stop).map_err(DriveError::file("read", &self.path.0))? {
            hash::Hashed::Stable(hash, _) => Ok(hash.to_hex().as_str() == self.hash),
            hash::Hashed::Changing => Ok(false),
        }
    }

    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        copy::remove_if_there(&site.temporary(&self.path))?;
        if self.path.exists() {
            return Ok(Outcome::done());
        }
        Ok(Outcome::Interrupted)
    }
}
