//! Files people and apps have made inside an app: set aside before its code is removed, put back when it is there again.
//!
//! Must not know: why the code is removed. Files are moved, never deleted; nothing is ever overwritten.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use pino_source::Source;

use super::{LifeError, copy, environments, snapshot};

/// Folders that are made again by themselves.
const REMADE: &[&str] = &["__pycache__", ".cache", ".git", ".pytest_cache", "node_modules", "logs"];

/// What was set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Where; none when there was nothing.
    pub(crate) place: Option<PathBuf>,
    /// Number of files.
    pub(crate) files: usize,
}

fn all(home: &Path, app: &str) -> PathBuf {
    home.join("pino/kept").join(app)
}

/// Moves files that came neither from a repository nor from an installer.
pub(crate) fn set_aside(home: &Path, app: &str, source: &Source) -> Result<Kept, LifeError> {
    let root = home.join("api").join(app);
    let mut files = Vec::new();
    for (path, _) in snapshot::nested(&root, source) {
        let tracked = source.tracked(&root.join(&path))?;
        collect(&root.join(&path), &root.join(&path), &tracked, &mut files);
    }
    if files.is_empty() {
        return Ok(Kept::default());
    }
    let place = all(home, app).join(pino_state::now_ms().to_string());
    for file in &files {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        move_file(file, &place.join(relative))?;
    }
    Ok(Kept { place: Some(place), files: files.len() })
}

fn collect(root: &Path, folder: &Path, tracked: &BTreeSet<String>, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !REMADE.contains(&name.as_str()) && !environments::is_environment(&path) {
                collect(root, &path, tracked, files);
            }
        } else if kind.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let is_code = tracked.contains(&relative)
                || path.extension().is_some_and(|ending| ending == "pyc")
                || relative.contains(".egg-info/");
            if !is_code {
                files.push(path);
            }
        }
    }
}

fn move_file(from: &Path, to: &Path) -> Result<(), LifeError> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(LifeError::file("create", folder))?;
    if fs::rename(from, to).is_ok() {
        return Ok(());
    }
    // another disk: the original goes only after the copy is complete
    copy::file(from, to, copy::Sharing::None).map_err(LifeError::file("keep a copy of", from))?;
    fs::remove_file(from).map_err(LifeError::file("remove", from))
}

/// Puts back what was set aside, where nothing is in the way. Gives the number of files that are back.
pub(crate) fn put_back(home: &Path, app: &str) -> Result<usize, LifeError> {
    let root = home.join("api").join(app);
    let mut places: Vec<_> =
        fs::read_dir(all(home, app)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    places.sort();
    places.reverse();
    let mut count = 0;
    for place in places {
        let mut files = Vec::new();
        collect(&place, &place, &BTreeSet::new(), &mut files);
        for file in files {
            let target = root.join(file.strip_prefix(&place).unwrap_or(&file));
            if fs::symlink_metadata(&target).is_err() {
                move_file(&file, &target)?;
                count += 1;
            }
        }
        remove_empty(&place);
    }
    Ok(count)
}

/// Removes folders that hold nothing; what holds something stays.
fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    // fails when something is in it, which is right
    let _ = fs::remove_dir(folder);
}
