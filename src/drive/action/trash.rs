//! What is in the trash goes for good.
//!
//! Must not know: when that is due.

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::{DriveError, disk, text_path::TextPath};

/// `path`, a folder of the trash, is deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Purge {
    pub path: TextPath,
}

impl Purge {
    /// Also what completes it after a kill.
    pub(super) fn run(&self) -> Result<Outcome, DriveError> {
        disk::remove_tree(&self.path).map_err(DriveError::file("remove", &self.path.0))?;
        Ok(Outcome::done())
    }
}
