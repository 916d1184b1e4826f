//! One test on disk: `test.toml` and the files of its app.
//!
//! Must not know: how it is run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// What `test.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What the test is about; for people.
    #[serde(rename = "title")]
    _title: String,
    command: Vec<String>,
    #[serde(default)]
    prepare: String,
    #[serde(default)]
    wrapper: String,
    #[serde(default)]
    namespaces: bool,
    exit: i32,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    left: Vec<String>,
    #[serde(default = "minute")]
    limit_s: u64,
    #[serde(default)]
    stdin: String,
}

fn minute() -> u64 {
    60
}

/// A test ready to be run. In its texts `{app}`, `{home}` and `{root}` stand for the places.
pub(crate) struct Test {
    /// Name of its folder.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Arguments of the program.
    pub(crate) command: Vec<String>,
    /// Shell text run in the app folder first.
    pub(crate) prepare: String,
    /// Shell text that runs the program, which is `"$@"`; empty: the program is run directly.
    pub(crate) wrapper: String,
    namespaces: bool,
    /// The exit code.
    pub(crate) exit: i32,
    /// Texts that must appear in stdout or stderr; ` | ` between texts: one of them.
    pub(crate) has: Vec<String>,
    /// Texts that must appear in neither.
    pub(crate) lacks: Vec<String>,
    /// Paths below the app folder that the run must have made; anything else new there is a complaint.
    pub(crate) left: Vec<String>,
    /// How long the program may take.
    pub(crate) limit_s: u64,
    /// What the program reads.
    pub(crate) stdin: String,
}

impl Test {
    /// Reads `test.toml` of a folder.
    pub(crate) fn read(folder: PathBuf) -> Result<Self, String> {
        let path = folder.join("test.toml");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let written: Written =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self {
            name,
            folder,
            command: written.command,
            prepare: written.prepare,
            wrapper: written.wrapper,
            namespaces: written.namespaces,
            exit: written.exit,
            has: written.has,
            lacks: written.lacks,
            left: written.left,
            limit_s: written.limit_s,
            stdin: written.stdin,
        })
    }

    /// Whether it mounts something, which takes a user namespace.
    pub(crate) fn needs_namespaces(&self) -> bool {
        self.namespaces
    }
}

/// Puts the places into a text.
pub(crate) fn with_places(text: &str, root: &Path) -> String {
    let home = root.join("home");
    let app = home.join("api/case");
    text.replace("{app}", &app.to_string_lossy())
        .replace("{home}", &home.to_string_lossy())
        .replace("{root}", &root.to_string_lossy())
}
