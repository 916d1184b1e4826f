//! One case on disk: `case.json`, the expectation and the fixtures beside them.
//!
//! Must not know: how a case is run or compared.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

/// Files of the case folder that the app must not see.
pub(crate) const NOT_COPIED: [&str; 3] = ["case.json", "expected.json", "expected.pino.json"];

/// What `case.json` says; members it does not know are ignored, as the shared runner does.
#[derive(Deserialize)]
struct Written {
    checks: Option<Vec<String>>,
    script: Option<String>,
    input: Option<Value>,
    respond: Option<Value>,
    #[serde(default)]
    home_files: BTreeMap<String, String>,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    error_codes: Option<Vec<String>>,
    skip: Option<String>,
    timeout: Option<u64>,
}

/// A case ready to be run.
pub(crate) struct Case {
    /// Name of its folder.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The parts of the expectation that count.
    pub(crate) checks: Vec<String>,
    /// The script that is run.
    pub(crate) script: String,
    /// `--input`.
    pub(crate) input: Option<Value>,
    /// `--respond`.
    pub(crate) respond: Option<Value>,
    /// Files put into the launcher home first.
    pub(crate) home_files: BTreeMap<String, String>,
    /// Codes of warnings that must appear.
    pub(crate) warnings: Vec<String>,
    /// Codes of all errors, in order; only this project's cases name them.
    pub(crate) error_codes: Option<Vec<String>>,
    /// `--timeout`.
    pub(crate) timeout_s: u64,
    requires: Vec<String>,
    skip: Option<String>,
}

const DEFAULT_CHECKS: [&str; 10] =
    ["exit", "order", "params", "input", "result", "output", "log", "step-local", "local", "files"];

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// All cases of a folder, by name.
pub(crate) fn list(folder: &Path) -> Result<Vec<Case>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    folders.retain(|path| path.join("case.json").is_file());
    folders.sort();
    folders.into_iter().map(load).collect()
}

fn load(folder: PathBuf) -> Result<Case, String> {
    let written: Written = read_json(&folder.join("case.json"))?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Case {
        name,
        folder,
        checks: written.checks.unwrap_or_else(|| DEFAULT_CHECKS.map(str::to_owned).to_vec()),
        script: written.script.unwrap_or_else(|| "script.json".to_owned()),
        input: written.input,
        respond: written.respond,
        home_files: written.home_files,
        warnings: written.warnings,
        error_codes: written.error_codes,
        timeout_s: written.timeout.unwrap_or(60),
        requires: written.requires,
        skip: written.skip,
    })
}

impl Case {
    fn expectation_file(&self) -> Option<PathBuf> {
        ["expected.pino.json", "expected.json"]
            .map(|name| self.folder.join(name))
            .into_iter()
            .find(|path| path.is_file())
    }

    /// The document the run must give.
    pub(crate) fn expected(&self) -> Result<Value, String> {
        let path =
            self.expectation_file().ok_or_else(|| format!("{}: no expectation", self.folder.display()))?;
        read_json(&path)
    }

    /// Why this case cannot be run here: its own word, no expectation, or a tool this machine lacks.
    pub(crate) fn reason_to_skip(&self) -> Option<String> {
        if let Some(reason) = &self.skip {
            return Some(reason.clone());
        }
        if self.expectation_file().is_none() {
            return Some("no expectation".to_owned());
        }
        let tool = |text: &str| {
            if text == "node" {
                "node"
            } else if text.starts_with("python") {
                "python3"
            } else {
                "sh"
            }
        };
        self.requires.iter().find(|text| !on_path(tool(text))).map(|text| format!("needs {text}"))
    }
}

fn on_path(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}
