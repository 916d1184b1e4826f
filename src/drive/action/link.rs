//! Links and small copies that an import makes, and taking them away again.
//!
//! Must not know: imports. Only what is still as it was made is removed.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{Outcome, Site};
use crate::{DriveError, copy, disk, merge::exists, text_path::TextPath};

/// `path` becomes a link to `target`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub path: TextPath,
    pub target: TextPath,
}

impl Link {
    pub(super) fn run(&self) -> Result<Outcome, DriveError> {
        if exists(&self.path) {
            return Ok(Outcome::skipped("something has this name already"));
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
        disk::symlink(&self.target, &self.path).map_err(DriveError::file("create the link", &self.path.0))?;
        Ok(Outcome::done())
    }

    pub(super) fn recover(&self) -> Outcome {
        if is_link_to(&self.path, &self.target) { Outcome::done() } else { Outcome::Interrupted }
    }

    pub(super) fn inverse(&self) -> RemoveLink {
        RemoveLink { path: self.path.clone(), target: self.target.clone() }
    }
}

/// The link `path` goes; what it leads to stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RemoveLink {
    pub path: TextPath,
    pub target: TextPath,
}

impl RemoveLink {
    pub(super) fn run(&self) -> Result<Outcome, DriveError> {
        if !is_link_to(&self.path, &self.target) {
            return Ok(Outcome::skipped("it is not that link any more"));
        }
        disk::remove_file(&self.path).map_err(DriveError::file("remove the link", &self.path.0))?;
        Ok(Outcome::done())
    }

    pub(super) fn recover(&self) -> Outcome {
        if exists(&self.path) { Outcome::Interrupted } else { Outcome::done() }
    }

    pub(super) fn inverse(&self) -> Link {
        Link { path: self.path.clone(), target: self.target.clone() }
    }
}

fn is_link_to(path: &TextPath, target: &TextPath) -> bool {
    fs::read_link(path).is_ok_and(|written| written == target.0)
}

/// `path` becomes a copy of the small file `from`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Copy {
    pub path: TextPath,
    pub from: TextPath,
}

impl Copy {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        if exists(&self.path) {
            return Ok(Outcome::skipped("something has this name already"));
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        disk::create_folders(folder).map_err(DriveError::file("create the folder", folder))?;
        copy::copy_verified(&self.from, &self.path, &site.temporary(&self.path))?;
        Ok(Outcome::done())
    }

    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        copy::remove_if_there(&site.temporary(&self.path))?;
        let is_there = copy::same_content(&self.from, &self.path).unwrap_or(false);
        Ok(if is_there { Outcome::done() } else { Outcome::Interrupted })
    }

    pub(super) fn inverse(&self) -> RemoveCopy {
        RemoveCopy { path: self.path.clone(), from: self.from.clone() }
    }
}

/// The copy `path` goes, as long as `from` has the same content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RemoveCopy {
    pub path: TextPath,
    pub from: TextPath,
}

impl RemoveCopy {
    pub(super) fn run(&self) -> Result<Outcome, DriveError> {
        if !copy::same_content(&self.from, &self.path).unwrap_or(false) {
            return Ok(Outcome::skipped("it is no copy of the original any more"));
        }
        copy::remove_if_there(&self.path)?;
        Ok(Outcome::done())
    }

    pub(super) fn recover(&self) -> Outcome {
        if exists(&self.path) { Outcome::Interrupted } else { Outcome::done() }
    }

    pub(super) fn inverse(&self) -> Copy {
        Copy { path: self.path.clone(), from: self.from.clone() }
    }
}
