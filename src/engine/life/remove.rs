//! Removing an app: never while it runs or while links of others point into it; first out of sight, then deleted.
//!
//! Must not know: who confirmed it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_state::AppState;
use serde::Serialize;

use super::{Attendance, Life, LifeError, SizePreview, Stage, copy, environments, lock, size, snapshot};

/// How deep links are looked for.
const DEEPEST: usize = 6;

/// What to remove and how.
#[derive(Clone, Debug, Default)]
pub struct RemoveRequest {
    /// Name of the app.
    pub app: String,
    /// In spite of links that point into it.
    pub force: bool,
}

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Name of the app.
    pub app: String,
    /// What it took.
    pub size: SizePreview,
}

impl Life {
    /// What removing an app would free.
    pub fn size(&self, app: &str) -> Result<SizePreview, LifeError> {
        Ok(size::measure(&self.existing(app)?))
    }

    /// Removes an app with its environments and snapshots. Files in the drive stay: the app only had links to them.
    pub fn remove(&self, request: &RemoveRequest, attendance: &Attendance) -> Result<Removal, LifeError> {
        let app = request.app.as_str();
        let folder = self.existing(app)?;
        let _lock = lock::take(&self.home, app)?;
        self.refuse_running(app)?;
        if !request.force {
            let links = links_into(&self.home, &folder);
            if !links.is_empty() {
                return Err(LifeError::LinkedFrom { app: app.to_owned(), links });
            }
        }
        attendance.stage(Stage::Remove, app);
        let size = size::measure(&folder);
        self.sweep();
        let hidden = self.home.join("api").join(format!(".{app}.removed-{}", pino_state::now_ms()));
        fs::rename(&folder, &hidden).map_err(LifeError::file("remove", &folder))?;
        if let Some(known) = self.app(app)? {
            if known.row().state != AppState::NotInstalled {
                known.become_now(&self.state, AppState::NotInstalled, None)?;
            }
            self.state.apps().remove(app)?;
        }
        for rest in
            [hidden, snapshot::folder(&self.home, app), crate::supervise::state_folder(&self.home, app)]
        {
            copy::remove(&rest).map_err(LifeError::file("remove", &rest))?;
        }
        Ok(Removal { app: app.to_owned(), size })
    }

    /// What killed removals have left.
    fn sweep(&self) {
        for entry in fs::read_dir(self.home.join("api")).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') && name.contains(".removed-") {
                // the next removal tries again
                let _ = copy::remove(&entry.path());
            }
        }
    }
}

/// Links of other apps and of the drive that lead into a folder.
pub(crate) fn links_into(home: &Path, folder: &Path) -> Vec<PathBuf> {
    let Ok(real) = folder.canonicalize() else { return Vec::new() };
    let mut found = Vec::new();
    for root in [home.join("api"), home.join("drive")] {
        look(&root, folder, &real, 0, &mut found);
    }
    found
}

fn look(current: &Path, own: &Path, target: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    const MOST: usize = 20;
    for entry in fs::read_dir(current).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if path == own || found.len() >= MOST {
            continue;
        }
        if kind.is_symlink() {
            if fs::canonicalize(&path).is_ok_and(|leads| leads.starts_with(target)) {
                found.push(path);
            }
        } else if kind.is_dir()
            && depth < DEEPEST
            && entry.file_name() != ".git"
            && !environments::is_environment(&path)
        {
            look(&path, own, target, depth + 1, found);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn links_of_others_are_found_and_own_ones_are_not() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        for folder in ["api/a/models", "api/b", "drive/x"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(home.join(to), home.join(from)).unwrap();
        link("api/a/own", "api/a/models");
        link("api/a/shared", "drive/x");
        assert_eq!(links_into(home, &home.join("api/a")), Vec::<PathBuf>::new());
        link("api/b/models", "api/a/models");
        assert_eq!(links_into(home, &home.join("api/a")), [home.join("api/b/models")]);
    }
}
