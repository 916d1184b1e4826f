//! What must not be lost: apps, runs, the journal of steps, downloads, settings; one `SQLite` database.
//!
//! Must not know: how anything is run. The only crate that names `SQLite`.

mod app;
mod backup;
mod connection;
mod error;
mod identity;
mod noun;
mod rebuild;
mod redact;
mod restore;
mod search;
mod secret;
mod secrets;
mod state;
mod text;
mod writer;

pub use app::{AnyApp, App, AppPhase, CanBecome, phase};
pub use backup::{BackupReport, Integrity};
pub use error::StateError;
pub use identity::ProcessMark;
pub use noun::{
    alerts::{Alert, AlertRow, Alerts},
    apps::{AppDetails, AppRow, Apps},
    downloads::{DownloadRow, DownloadState, Downloads, NewDownload},
    events::{EventRow, Events, Level, NewEvent},
    journal::Batch,
    metrics::{Measurement, Metrics},
    processes::{NewProcess, ProcessEnd, ProcessRow, Processes},
    runs::{NewRun, RunEnd, RunRow, RunState, Runs},
    schedules::{Action, NewSchedule, ScheduleRow, Schedules},
    scripts::{NewScript, ScriptPlace, ScriptRow, ScriptState, Scripts},
    settings::Settings,
    shares::{NewShare, Role, ShareRow, Shares},
    steps::{StepRow, StepState, Steps},
    tunnels::{NewTunnel, TunnelRow, TunnelState, Tunnels},
};
pub use pino_model::AppState;
pub use rebuild::RebuildReport;
pub use redact::{REDACTED, Redactor};
pub use restore::RestoreReport;
pub use search::{Document, Hit, SearchError, SearchIndex};
pub use secret::Secret;
pub use secrets::{Secrets, SecretsError};
pub use state::{DATABASE, State, database_path};

/// Unix milliseconds of the wall clock: for people, never for durations.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
