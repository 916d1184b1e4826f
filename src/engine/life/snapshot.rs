//! What a roll-back needs: commits, files changed here, and the environments, kept before an update.
//!
//! Must not know: what the update does. Environments are kept as links or copy-on-write copies: installers replace files and
//! do not rewrite them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_source::{Change, Source, SourceError, Watch};
use serde::{Deserialize, Serialize};

use super::{LifeError, copy, environments};

/// Snapshots kept for each app.
const KEPT: usize = 3;
/// Repositories inside an app lie this deep at most.
const DEEPEST: usize = 3;
/// Changed files larger than this are not copied; an update never touches them without a conflict.
const LARGEST_CHANGED_BYTES: u64 = 64 << 20;

/// A state of an app that can be gone back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name: the time it was made.
    pub id: String,
    /// When (Unix milliseconds).
    pub at_ms: i64,
    /// The launcher's commit.
    pub commit: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Why it was made.
    pub reason: String,
    /// Repositories inside the app: relative path and commit.
    pub nested: Vec<(String, String)>,
    /// Environments that were kept: relative paths.
    pub environments: Vec<String>,
    /// Changed files that were kept: relative paths.
    pub changed: Vec<String>,
}

/// Where the snapshots of an app lie.
pub(crate) fn folder(home: &Path, app: &str) -> PathBuf {
    home.join("pino/snapshots").join(app)
}

/// All snapshots of an app, the newest first.
pub(crate) fn list(home: &Path, app: &str) -> Vec<Snapshot> {
    let entries = fs::read_dir(folder(home, app)).into_iter().flatten().flatten();
    let read = |path: PathBuf| serde_json::from_slice(&fs::read(path.join("snapshot.json")).ok()?).ok();
    let visible = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut all: Vec<Snapshot> = visible.filter_map(|entry| read(entry.path())).collect();
    all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.at_ms));
    all
}

/// Makes a snapshot; it is seen complete or not at all.
pub(crate) fn make(home: &Path, app: &str, reason: &str, source: &Source) -> Result<Snapshot, LifeError> {
    let root = home.join("api").join(app);
    let head = source.head(&root)?;
    let at_ms = pino_state::now_ms();
    let id = at_ms.to_string();
    let all = folder(home, app);
    let draft = all.join(format!(".{id}.partial"));
    clear_drafts(&all);
    fs::create_dir_all(&draft).map_err(LifeError::file("create", &draft))?;
    let snapshot = Snapshot {
        nested: nested(&root, source),
        environments: keep_environments(&root, &draft)?,
        changed: keep_changed(&root, &draft, source)?,
        commit: head.commit,
        branch: head.branch,
        reason: reason.to_owned(),
        id,
        at_ms,
    };
    let file = draft.join("snapshot.json");
    let text = serde_json::to_vec_pretty(&snapshot).unwrap_or_default();
    fs::write(&file, text).map_err(LifeError::file("write", &file))?;
    let place = all.join(&snapshot.id);
    fs::rename(&draft, &place).map_err(LifeError::file("name", &place))?;
    for old in list(home, app).iter().skip(KEPT) {
        let old = all.join(&old.id);
        copy::remove(&old).map_err(LifeError::file("remove", &old))?;
    }
    Ok(snapshot)
}

fn clear_drafts(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(".partial") {
            // what stays takes room and does no harm
            let _ = copy::remove(&entry.path());
        }
    }
}

/// Repositories scripts have cloned into the app.
pub(crate) fn nested(root: &Path, source: &Source) -> Vec<(String, String)> {
    let mut found = Vec::new();
    find_nested(root, root, 0, &mut found);
    found.sort();
    let commit = |path: &String| source.head(&root.join(path)).ok().map(|head| head.commit);
    found.into_iter().filter_map(|path| commit(&path).map(|commit| (path, commit))).collect()
}

fn find_nested(root: &Path, folder: &Path, depth: usize, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder || entry.file_name() == ".git" || environments::is_environment(&path) {
            continue;
        }
        if path.join(".git").is_dir() {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            found.push(relative.to_string_lossy().into_owned());
        } else if depth + 1 < DEEPEST {
            find_nested(root, &path, depth + 1, found);
        }
    }
}

fn keep_environments(root: &Path, draft: &Path) -> Result<Vec<String>, LifeError> {
    let mut kept = Vec::new();
    for (number, path) in environments::find(root).iter().enumerate() {
        let to = draft.join("environments").join(number.to_string());
        copy::folder(path, &to, copy::Sharing::Links).map_err(LifeError::file("keep a copy of", path))?;
        kept.push(path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned());
    }
    Ok(kept)
}

