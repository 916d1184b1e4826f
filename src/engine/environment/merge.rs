//! The effective environment of a script: process < home defaults < home file < app file, kept until a file changes.
//!
//! Must not know: who asks.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{APP_DEFAULTS, FILES_NOT_FOLDERS, HOME_DEFAULTS, decode, parse};
use crate::files::{Stamp, unchanged};

/// The merged variables.
pub(crate) type Variables = BTreeMap<String, String>;

/// Effective environments of one home.
#[derive(Debug)]
pub(crate) struct Environments {
    home: PathBuf,
    process: Variables,
    /// Win over all files.
    over: Variables,
    cache: Mutex<HashMap<Option<PathBuf>, Entry>>,
}

#[derive(Debug)]
struct Entry {
    home_stamp: Option<Stamp>,
    app_stamp: Option<Stamp>,
    app_file: Option<PathBuf>,
    merged: Arc<Variables>,
    /// Folders named by the files, to be made before a shell starts.
    folders: Vec<PathBuf>,
}

impl Environments {
    /// Takes the environment of this process as the lowest layer.
    pub(crate) fn new(home: &Path) -> Self {
        Self::layered(home, None, Variables::new())
    }

    /// `process` is the lowest layer (without it the environment of this process); `over` wins over all files.
    pub(crate) fn layered(home: &Path, process: Option<Variables>, over: Variables) -> Self {
        let mut process = process.unwrap_or_else(pino_process::inherited_environment);
        process.insert("PATH".into(), managed_path(home, process.get("PATH").map(String::as_str)));
        Self { home: home.to_owned(), process, over, cache: Mutex::default() }
    }

    /// The effective environment for scripts of this app (`None`: a script outside every app).
    pub(crate) fn of(&self, app_root: Option<&Path>) -> Arc<Variables> {
        self.with_entry(app_root, |entry| Arc::clone(&entry.merged))
    }

    /// Makes the folders the files name. A value that cannot be a folder is the script's own business: it may be a file.
    pub(crate) fn make_folders(&self, app_root: Option<&Path>) {
        let folders = self.with_entry(app_root, |entry| entry.folders.clone());
        for folder in folders {
            if let Err(error) = make_folder(&folder) {
                tracing::debug!(folder = %folder.display(), %error, "a folder named by ENVIRONMENT cannot be made");
            }
        }
    }

    /// Creates an app's ENVIRONMENT from the template its repository ships, as opening the app for the first time does.
    /// Without a template nothing is written: a run adds nothing to an app by itself.
    pub(crate) fn create_app_file(app_root: &Path) {
        let inner = app_root.join("pinokio");
        let root = if inner.is_dir() { inner } else { app_root.to_owned() };
        let file = root.join("ENVIRONMENT");
        let Ok(template) = fs::read(root.join("_ENVIRONMENT")) else { return };
        if file.exists() {
            return;
        }
        if let Err(error) =
            crate::files::write_atomically(&file, super::app_text(&decode(&template)).as_bytes())
        {
            tracing::warn!(file = %file.display(), %error, "cannot create ENVIRONMENT; its defaults do not apply");
        }
    }

    /// Absolute path of an executable on the managed PATH.
    pub(crate) fn which(&self, name: &str) -> Option<PathBuf> {
        let path = OsString::from(self.process.get("PATH").map_or("", String::as_str));
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
    }

    fn with_entry<T>(&self, app_root: Option<&Path>, read: impl FnOnce(&Entry) -> T) -> T {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let key = app_root.map(Path::to_owned);
        let home_stamp = Stamp::of(&self.home.join("ENVIRONMENT"));
        let app_file = app_root.and_then(active_file);
        let app_stamp = app_file.as_deref().and_then(Stamp::of);
        let fresh = cache.get(&key).is_some_and(|entry| {
            entry.app_file == app_file
                && unchanged(entry.home_stamp.as_ref(), home_stamp.as_ref())
                && unchanged(entry.app_stamp.as_ref(), app_stamp.as_ref())
        });
        if !fresh {
            let (merged, folders) = self.merge(app_root, app_file.as_deref());
            let entry = Entry { home_stamp, app_stamp, app_file, merged: Arc::new(merged), folders };
            cache.insert(key.clone(), entry);
        }
        match cache.get(&key) {
            Some(entry) => read(entry),
            None => read(&Entry {
                home_stamp: None,
                app_stamp: None,
                app_file: None,
                merged: Arc::default(),
                folders: Vec::new(),
            }),
        }
    }

    fn merge(&self, app_root: Option<&Path>, app_file: Option<&Path>) -> (Variables, Vec<PathBuf>) {
        let mut merged = self.process.clone();
        let mut folders = Vec::new();
        let defaults = HOME_DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        add_layer(&mut merged, &mut Vec::new(), &self.home, defaults, &[]);
        add_layer(&mut merged, &mut folders, &self.home, read_file(&self.home.join("ENVIRONMENT")), &[]);
        if let (Some(root), Some(file)) = (app_root, app_file) {
            add_layer(&mut merged, &mut folders, root, read_file(file), APP_DEFAULTS);
        }
        merged.extend(self.over.clone());
        learn_secrets(&merged);
        (merged, folders)
    }
}

