//! `script.download` and the fetching part of `script.start`: repositories named by a git URI.
//!
//! Must not know: how a URI is resolved to a folder. Git gets its arguments one by one, never as a shell command.

use std::path::{Path, PathBuf};

use mlua::Value;
use pino_process::CaptureSpec;

use crate::{Call, MethodError, params::truthy};

/// Output of git that is kept for the error text.
const OUTPUT_LIMIT_BYTES: usize = 64 * 1024;

/// Fetches what `uri` names; the result is the uri.
pub(super) async fn download(call: &Call) -> Result<Value, MethodError> {
    let uri = call.required("script.download", "uri")?;
    fetch(call, &uri).await?;
    call.param("uri")
}

/// Clones the repository of a git URI when no app has it yet, then brings it to `branch` or `hash`. Paths need nothing.
pub(super) async fn fetch(call: &Call, uri: &str) -> Result<(), MethodError> {
    if !(uri.starts_with("http://") || uri.starts_with("https://")) {
        return Ok(());
    }
    let Some(remote) = remote_of(uri) else {
        let text = format!("{uri} is no git address: write it as https://host/owner/name.git/path");
        return Err(MethodError::BadParams(text));
    };
    let folder = match call.host.find_clone(remote) {
        Some(folder) => folder,
        None => clone_app(call, remote).await?,
    };
    let (branch, hash) = (call.text("branch")?, call.text("hash")?);
    if branch.is_some() || hash.is_some() || truthy(&call.param("pull")?) {
        git(call, &folder, &["pull", "--ff-only"]).await?;
    }
    if let Some(branch) = branch.as_deref() {
        git(call, &folder, &["switch", plain(branch, "branch")?]).await?;
    }
    if let Some(hash) = hash.as_deref() {
        git(call, &folder, &["switch", "--detach", plain(hash, "hash")?]).await?;
    }
    Ok(())
}

/// The address up to the segment that ends in `.git`.
fn remote_of(uri: &str) -> Option<&str> {
    let ends = uri.match_indices(".git").map(|(at, found)| at + found.len());
    ends.into_iter().find(|end| matches!(uri[*end..].chars().next(), None | Some('/'))).map(|end| &uri[..end])
}

/// A name git cannot take for an option.
fn plain<'a>(name: &'a str, what: &str) -> Result<&'a str, MethodError> {
    if name.starts_with('-') || name.is_empty() {
        return Err(MethodError::BadParams(format!("\"{name}\" is no {what}")));
    }
    Ok(name)
}

async fn clone_app(call: &Call, remote: &str) -> Result<PathBuf, MethodError> {
    let folder = call.host.home().join("api").join(folder_name(remote));
    if folder.exists() {
        let text = format!(
            "{} exists but was not cloned from {remote}; move it away and start again",
            folder.display()
        );
        return Err(MethodError::Failed(text));
    }
    clone(call, remote, &folder, None).await?;
    Ok(folder)
}

/// Clones into a folder that does not exist yet; a clone that is cut off never looks like an app.
pub(crate) async fn clone(
    call: &Call,
    remote: &str,
    folder: &Path,
    branch: Option<&str>,
) -> Result<(), MethodError> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Err(MethodError::Failed(format!("{} is no place for an app", folder.display())));
    };
    call.print_lines(&format!("Cloning {remote} into {}\n", folder.display()));
    let beside = parent.join(format!(".{}.partial", name.to_string_lossy()));
    remove_partial(&beside);
    let target = beside.to_string_lossy();
    let mut arguments = vec!["clone"];
    if let Some(branch) = branch {
        arguments.extend(["--branch", plain(branch, "branch")?]);
    }
    arguments.extend(["--", remote, &target]);
    let failed = |error: std::io::Error| {
        MethodError::Failed(format!("cannot move the clone to {}: {error}", folder.display()))
    };
    let result = match git(call, parent, &arguments).await {
        Ok(()) => std::fs::rename(&beside, folder).map_err(failed),
        Err(error) => Err(error),
    };
    result.inspect_err(|_| remove_partial(&beside))
}

fn remove_partial(folder: &Path) {
    // usually it is not there
    let _ = std::fs::remove_dir_all(folder);
}

/// The address without protocol, every character outside `[A-Za-z0-9_-]` replaced.
fn folder_name(remote: &str) -> String {
    let rest = remote.split_once("://").map_or(remote, |(_, rest)| rest);
    rest.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}

async fn git(call: &Call, cwd: &Path, arguments: &[&str]) -> Result<(), MethodError> {
    let program = call.host.which("git").ok_or_else(|| {
        MethodError::Failed("git is not installed; install it (apt install git) and start again".to_owned())
    })?;
    let mut env = call.host.environment(&call.place.script);
    // a private repository fails at once instead of waiting for a password nobody can type
    env.insert("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned());
    let captured = call
        .host
        .processes()
        .capture(CaptureSpec {
            label: call.place.script.to_string_lossy().into_owned(),
            program,
            args: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            cwd: cwd.to_owned(),
            env,
            input: None,
            limit_bytes: OUTPUT_LIMIT_BYTES,
        })
        .await
        .map_err(|error| MethodError::Failed(format!("git {}: {error}", arguments.join(" "))))?;
    let told = String::from_utf8_lossy(&captured.stderr).into_owned();
    if captured.code == Some(0) {
        return Ok(());
    }
    let code =
        captured.code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with code {code}"));
    Err(MethodError::Failed(format!("git {} {code}: {}", arguments.join(" "), told.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_folder_names() {
        let uri = "https://github.com/owner/my.repo.git/start.js";
        assert_eq!(remote_of(uri), Some("https://github.com/owner/my.repo.git"));
        assert_eq!(folder_name("https://github.com/owner/my.repo.git"), "github_com_owner_my_repo_git");
        assert_eq!(remote_of("https://github.com/owner/repo"), None);
        assert!(plain("--upload-pack=x", "branch").is_err());
    }
}