fn keep_changed(root: &Path, draft: &Path, source: &Source) -> Result<Vec<String>, LifeError> {
    let mut kept = Vec::new();
    for change in source.local_changes(root)? {
        let from = root.join(&change.path);
        let is_small = fs::symlink_metadata(&from)
            .is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST_CHANGED_BYTES);
        if change.change == Change::Deleted || !is_small {
            continue;
        }
        let to = draft.join("changed").join(&change.path);
        let parent = to.parent().unwrap_or(draft);
        fs::create_dir_all(parent).map_err(LifeError::file("create", parent))?;
        copy::file(&from, &to, copy::Sharing::None).map_err(LifeError::file("keep a copy of", &from))?;
        kept.push(change.path);
    }
    Ok(kept)
}

/// Brings an app back. What cannot be brought back is an error after everything else was tried.
pub(crate) fn restore(
    home: &Path,
    app: &str,
    snapshot: &Snapshot,
    source: &Source,
    watch: &Watch<'_>,
) -> Result<(), LifeError> {
    let root = home.join("api").join(app);
    let kept = folder(home, app).join(&snapshot.id);
    let mut failure: Option<LifeError> = None;
    let mut note = |result: Result<(), LifeError>| {
        if let Err(error) = result {
            tracing::warn!(%error, app, "a part of the roll-back failed");
            failure.get_or_insert(error);
        }
    };
    note(source.go_to(&root, &snapshot.commit, true, watch).map_err(LifeError::from));
    for (path, commit) in &snapshot.nested {
        note(restore_nested(&root.join(path), commit, source, watch).map_err(LifeError::from));
    }
    for (number, path) in snapshot.environments.iter().enumerate() {
        note(restore_environment(&kept.join("environments").join(number.to_string()), &root.join(path)));
    }
    for path in &snapshot.changed {
        note(restore_file(&kept.join("changed").join(path), &root.join(path)));
    }
    failure.map_or(Ok(()), Err)
}

fn restore_nested(
    folder: &Path,
    commit: &str,
    source: &Source,
    watch: &Watch<'_>,
) -> Result<(), SourceError> {
    if source.head(folder)?.commit == commit {
        return Ok(());
    }
    source.go_to(folder, commit, true, watch)
}

/// The kept environment is copied beside and swapped in, so that there is always one.
fn restore_environment(kept: &Path, place: &Path) -> Result<(), LifeError> {
    let beside = |ending: &str| {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        place.with_file_name(format!(".{name}.{ending}"))
    };
    let (fresh, old) = (beside("restored"), beside("replaced"));
    for rest in [&fresh, &old] {
        copy::remove(rest).map_err(LifeError::file("remove", rest))?;
    }
    copy::folder(kept, &fresh, copy::Sharing::Links).map_err(LifeError::file("restore", place))?;
    if place.exists() {
        fs::rename(place, &old).map_err(LifeError::file("replace", place))?;
    }
    fs::rename(&fresh, place).map_err(LifeError::file("restore", place))?;
    copy::remove(&old).map_err(LifeError::file("remove", &old))
}

fn restore_file(kept: &Path, place: &Path) -> Result<(), LifeError> {
    let bytes = fs::read(kept).map_err(LifeError::file("read", kept))?;
    if fs::read(place).is_ok_and(|own| own == bytes) {
        return Ok(());
    }
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder).map_err(LifeError::file("create", folder))?;
    crate::files::write_atomically(place, &bytes).map_err(LifeError::file("write", place))
}

/// An update that is under way: the snapshot to go back to when it is interrupted.
pub(crate) fn set_pending(home: &Path, app: &str, id: Option<&str>) -> Result<(), LifeError> {
    let file = folder(home, app).join("pending");
    match id {
        Some(id) => {
            crate::files::write_atomically(&file, id.as_bytes()).map_err(LifeError::file("write", &file))
        }
        None => copy::remove(&file).map_err(LifeError::file("remove", &file)),
    }
}

/// The snapshot of an update that was interrupted.
pub(crate) fn pending(home: &Path, app: &str) -> Option<Snapshot> {
    let id = fs::read_to_string(folder(home, app).join("pending")).ok()?;
    list(home, app).into_iter().find(|snapshot| snapshot.id == id.trim())
}
