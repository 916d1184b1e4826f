//! Programs that launchers take for granted: looked for on PATH, otherwise fetched into the home and recorded.
//!
//! Must not know: which app asks.

mod fetch;
mod record;
mod table;
mod version;

use std::path::{Path, PathBuf};

pub(crate) use fetch::fetch;
pub use record::{ToolRecord, recorded};
use table::Supply;

/// What is missing and cannot be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) name: String,
    /// Nothing works without it.
    pub(crate) is_vital: bool,
    pub(crate) next_step: String,
}

/// How the programs a script uses stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Missing, but can be fetched.
    pub(crate) to_fetch: Vec<String>,
    /// Missing.
    pub(crate) missing: Vec<Missing>,
}

/// Looks for each program.
pub(crate) fn look(home: &Path, names: &[String]) -> Offer {
    let mut offer = Offer::default();
    for name in names {
        let Some(tool) = table::find(name) else { continue };
        if find(home, tool).is_some() {
            continue;
        }
        match tool.supply {
            Supply::None { vital, next_step } => offer.missing.push(Missing {
                name: name.clone(),
                is_vital: vital,
                next_step: next_step.to_owned(),
            }),
            _ if offer.to_fetch.iter().any(|known| known == tool.bundle) => {}
            _ => offer.to_fetch.push(tool.bundle.to_owned()),
        }
    }
    offer
}

/// Where a program is, in a version that will do.
fn find(home: &Path, tool: &table::Tool) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = ["bin/npm/bin", "bin/miniforge/bin", "bin"].map(|inner| home.join(inner));
    let folders = std::env::split_paths(&path).chain(own);
    let found = folders.map(|folder| folder.join(tool.name)).filter(|file| is_executable(file));
    found.into_iter().find(|file| version::will_do(file, tool.least))
}

pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
