//! The virtual drive of a home: for commands and the server, which show and tend it.
//!
//! Must not know: terminals, HTTP.

use std::path::{Path, PathBuf};

pub use pino_drive::{
    Bytes, DedupePlan, DedupeReport, DriveError, Entry, GcPlan, GcReport, Health, ImportPlan, Kind,
    LinkHealth, LinksReport, Outcome, Owner, OwnerSpace, Part, Problem, Progress, Removal, Report,
    SafeToDelete, Scope, Status, Store, TextPath, UndoPlan, VerifyReport, Watch, Way,
};

/// The content store of a home. Touches nothing.
pub fn open(home: &Path) -> Store {
    Store::new(home)
}

/// Where folders of other programs are looked for: the user's own folder.
pub fn user_home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|value| !value.is_empty()).map(PathBuf::from)
}
