//! Which folder is the launcher home, and what has to be in it.
//!
//! Must not know: scripts.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cloud::{self, Cloud},
    environment::HOME_DEFAULTS,
};

/// Folders every home has.
const FOLDERS: &[&str] = &["api", "bin", "cache", "logs"];

/// Why there is no usable home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A configured home is not there.
    #[error(
        "the launcher home {path} does not exist; it is set by {source_name}. Create it, correct the setting, or name another one with --home DIR"
    )]
    Missing {
        /// The configured folder.
        path: PathBuf,
        /// Where it is configured.
        source_name: &'static str,
    },
    /// It cannot be written.
    #[error(
        "cannot set up the launcher home at {path}: {cause}. Make it writable or name another one with --home DIR"
    )]
    NotWritable {
        /// What could not be created.
        path: PathBuf,
        /// The operating system's answer.
        cause: io::Error,
    },
    /// Neither a setting nor a home folder of the user.
    #[error("no launcher home: HOME is not set. Name one with --home DIR")]
    Nowhere,
}

/// Finds the home (DESIGN.md §4): `--home`, `PINOKIO_HOME`, `~/.pinokio/config.json`, the cloud's persistent path, `~/pinokio`.
/// The option's folder and the last two are created when missing; a configured one that is missing is an error.
pub fn planned(option: Option<&Path>) -> Result<PathBuf, HomeError> {
    if let Some(path) = option {
        return Ok(absolute(path));
    }
    if let Some(path) = std::env::var_os("PINOKIO_HOME").filter(|value| !value.is_empty()) {
        return configured(PathBuf::from(path), "PINOKIO_HOME");
    }
    let user = std::env::var_os("HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = user.as_deref().and_then(from_config_file) {
        return configured(path, "~/.pinokio/config.json");
    }
    if let Some(path) = persistent_path() {
        return Ok(path);
    }
    user.map(|user| user.join("pinokio")).ok_or(HomeError::Nowhere)
}

fn configured(path: PathBuf, source_name: &'static str) -> Result<PathBuf, HomeError> {
    let path = absolute(&path);
    if path.is_dir() { Ok(path) } else { Err(HomeError::Missing { path, source_name }) }
}

/// The `home` member of the desktop app's own settings, so that an existing home is found again.
fn from_config_file(user: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(user.join(".pinokio/config.json")).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    settings.get("home")?.as_str().filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Where rented machines keep files across restarts.
fn persistent_path() -> Option<PathBuf> {
    cloud::here().and_then(Cloud::storage).map(|folder| folder.join("pinokio"))
}

/// An absolute path without touching the disk, so that a home which does not exist yet works too.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Creates what is missing in a home: folders, the cache folders of the default variables, `ENVIRONMENT`.
/// Gives the path with symbolic links resolved.
pub fn prepare(home: &Path) -> Result<PathBuf, HomeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| HomeError::NotWritable { path, cause }
    };
    fs::create_dir_all(home).map_err(failed(home))?;
    let home = home.canonicalize().map_err(failed(home))?;
    for name in FOLDERS {
        make_folder(&home.join(name)).map_err(failed(&home.join(name)))?;
    }
    for (name, value) in HOME_DEFAULTS {
        if let Some(relative) = value.strip_prefix("./cache/") {
            let folder = home.join("cache").join(relative);
            make_folder(&folder).map_err(failed(&folder))?;
            debug_assert_eq!(*name, relative, "cache folders carry the name of their variable");
        }
    }
    let file = home.join("ENVIRONMENT");
    if !file.exists() {
        crate::files::write_atomically(&file, crate::environment::home_text().as_bytes())
            .map_err(failed(&file))?;
    }
    Ok(home)
}

/// One system call for a folder that exists already, which is the usual case.
fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_home_gets_folders_and_defaults_once() {
        let scratch = tempfile::tempdir().unwrap();
        let home = prepare(&scratch.path().join("home")).unwrap();
        assert!(home.join("cache/TMPDIR").is_dir() && home.join("api").is_dir());
        fs::write(home.join("ENVIRONMENT"), "MINE=1\n").unwrap();
        prepare(&home).unwrap();
        assert_eq!(
            fs::read_to_string(home.join("ENVIRONMENT")).unwrap(),
            "MINE=1\n",
            "an existing file stays"
        );
    }

    #[test]
    fn an_option_wins_and_needs_no_folder() {
        let path = planned(Some(Path::new("/nowhere/home"))).unwrap();
        assert_eq!(path, Path::new("/nowhere/home"));
    }
}
