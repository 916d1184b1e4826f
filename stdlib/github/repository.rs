//! The git side: remotes and pushing, with the token in git's environment only.
//!
//! Must not know: the REST API.

use std::path::PathBuf;

use base64::Engine as _;
use pino_process::CaptureSpec;

use crate::{Call, MethodError};

/// Output of git that is kept for the error text.
const OUTPUT_LIMIT_BYTES: usize = 64 * 1024;

/// A work tree.
pub(super) struct Repository<'a> {
    call: &'a Call,
    git: PathBuf,
    folder: PathBuf,
}

impl<'a> Repository<'a> {
    /// The folder `cwd` or `path`, the script's by default.
    pub(super) fn of(call: &'a Call) -> Result<Self, MethodError> {
        let given = call.text("cwd")?.or(call.text("path")?);
        let folder = given.map_or_else(|| Ok(call.place.cwd.clone()), |given| call.writable(&given))?;
        let git = call.host.which("git").ok_or_else(|| {
            MethodError::Failed(
                "git is not installed; install it (apt install git) and start again".to_owned(),
            )
        })?;
        Ok(Self { call, git, folder })
    }

    /// The address of a remote.
    pub(super) async fn remote(&self, name: &str) -> Option<String> {
        let shown = self.run(&["remote", "get-url", name], None).await.ok()?;
        Some(shown.trim().to_owned()).filter(|url| !url.is_empty())
    }

    /// Adds a remote, or gives an existing one this address.
    pub(super) async fn set_remote(&self, name: &str, url: &str) -> Result<(), MethodError> {
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(MethodError::Failed(format!(
                "GitHub gave `{url}` as the repository's address, which is none"
            )));
        }
        let verb = if self.remote(name).await.is_some() { "set-url" } else { "add" };
        self.run(&["remote", verb, name, url], None).await.map(|_| ())
    }

    /// Pushes the branch that is checked out.
    pub(super) async fn push(&self, remote: &str, token: &str) -> Result<(), MethodError> {
        self.run(&["push", "--set-upstream", remote, "HEAD"], Some(token)).await.map(|_| ())
    }

    async fn run(&self, arguments: &[&str], token: Option<&str>) -> Result<String, MethodError> {
        let mut env = self.call.host.environment(&self.call.place.script);
        env.insert("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned());
        if let Some(token) = token {
            // by environment: arguments can be read by every user of the machine
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
            env.insert("GIT_CONFIG_COUNT".to_owned(), "1".to_owned());
            env.insert("GIT_CONFIG_KEY_0".to_owned(), "http.extraHeader".to_owned());
            env.insert("GIT_CONFIG_VALUE_0".to_owned(), format!("Authorization: Basic {basic}"));
        }
        let spec = CaptureSpec {
            label: self.call.place.script.to_string_lossy().into_owned(),
            program: self.git.clone(),
            args: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            cwd: self.folder.clone(),
            env,
            input: None,
            limit_bytes: OUTPUT_LIMIT_BYTES,
        };
        let captured = self.call.host.processes().capture(spec).await;
        let captured =
            captured.map_err(|error| MethodError::Failed(format!("git could not run: {error}")))?;
        if captured.code == Some(0) {
            return Ok(String::from_utf8_lossy(&captured.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&captured.stderr);
        Err(MethodError::Failed(format!("`git {}` failed: {}", arguments.join(" "), said.trim())))
    }
}
