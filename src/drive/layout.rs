//! Where what lies in a home, and to whom it belongs.
//!
//! Must not know: what the files contain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

/// Folder of ours below the home.
pub(crate) fn notes_folder(home: &Path) -> PathBuf {
    home.join("pino").join("drive")
}

/// To whom a folder belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum Owner {
    /// An app below `api`.
    App(String),
    /// A folder of the shared cache.
    Cache(String),
    /// The drive.
    Drive,
    /// Tools in `bin`.
    Tools,
    /// The launcher itself: journal, logs, trash.
    Launcher,
    /// Anything else in the home.
    Other(String),
    /// A folder outside the home that was asked for.
    Outside(String),
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The app's own files.
    App,
    /// Virtual environments, conda environments, `node_modules`.
    Venv,
    /// What can be fetched again.
    Cache,
    /// Models and the drive.
    Models,
}

/// A folder to look through.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub path: PathBuf,
    pub owner: Owner,
    pub class: Class,
}

/// Every folder to look through, none of them inside another. `drive_homes` are drives outside `<home>/drive`.
pub(crate) fn roots(home: &Path, drive_homes: &[PathBuf], outside: &[PathBuf]) -> Vec<Root> {
    let mut roots = Vec::new();
    for name in children(home) {
        let path = home.join(&name);
        match name.as_str() {
            "api" => roots.extend(of_children(&path, Owner::App, Class::App)),
            "cache" => roots.extend(of_children(&path, Owner::Cache, Class::Cache)),
            "drive" => roots.push(root(&path, Owner::Drive, Class::Models)),
            "bin" => roots.push(root(&path, Owner::Tools, Class::Cache)),
            "logs" | "pino" => roots.push(root(&path, Owner::Launcher, Class::App)),
            _ => roots.push(root(&path, Owner::Other(name), Class::App)),
        }
    }
    roots.extend(drive_homes.iter().map(|path| root(path, Owner::Drive, Class::Models)));
    roots.extend(
        outside
            .iter()
            .map(|path| root(path, Owner::Outside(path.to_string_lossy().into_owned()), Class::App)),
    );
    without_nested(roots)
}

fn root(path: &Path, owner: Owner, class: Class) -> Root {
    // the well-known folders may be links to a bigger disk
    Root { path: path.canonicalize().unwrap_or_else(|_| path.to_owned()), owner, class }
}

fn of_children(folder: &Path, owner: fn(String) -> Owner, class: Class) -> Vec<Root> {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    children(&real)
        .into_iter()
        .map(|name| Root { path: real.join(&name), owner: owner(name), class })
        .collect()
}

fn children(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A folder that is looked through anyway is not looked through twice.
fn without_nested(mut roots: Vec<Root>) -> Vec<Root> {
    let paths: Vec<_> = roots.iter().map(|root| root.path.clone()).collect();
    let mut at = 0;
    roots.retain(|root| {
        let here = at;
        at += 1;
        !paths.iter().enumerate().any(|(other, path)| {
            let is_same = *path == root.path;
            if is_same { other < here } else { root.path.starts_with(path) }
        })
    });
    roots
}

/// Names of folders with what package managers own.
pub(crate) fn is_environment(names: &[std::ffi::OsString]) -> bool {
    names.iter().any(|name| name == "pyvenv.cfg" || name == "conda-meta")
}

/// `models--org--name` and the like: a repository of the hub's cache.
pub(crate) fn is_hub_repository(name: &str) -> bool {
    ["models--", "datasets--", "spaces--"].iter().any(|kind| name.starts_with(kind))
}

/// Formats that apps read and do not write.
pub(crate) fn has_model_name(path: &Path, is_in_hub: bool) -> bool {
    let extension =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "safetensors" | "gguf" | "ckpt" | "pt" | "onnx")
        || (is_in_hub && extension == "bin")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn nothing_is_looked_through_twice() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().canonicalize().unwrap().join(path);
        for folder in ["api/one", "api/two", "cache/HF_HOME", "elsewhere/drive", "drive"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::remove_dir(at("drive")).unwrap();
        std::os::unix::fs::symlink(at("elsewhere/drive"), at("drive")).unwrap();
        let roots = roots(&at(""), &[at("elsewhere/drive"), at("api/one/drive")], &[at("api/two/models")]);
        let paths: Vec<_> = roots.iter().map(|root| root.path.clone()).collect();
        assert_eq!(paths, [at("api/one"), at("api/two"), at("cache/HF_HOME"), at("elsewhere")]);
    }

    #[test]
    fn model_names() {
        assert!(has_model_name(Path::new("a/X.SafeTensors"), false));
        assert!(!has_model_name(Path::new("a/x.bin"), false));
        assert!(has_model_name(Path::new("a/x.bin"), true));
        assert!(!has_model_name(Path::new("a/safetensors"), true));
    }
}
