//! Tools that launchers take for granted: `uv`, `python`.
//!
//! Must not know: steps. A tool comes from the step's PATH or from `<home>/bin`; uv is fetched there when it is missing.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{Call, MethodError};

/// An executable on the PATH of this environment.
pub(super) fn find(env: &BTreeMap<String, String>, name: &str) -> Option<PathBuf> {
    let path = env.get("PATH")?;
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// A file that may be run.
pub(super) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// The command uses this program: the name stands in it as a word.
pub(super) fn mentions(command: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || "_-./".contains(letter);
    command.split(|letter| !is_part(letter)).any(|word| word == name)
}

/// Makes sure that `uv` can be found; the path of it.
pub(super) async fn uv(call: &Call, env: &BTreeMap<String, String>) -> Result<PathBuf, MethodError> {
    match find(env, "uv") {
        Some(found) => Ok(found),
        None => super::uv::fetch(call, env).await,
    }
}

/// Machines without a `python` of that name get one in `<home>/bin` that starts `python3`.
pub(super) fn provide_python(call: &Call, env: &BTreeMap<String, String>) {
    if find(env, "python").is_some() {
        return;
    }
    let Some(python3) = find(env, "python3") else { return };
    let file = call.host.home().join("bin/python");
    let text = format!("#!/bin/sh\nexec {} \"$@\"\n", super::quote::quote(&python3.display().to_string()));
    if let Err(error) = write_program(&file, &text) {
        tracing::debug!(%error, "no python in the home; scripts see what the machine has");
    }
}

fn write_program(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".python.{}", std::process::id()));
    std::fs::write(&draft, text)?;
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o755))?;
    std::fs::rename(&draft, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_mentioned_as_a_word() {
        assert!(
            mentions("uv pip install x", "uv")
                && mentions("cd a && uv sync", "uv")
                && mentions("(uv venv)", "uv")
        );
        assert!(!mentions("uvicorn app", "uv") && !mentions("./uv x", "uv") && !mentions("echo my-uv", "uv"));
    }
}
