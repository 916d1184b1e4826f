//! Folders of an app that were installed from elsewhere and can be made again: environments of Python, conda, Node.
//!
//! Must not know: how they are made.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Environments lie this deep at most.
const DEEPEST: usize = 4;

/// Every environment below a folder; links are not followed.
pub(crate) fn find(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    look(folder, 0, &mut found);
    found.sort();
    found
}

fn look(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if depth >= DEEPEST {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder || entry.file_name() == ".git" {
            continue;
        }
        if is_environment(&entry.path()) {
            found.push(entry.path());
        } else {
            look(&entry.path(), depth + 1, found);
        }
    }
}

/// Tells by what makes a folder an environment, never by its name alone.
pub(crate) fn is_environment(folder: &Path) -> bool {
    let is_node = || {
        let beside = folder.parent().is_some_and(|parent| parent.join("package.json").is_file());
        let names = ["node_modules", ".node_modules.before-repair"];
        folder.file_name().is_some_and(|name| names.iter().any(|known| name == *known)) && beside
    };
    folder.join("pyvenv.cfg").is_file() || folder.join("conda-meta").is_dir() || is_node()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn environments_are_told_by_what_is_in_them() {
        let scratch = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = scratch.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        make("app/env/pyvenv.cfg");
        make("app/env/lib/inner/pyvenv.cfg");
        make("web/package.json");
        make("web/node_modules/a/package.json");
        make("conda/conda-meta/history");
        make("venv/my-notes.txt");
        let found = find(scratch.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(scratch.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["app/env", "conda", "web/node_modules"]);
    }
}
