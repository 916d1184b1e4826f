//! The scratch launcher home of one case, and what changed in its app folder.
//!
//! Must not know: events, expectations.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
    process::Command,
};

use base64::Engine as _;
use serde_json::{Map, Value, json};

use crate::case::{Case, NOT_COPIED};

const SKIPPED_FOLDERS: [&str; 5] = [".git", "node_modules", "logs", "env", "venv"];
const NOT_COMPARED: [&str; 2] = ["ENVIRONMENT", ".gitignore"];
const BYTES_COMPARED: usize = 8192;

/// The places of one case. Dropped: the folder is gone.
pub(crate) struct Scratch {
    holder: tempfile::TempDir,
    /// Everything of this case lies below it (symbolic links resolved).
    pub(crate) root: PathBuf,
    /// The launcher home.
    pub(crate) home: PathBuf,
    /// The app folder, `<home>/api/case`.
    pub(crate) app: PathBuf,
}

impl Scratch {
    /// Makes the folders, copies the fixtures, puts `python` where the managed toolchain has it.
    pub(crate) fn new(case: &Case) -> io::Result<Self> {
        let holder = tempfile::Builder::new().prefix("pino-case-").tempdir()?;
        let root = holder.path().canonicalize()?;
        let home = root.join("home");
        let app = home.join("api/case");
        fs::create_dir_all(root.join("user"))?;
        fs::create_dir_all(home.join("bin"))?;
        copy_folder(&case.folder, &app, &NOT_COPIED)?;
        for (name, text) in &case.home_files {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&home))?;
            fs::write(path, text)?;
        }
        put_python(&home)?;
        Ok(Self { holder, root, home, app })
    }

    /// The files of the app folder as the documents show them.
    pub(crate) fn snapshot(&self) -> io::Result<Map<String, Value>> {
        let mut found = Map::new();
        look(&self.app, &self.home, "", &mut found)?;
        Ok(found)
    }

    /// Removes the scratch folder now and says when that fails.
    pub(crate) fn close(self) -> io::Result<()> {
        self.holder.close()
    }
}

/// Copies a folder with its symbolic links as they are; `left_out` names files of the top level.
pub(crate) fn copy_folder(from: &Path, to: &Path, left_out: &[&str]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if left_out.iter().any(|known| name == **known) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(&name));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_dir() {
            copy_folder(&source, &target, &[])?;
        } else {
            fs::copy(&source, &target)?;
            writable(&target)?;
        }
    }
    Ok(())
}

/// The cases may lie in a read-only folder; the app's copy may be written.
fn writable(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o200))
}

fn put_python(home: &Path) -> io::Result<()> {
    let Ok(asked) = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output() else {
        return Ok(());
    };
    if !asked.status.success() {
        return Ok(());
    }
    let path = home.join("bin/python");
    fs::write(
        &path,
        format!("#!/bin/sh\nexec \"{}\" \"$@\"\n", String::from_utf8_lossy(&asked.stdout).trim()),
    )?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
}

fn look(folder: &Path, home: &Path, below: &str, found: &mut Map<String, Value>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            found.insert(relative, link(folder, &entry.path(), home)?);
        } else if kind.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                found.insert(format!("{relative}/"), json!({ "dir": true }));
                look(&entry.path(), home, &relative, found)?;
            }
        } else if kind.is_file() {
            found.insert(relative, content(&fs::read(entry.path())?));
        }
    }
    Ok(())
}

fn link(folder: &Path, path: &Path, home: &Path) -> io::Result<Value> {
    let target = fs::read_link(path)?;
    let inside = lexical(&folder.join(&target)).starts_with(home.join("drive"))
        && lexical(&folder.join(&target)) != home.join("drive");
    let shown = if inside { "<DRIVE>".to_owned() } else { target.to_string_lossy().into_owned() };
    Ok(json!({ "link": shown }))
}

/// Resolves `.` and `..` by text alone.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

fn content(bytes: &[u8]) -> Value {
    if bytes.len() > BYTES_COMPARED {
        return json!({ "bytes": bytes.len() });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": base64::engine::general_purpose::STANDARD.encode(bytes) }),
    }
}

/// What differs between two snapshots: new or changed files with their content, removed ones as null.
pub(crate) fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut files = Map::new();
    for (name, now) in after {
        if !NOT_COMPARED.contains(&name.as_str()) && before.get(name) != Some(now) {
            files.insert(name.clone(), now.clone());
        }
    }
    for name in before.keys() {
        if !NOT_COMPARED.contains(&name.as_str()) && !after.contains_key(name) {
            files.insert(name.clone(), Value::Null);
        }
    }
    files
}
