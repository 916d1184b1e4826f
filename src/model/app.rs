//! What is told about an app of a home: its state, what it is doing, where it answers.
//!
//! Must not know: how apps are supervised. The server sends it, the command line and the user interface read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ExitStatus;

/// Where an app stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AppState {
    /// Known, but its folder is not there.
    NotInstalled,
    /// Its installation is under way.
    Installing,
    /// There, and never started since.
    #[default]
    Installed,
    /// Started and not over yet.
    Running,
    /// It ran and ended as it was meant to.
    Stopped,
    /// It failed.
    Error,
}

impl AppState {
    /// The name as it is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotInstalled => "NOT_INSTALLED",
            Self::Installing => "INSTALLING",
            Self::Installed => "INSTALLED",
            Self::Running => "RUNNING",
            Self::Stopped => "STOPPED",
            Self::Error => "ERROR",
        }
    }
}

/// What an app is doing within its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing.
    #[default]
    Idle,
    /// Its script runs and has not come to its last step.
    Starting,
    /// Its service is up.
    Ready,
    /// It is being stopped.
    Stopping,
    /// It has failed and waits for its next start.
    Waiting,
}

/// What the last health checks have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Not known yet.
    Unknown,
    /// The last check went well.
    Healthy,
    /// As many checks in a row as the settings allow have failed.
    Unhealthy,
}

/// Everything about one app that lists and pages show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppStatus {
    /// Folder name below `<home>/api`.
    pub name: String,
    /// Where it stands.
    pub state: AppState,
    /// What it is doing.
    pub phase: Phase,
    /// The script it was started with, relative to its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Id of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Where its service answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Leaders of its shells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pids: Vec<i32>,
    /// When this run began (Unix milliseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<u64>,
    /// When its service came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_at_ms: Option<u64>,
    /// When the last run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<u64>,
    /// How the last run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitStatus>,
    /// Automatic restarts since somebody started it.
    pub restarts: u32,
    /// Why it is in this state: the failure, the reason of the last restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What its health check says, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Its processes were taken over from an earlier server.
    pub adopted: bool,
}

/// How to start an app.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartRequest {
    /// The script, relative to the app's folder; without it the launcher's own choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Start payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<serde_json::Value>,
    /// Answer at once instead of when its service is up.
    pub no_wait: bool,
}

/// How to stop an app.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopRequest {
    /// Seconds its processes get to end by themselves; without it the app's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_secs: Option<u64>,
}

/// How a script is run through the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunRequest {
    /// Absolute path of the script.
    pub script: String,
    /// Start payload.
    pub input: serde_json::Value,
    /// Prepared answers, used in order.
    pub respond: Vec<serde_json::Value>,
    /// A client reads events and can answer questions.
    pub clients: bool,
    /// Stop a daemon when it has run its last step.
    pub exit_when_ready: bool,
    /// Folders scripts may write to besides the home and their app.
    pub allowed_paths: Vec<String>,
    /// Variables of the caller that count instead of the server's own.
    pub env: BTreeMap<String, String>,
}

/// The server as it describes itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerStatus {
    /// Its version.
    pub version: String,
    /// Its process number.
    pub pid: u32,
    /// The home it serves.
    pub home: String,
    /// When it began (Unix milliseconds).
    pub started_at_ms: u64,
    /// From its first instruction to the first request it could take.
    pub start_ms: f64,
    /// How many apps there are, by state.
    pub apps: BTreeMap<String, usize>,
}

/// A refusal or failure as it crosses the control socket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// What kind of failure; stable.
    pub code: String,
    /// What failed and why.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
