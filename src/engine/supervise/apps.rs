//! The apps of a home on the disk: folders below `<home>/api` that hold a launcher.
//!
//! Must not know: which of them run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::SuperviseError;

/// Any of these makes a folder a launcher; the usual ones first, so that one look is enough.
const LAUNCHER_FILES: &[&str] = &[
    "pinokio.js",
    "pinokio.json",
    "pinokio_meta.json",
    "start.js",
    "start.json",
    "start.lua",
    "install.js",
    "install.json",
    "install.lua",
    "pinokio/pinokio.js",
    "pinokio/pinokio.json",
];

/// Longest name of a folder.
const MAX_NAME_BYTES: usize = 255;

/// A name that can be one of an app: one component of a path, not hidden.
pub fn is_app_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && !name.starts_with('.')
        && !name.contains(['/', '\0', '\n', '\r'])
}

/// The folder of an app; an error when the name is none or there is no launcher.
pub(crate) fn folder(home: &Path, app: &str) -> Result<PathBuf, SuperviseError> {
    if !is_app_name(app) {
        return Err(SuperviseError::BadName(app.to_owned()));
    }
    let folder = home.join("api").join(app);
    if is_launcher(&folder) {
        Ok(folder)
    } else {
        Err(SuperviseError::NoSuchApp { app: app.to_owned(), home: home.to_owned() })
    }
}

fn is_launcher(folder: &Path) -> bool {
    LAUNCHER_FILES.iter().any(|name| folder.join(name).is_file())
}

/// Names of all apps, sorted.
pub(crate) fn all(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(home.join("api")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| is_app_name(name) && is_launcher(&home.join("api").join(name))).collect();
    names.sort_unstable();
    names
}

/// The folder whose scripts a launcher runs: `pinokio` inside the app when that is where the launcher lies.
pub(crate) fn launcher_root(folder: &Path) -> PathBuf {
    let inner = folder.join("pinokio");
    let outer_has = ["pinokio.js", "pinokio.json"].iter().any(|name| folder.join(name).is_file());
    if !outer_has && inner.join("pinokio.js").is_file() { inner } else { folder.to_owned() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn only_folders_with_a_launcher_are_apps_and_no_name_leads_out() {
        let scratch = tempfile::tempdir().unwrap();
        let api = scratch.path().join("api");
        for (folder, file) in
            [("b", "pinokio.js"), ("a", "start.json"), ("c", "readme.md"), (".d", "start.js")]
        {
            fs::create_dir_all(api.join(folder)).unwrap();
            fs::write(api.join(folder).join(file), "").unwrap();
        }
        assert_eq!(all(scratch.path()), ["a", "b"]);
        assert!(folder(scratch.path(), "a").is_ok());
        for bad in ["../x", "", ".", "..", "a/b", "c"] {
            assert!(folder(scratch.path(), bad).is_err(), "{bad}");
        }
    }
}