/// Values of variables that hold tokens by their name are never told.
fn learn_secrets(variables: &Variables) {
    const PARTS: &[&str] = &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "ACCESS_KEY"];
    for (name, value) in variables {
        // `HF_TOKEN_PATH` and the like name a file
        let is_path = name.ends_with("_PATH") || name.ends_with("_FILE") || value.starts_with('/');
        if !is_path && PARTS.iter().any(|part| name.to_ascii_uppercase().contains(part)) {
            pino_state::Redactor::shared().learn(&pino_state::Secret::new(value.clone()));
        }
    }
}

/// The app's own file: `<app>/pinokio/ENVIRONMENT` when that folder exists, else `<app>/ENVIRONMENT` (spec 00 §2).
fn active_file(app_root: &Path) -> Option<PathBuf> {
    let inner = app_root.join("pinokio");
    let preferred = if inner.is_dir() { inner.join("ENVIRONMENT") } else { app_root.join("ENVIRONMENT") };
    if preferred.is_file() {
        Some(preferred)
    } else {
        Some(app_root.join("ENVIRONMENT")).filter(|file| file.is_file())
    }
}

fn read_file(file: &Path) -> Vec<(String, String)> {
    fs::read(file).map(|bytes| parse(&decode(&bytes))).unwrap_or_default()
}

/// Adds one file's variables. Empty values are as if not there; `./` becomes absolute. Folders of values an app merely
/// inherited from our own defaults are left for the programs to make, so that a run adds nothing to the app by itself.
fn add_layer(
    merged: &mut Variables,
    folders: &mut Vec<PathBuf>,
    base: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
    unmade: &[(&str, &str)],
) {
    for (name, value) in variables {
        if value.is_empty() {
            continue;
        }
        let is_default = unmade.iter().any(|(known, default)| *known == name && *default == value);
        let resolved = match value.strip_prefix("./") {
            Some(rest) => crate::files::normalise(&base.join(rest)).to_string_lossy().into_owned(),
            None => value.clone(),
        };
        if is_folder(&name, &value) && !is_default {
            folders.push(PathBuf::from(&resolved));
        }
        merged.insert(name, resolved);
    }
}

fn is_folder(name: &str, value: &str) -> bool {
    (value.starts_with("./") || value.starts_with('/'))
        && !value.contains(':')
        && !FILES_NOT_FOLDERS.contains(&name)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.exists() { Ok(()) } else { fs::create_dir_all(folder) }
}

/// Tools of the home in front of (miniforge, npm) and behind (`<home>/bin`) the PATH of this process.
fn managed_path(home: &Path, inherited: Option<&str>) -> String {
    let bin = home.join("bin");
    let front = ["npm/bin", "miniforge/bin"].map(|inner| bin.join(inner));
    let front = front.into_iter().filter(|folder| folder.is_dir());
    let inherited =
        std::env::split_paths(inherited.unwrap_or("/usr/local/bin:/usr/bin:/bin")).collect::<Vec<_>>();
    let all = front.chain(inherited).chain(std::iter::once(bin.clone()));
    let text = all.map(|folder| folder.to_string_lossy().into_owned()).collect::<Vec<_>>();
    text.join(":")
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn the_app_wins_over_the_home_and_changes_are_seen() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        let app = home.join("api/demo");
        fs::create_dir_all(&app).unwrap();
        fs::write(home.join("ENVIRONMENT"), "A=home\nB=home\nDIR=./x\n").unwrap();
        fs::write(app.join("ENVIRONMENT"), "B=app\nA=\nDATA=./data\nHF_HOME=./cache/HF_HOME\n").unwrap();
        let environments = Environments::new(home);
        let merged = environments.of(Some(&app));
        assert_eq!((merged["A"].as_str(), merged["B"].as_str()), ("home", "app"));
        assert_eq!(merged["DIR"], home.join("x").to_string_lossy());
        assert_eq!(merged["HF_HOME"], app.join("cache/HF_HOME").to_string_lossy());
        environments.make_folders(Some(&app));
        assert!(app.join("data").is_dir() && home.join("x").is_dir() && !app.join("cache").exists());
        fs::write(app.join("ENVIRONMENT"), "B=new\n").unwrap();
        assert_eq!(environments.of(Some(&app))["B"], "new");
    }

    #[test]
    fn the_folder_pinokio_is_preferred() {
        let scratch = tempfile::tempdir().unwrap();
        let app = scratch.path().join("api/demo");
        fs::create_dir_all(app.join("pinokio")).unwrap();
        fs::write(app.join("ENVIRONMENT"), "A=outer\n").unwrap();
        let environments = Environments::new(scratch.path());
        assert_eq!(environments.of(Some(&app))["A"], "outer");
        fs::write(app.join("pinokio/ENVIRONMENT"), "A=inner\nP=./p\n").unwrap();
        let merged = environments.of(Some(&app));
        assert_eq!(merged["A"], "inner");
        assert_eq!(
            merged["P"],
            app.join("p").to_string_lossy(),
            "relative to the app, not to its pinokio folder"
        );
    }
}
