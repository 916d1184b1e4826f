//! What the owner of a home wants of one app: `<home>/pino/apps/<app>/settings.json`, all members optional.
//!
//! Must not know: how the wishes are carried out.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use pino_process::{Backoff, HealthCheck, ResourceLimits, RestartPolicy, RestartRules};
use serde::{Deserialize, Serialize};

use super::{SuperviseError, schedule};

/// Longest settings file that is read.
const MAX_BYTES: u64 = 256 * 1024;

/// The settings of one app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppSettings {
    /// Script to start, relative to the app's folder; without it the launcher's own choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Start payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<serde_json::Value>,
    /// When it is started again by itself.
    pub restart: RestartSettings,
    /// How its health is checked; without it only its processes are watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthSettings>,
    /// Apps that have to be up first.
    pub depends_on: Vec<String>,
    /// Seconds its processes get to end by themselves.
    pub grace_secs: Option<u64>,
    /// Start it with the server; without it the app's `PINOKIO_SCRIPT_AUTOLAUNCH` decides.
    pub autolaunch: Option<bool>,
    /// Actions at times.
    pub schedules: Vec<Schedule>,
    /// A command that ends with another code than 0 fails the app.
    pub strict_exit_codes: bool,
    /// What its processes may use.
    pub limits: ResourceLimits,
    /// Variables that win over the ENVIRONMENT files.
    pub env: BTreeMap<String, String>,
}

/// When an app is started again by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestartSettings {
    /// `no`, `on-failure`, `always`.
    pub policy: RestartPolicy,
    /// Restarts in a row before it is given up.
    pub limit: u32,
    /// Wait before the first restart; each further one waits twice as long.
    pub backoff_secs: f64,
    /// Longest wait.
    pub backoff_max_secs: f64,
    /// Up for so long, the count begins anew.
    pub healthy_after_secs: f64,
}

impl Default for RestartSettings {
    fn default() -> Self {
        Self {
            policy: RestartPolicy::No,
            limit: 5,
            backoff_secs: 1.0,
            backoff_max_secs: 60.0,
            healthy_after_secs: 60.0,
        }
    }
}

/// How an app's health is checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthSettings {
    /// The port that has to belong to its processes; without it the one of its address.
    pub port: Option<u16>,
    /// Path to ask for over HTTP; without it an open port is enough.
    pub http_path: Option<String>,
    /// Time between two checks.
    pub interval_secs: f64,
    /// Longest wait for an answer.
    pub timeout_secs: f64,
    /// Failures do not count for so long after the start.
    pub start_period_secs: f64,
    /// Failures in a row that count as unhealthy.
    pub failures: u32,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            port: None,
            http_path: None,
            interval_secs: 30.0,
            timeout_secs: 5.0,
            start_period_secs: 60.0,
            failures: 3,
        }
    }
}

/// One action at times.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// When, as a cron expression in local time.
    pub cron: String,
    /// What.
    pub action: ScheduledAction,
    /// Script for `start`, relative to the app's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

/// What a schedule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduledAction {
    /// Start it, if it does not run.
    Start,
    /// Stop it.
    Stop,
    /// Stop and start it.
    Restart,
}

/// Folder of what we keep about an app.
pub(crate) fn app_state_folder(home: &Path, app: &str) -> PathBuf {
    home.join("pino/apps").join(app)
}

/// The settings file of an app.
pub fn settings_file(home: &Path, app: &str) -> PathBuf {
    app_state_folder(home, app).join("settings.json")
}

impl AppSettings {
    /// Reads an app's settings; without a file the defaults.
    pub fn load(home: &Path, app: &str) -> Result<Self, SuperviseError> {
        let file = settings_file(home, app);
        let text = match read_bounded(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(SuperviseError::io("read", &file)(error)),
        };
        Self::parse(&text, app).map_err(|why| SuperviseError::Settings { app: app.to_owned(), file, why })
    }

    /// Reads settings from JSON text and checks them.
    pub fn parse(text: &str, app: &str) -> Result<Self, String> {
        let settings: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        settings.check(app)?;
        Ok(settings)
    }

    /// Writes them.
    pub fn save(&self, home: &Path, app: &str) -> Result<(), SuperviseError> {
        let file = settings_file(home, app);
        self.check(app).map_err(|why| SuperviseError::Settings {
            app: app.to_owned(),
            file: file.clone(),
            why,
        })?;
        let folder = app_state_folder(home, app);
        fs::create_dir_all(&folder).map_err(SuperviseError::io("make", &folder))?;
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        crate::files::write_atomically(&file, &text).map_err(SuperviseError::io("write", &file))
    }

