//! Where a `require` leads: files, folders and `node_modules` inside the app, nothing outside.
//!
//! Must not know: what is in the files.

use std::path::Path;

use super::{Loader, folder_of};
use crate::{FileKind, host::normalize};

/// Why a module cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    /// No such file.
    #[error("Cannot find module '{0}'")]
    NoFile(String),
    /// No such package.
    #[error(
        "Cannot find module '{0}': npm packages are not installed for launchers; use what the engine offers (path, os, fs, …) \
         or put the package's plain JavaScript into the app's node_modules folder"
    )]
    NoPackage(String),
    /// The file lies outside the app.
    #[error(
        "Cannot load '{id}': it lies outside the app folder {root}, and scripts may load files of their own app only"
    )]
    Outside {
        /// As written.
        id: String,
        /// The app folder.
        root: String,
    },
}

impl ResolveError {
    /// The error's `code` in JavaScript.
    pub(super) fn code(&self) -> &'static str {
        match self {
            ResolveError::NoFile(_) | ResolveError::NoPackage(_) => "MODULE_NOT_FOUND",
            ResolveError::Outside { .. } => "ERR_OUTSIDE_APP",
        }
    }
}

const EXTENSIONS: [&str; 6] = ["", ".js", ".json", ".lua", ".mjs", ".cjs"];
const INDEX: [&str; 3] = ["/index.js", "/index.json", "/index.lua"];

impl Loader {
    /// The file that `require(id)` in this folder means.
    pub(super) fn resolve(&self, folder: &str, id: &str) -> Result<String, ResolveError> {
        let id_path = id.strip_prefix("file://").unwrap_or(id);
        if id_path.starts_with('/')
            || id_path == "."
            || id_path == ".."
            || id_path.starts_with("./")
            || id_path.starts_with("../")
        {
            let target = normalize(&Path::new(folder).join(id_path)).to_string_lossy().into_owned();
            self.check_inside(&target, id)?;
            let found = self.file_or_folder(&target).ok_or_else(|| ResolveError::NoFile(id.to_owned()))?;
            return self.confined(found, id);
        }
        let mut at = folder;
        while self.is_inside(at) {
            if let Some(found) =
                self.file_or_folder(&format!("{}/node_modules/{id}", at.trim_end_matches('/')))
            {
                return self.confined(found, id);
            }
            let up = folder_of(at);
            if up == at {
                break;
            }
            at = up;
        }
        Err(ResolveError::NoPackage(id.to_owned()))
    }

    fn root(&self) -> &str {
        self.root.get().map_or("/", String::as_str)
    }

    fn is_inside(&self, path: &str) -> bool {
        let root = self.root().trim_end_matches('/');
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn check_inside(&self, path: &str, id: &str) -> Result<(), ResolveError> {
        if self.is_inside(path) { Ok(()) } else { Err(self.outside(id)) }
    }

    fn outside(&self, id: &str) -> ResolveError {
        ResolveError::Outside { id: id.to_owned(), root: self.root().to_owned() }
    }

    /// Links may not lead out either.
    fn confined(&self, path: String, id: &str) -> Result<String, ResolveError> {
        let files = self.host.files();
        let real = files.real_path(&path).map_err(|_gone| ResolveError::NoFile(id.to_owned()))?;
        let root = files.real_path(self.root()).unwrap_or_else(|_absent| self.root().to_owned());
        let inside = real.strip_prefix(root.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'));
        if inside { Ok(path) } else { Err(self.outside(id)) }
    }

    fn file_or_folder(&self, target: &str) -> Option<String> {
        self.file(target).or_else(|| self.folder(target))
    }

    fn file(&self, target: &str) -> Option<String> {
        let candidate =
            EXTENSIONS.iter().map(|extension| format!("{target}{extension}")).find(|it| self.is_file(it));
        candidate.or_else(|| {
            let stem = target.strip_suffix(".js").or_else(|| target.strip_suffix(".json"))?;
            Some(format!("{stem}.lua")).filter(|it| self.is_file(it))
        })
    }

    fn folder(&self, target: &str) -> Option<String> {
        let folder = target.trim_end_matches('/');
        self.package_main(folder)
            .or_else(|| INDEX.iter().map(|index| format!("{folder}{index}")).find(|it| self.is_file(it)))
    }

    fn package_main(&self, folder: &str) -> Option<String> {
        let bytes = self.host.files().read(&format!("{folder}/package.json")).ok()?;
        let package: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        let main = package.get("main")?.as_str()?;
        let target = normalize(&Path::new(folder).join(main)).to_string_lossy().into_owned();
        self.file(&target)
            .or_else(|| INDEX.iter().map(|index| format!("{target}{index}")).find(|it| self.is_file(it)))
    }

    fn is_file(&self, path: &str) -> bool {
        self.host.files().stat(path, true).is_ok_and(|stat| stat.kind == FileKind::File)
    }
}