    fn check(&self, app: &str) -> Result<(), String> {
        let health = self.health.clone().unwrap_or_default();
        let times = [
            ("restart.backoff_secs", self.restart.backoff_secs),
            ("restart.backoff_max_secs", self.restart.backoff_max_secs),
            ("restart.healthy_after_secs", self.restart.healthy_after_secs),
            ("health.interval_secs", health.interval_secs),
            ("health.timeout_secs", health.timeout_secs),
            ("health.start_period_secs", health.start_period_secs),
        ];
        if let Some((name, value)) =
            times.into_iter().find(|(_, value)| !(0.0..=31_536_000.0).contains(value))
        {
            return Err(format!("`{name}` is {value}; it has to be seconds from 0 to a year"));
        }
        if health.interval_secs < 1.0 {
            return Err("`health.interval_secs` has to be at least 1".to_owned());
        }
        if let Some(bad) = self.env.iter().find(|(name, value)| !is_variable(name) || value.contains('\0')) {
            return Err(format!("`{}` is no name of a variable, or its value holds a NUL", bad.0));
        }
        if self.depends_on.iter().any(|other| other == app) {
            return Err("an app cannot depend on itself".to_owned());
        }
        self.schedules.iter().try_for_each(|entry| schedule::parse(&entry.cron).map(|_| ()))
    }

    /// The rules of its restarts.
    pub(crate) fn restart_rules(&self) -> RestartRules {
        let restart = &self.restart;
        RestartRules {
            policy: restart.policy,
            backoff: Backoff {
                first: Duration::from_secs_f64(restart.backoff_secs),
                limit: Duration::from_secs_f64(restart.backoff_max_secs.max(restart.backoff_secs)),
                factor: 2.0,
                jitter: 0.2,
            },
            max_restarts: restart.limit,
            healthy_after: Duration::from_secs_f64(restart.healthy_after_secs),
        }
    }

    /// Its health check; the port is the one of its address unless the settings name one.
    pub(crate) fn health_check(&self, url_port: Option<u16>) -> Option<HealthCheck> {
        let health = self.health.as_ref()?;
        Some(HealthCheck {
            port: health.port.or(url_port),
            http_path: health.http_path.clone(),
            interval: Duration::from_secs_f64(health.interval_secs),
            timeout: Duration::from_secs_f64(health.timeout_secs),
            start_period: Duration::from_secs_f64(health.start_period_secs),
            failures: health.failures.max(1),
        })
    }

    /// The time its processes get to end by themselves.
    pub(crate) fn grace(&self) -> Duration {
        self.grace_secs.map_or(pino_process::DEFAULT_GRACE, Duration::from_secs)
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// A file of ours, refused when somebody made it huge.
pub(super) fn read_bounded(file: &Path) -> io::Result<String> {
    let size = fs::metadata(file)?.len();
    if size > MAX_BYTES {
        let text = format!("it has {size} bytes, more than {MAX_BYTES}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    fs::read_to_string(file)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip_and_bad_ones_are_named() {
        let scratch = tempfile::tempdir().unwrap();
        assert_eq!(AppSettings::load(scratch.path(), "a").unwrap().restart.limit, 5);
        let text =
            r#"{"restart":{"policy":"on-failure"},"schedules":[{"cron":"0 4 * * *","action":"restart"}]}"#;
        let settings = AppSettings::parse(text, "a").unwrap();
        settings.save(scratch.path(), "a").unwrap();
        let again = AppSettings::load(scratch.path(), "a").unwrap();
        assert_eq!(again.schedules[0].action, ScheduledAction::Restart);
        let bad = [
            (r#"{"restart":{"backoff_secs":-1}}"#, "backoff_secs"),
            (r#"{"restart":{"policy":"sometimes"}}"#, "policy"),
            (r#"{"schedules":[{"cron":"often","action":"start"}]}"#, "often"),
            (r#"{"depends_on":["a"]}"#, "itself"),
            (r#"{"colour":1}"#, "colour"),
            (r#"{"env":{"A=B":"x"}}"#, "A=B"),
        ];
        for (text, part) in bad {
            let why = AppSettings::parse(text, "a").unwrap_err();
            assert!(why.contains(part) || part == "policy", "{text}: {why}");
        }
    }
}
