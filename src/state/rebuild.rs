//! A database that is lost or damaged is set aside and made anew from what is on disk: app folders, logs, shims.
//!
//! Must not know: how an app is installed; it judges by what an installation leaves behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    AnyApp, AppDetails, AppState, NewProcess, ProcessMark, State, StateError, database_path,
    restore::{aside_name, set_aside_files},
};

/// Folders that only an installation makes.
const INSTALLED_SIGNS: &[&str] = &[
    "env",
    "venv",
    ".venv",
    "conda_env",
    "node_modules",
    "app",
    "logs/api/install.js",
    "logs/api/install.json",
];

/// Why a database is made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// What was wrong.
    pub reason: String,
    /// Where the old files are, when there were any.
    pub set_aside: Option<PathBuf>,
    /// Apps found, by state.
    pub installed: Vec<String>,
    /// Folders that look as if nothing was installed yet.
    pub not_installed: Vec<String>,
    /// Apps with a living process.
    pub running: Vec<String>,
    /// Living processes found by their shims.
    pub processes: usize,
    /// Folders and files that could not be read.
    pub unreadable: Vec<String>,
}

impl State {
    /// Opens the database of a home; a damaged one is set aside and made anew, a missing one beside installed apps too.
    pub fn open_or_rebuild(home: &Path) -> Result<(Self, Option<RebuildReport>), StateError> {
        let path = database_path(home);
        if !path.exists() {
            let has_apps = fs::read_dir(home.join("api")).is_ok_and(|mut entries| entries.next().is_some());
            if !has_apps {
                return Self::open(&path).map(|state| (state, None));
            }
            return rebuild(home, None, "the database was missing")
                .map(|(state, report)| (state, Some(report)));
        }
        match Self::open(&path).and_then(|state| quick_check(&state).map(|()| state)) {
            Ok(state) => Ok((state, None)),
            Err(StateError::Corrupt { detail, .. }) => {
                rebuild(home, Some(&path), &detail).map(|(state, report)| (state, Some(report)))
            }
            Err(error) => Err(error),
        }
    }

    /// Sets the database aside, whatever its state, and makes it anew.
    pub fn rebuild(home: &Path) -> Result<RebuildReport, StateError> {
        let path = database_path(home);
        rebuild(home, path.exists().then_some(&*path), "asked for").map(|(_, report)| report)
    }
}

/// Reads what every start needs. The whole look at every page is `check`; it takes long for a long history.
fn quick_check(state: &State) -> Result<(), StateError> {
    state.apps().list()?;
    state.runs().list(None, 1)?;
    state.read(|connection| {
        let sql = "SELECT count(*) FROM sqlite_schema";
        Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|_| ())?)
    })
}

fn rebuild(home: &Path, damaged: Option<&Path>, reason: &str) -> Result<(State, RebuildReport), StateError> {
    let path = database_path(home);
    let mut set_aside = None;
    if let Some(damaged) = damaged {
        let aside = aside_name(damaged, "damaged");
        set_aside_files(damaged, Some(&aside)).map_err(|error| StateError::file(damaged, error))?;
        set_aside = Some(aside);
    }
    let state = State::open(&path)?;
    let mut report = RebuildReport {
        reason: reason.to_owned(),
        set_aside,
        installed: Vec::new(),
        not_installed: Vec::new(),
        running: Vec::new(),
        processes: 0,
        unreadable: Vec::new(),
    };
    find_apps(home, &state, &mut report)?;
    find_processes(home, &state, &mut report)?;
    tracing::warn!(reason, apps = report.installed.len(), "the state of the home was made anew");
    Ok((state, report))
}

fn find_apps(home: &Path, state: &State, report: &mut RebuildReport) -> Result<(), StateError> {
    for folder in entries(&home.join("api"), report) {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            report.unreadable.push(format!("{} (its name is no text)", folder.display()));
            continue;
        };
        if !folder.is_dir() || name.starts_with('.') {
            continue;
        }
        let is_installed = INSTALLED_SIGNS.iter().any(|sign| folder.join(sign).exists());
        let (found, list) = if is_installed {
            (AppState::Installed, &mut report.installed)
        } else {
            (AppState::NotInstalled, &mut report.not_installed)
        };
        list.push(name.clone());
        state.apps().add(&name, found)?;
        let details = AppDetails { source: git_source(&folder), ..AppDetails::default() };
        if details.source.is_some() {
            state.apps().describe(&name, details)?;
        }
    }
    Ok(())
}

/// The address a clone comes from: `url = …` below `[remote "origin"]`.
fn git_source(folder: &Path) -> Option<String> {
    let config = fs::read_to_string(folder.join(".git/config")).ok()?;
    let origin = config.split("[remote \"origin\"]").nth(1)?;
    let line = origin
        .lines()
        .take_while(|line| !line.starts_with('['))
        .find(|line| line.trim().starts_with("url"))?;
    line.split_once('=').map(|(_, url)| url.trim().to_owned())
}

/// Shims that live tell which processes run; what they write is read with care, since they may be of another version.
fn find_processes(home: &Path, state: &State, report: &mut RebuildReport) -> Result<(), StateError> {
    for shim in entries(&home.join("pino/shims"), report) {
        let read = |name: &str| -> Option<Value> {
            serde_json::from_str(&fs::read_to_string(shim.join(name)).ok()?).ok()
        };
        let (spec, status) = (read("spec.json").unwrap_or_default(), read("status.json").unwrap_or_default());
        let Some(mark) = mark(&status).filter(|mark| mark.is_alive()) else { continue };
        let text = |key: &str| {
            let value = status.get(key).or_else(|| spec.get(key));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let cwd = text("cwd");
        let app = app_of(home, Path::new(&text("label"))).or_else(|| app_of(home, Path::new(&cwd)));
        if let Some(name) = &app {
            mark_running(state, name, report)?;
        }
        state.processes().add(NewProcess {
            app,
            run: None,
            label: text("label"),
            shim: shim.file_name().map(|name| name.to_string_lossy().into_owned()),
            mark,
            command: text("command"),
            cwd,
            started_at_ms: status.get("started_at_ms").and_then(Value::as_i64).unwrap_or_default(),
        })?;
        report.processes += 1;
    }
    Ok(())
}

fn mark(status: &Value) -> Option<ProcessMark> {
    let number = |key: &str| status.get(key).and_then(Value::as_i64);
    Some(ProcessMark { pid: number("pid")?, start_ticks: number("start_ticks")? })
}

fn app_of(home: &Path, path: &Path) -> Option<String> {
    let inner = path.strip_prefix(home.join("api")).ok()?;
    inner.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned())
}

fn mark_running(state: &State, name: &str, report: &mut RebuildReport) -> Result<(), StateError> {
    match state.apps().find(name)? {
        Some(AnyApp::Installed(app)) => {
            app.become_now::<crate::phase::Running>(state, None)?;
            report.running.push(name.to_owned());
            Ok(())
        }
        // a process in an app that is not installed is its installation
        Some(AnyApp::NotInstalled(app)) => {
            app.become_now::<crate::phase::Installing>(state, None).map(|_| ())
        }
        Some(AnyApp::Installing(_) | AnyApp::Running(_) | AnyApp::Stopped(_) | AnyApp::Error(_)) | None => {
            Ok(())
        }
    }
}

/// Entries of a folder by name; a missing folder has none.
fn entries(folder: &Path, report: &mut RebuildReport) -> Vec<PathBuf> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            report.unreadable.push(format!("{} ({error})", folder.display()));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for entry in listed {
        match entry {
            Ok(entry) => found.push(entry.path()),
            Err(error) => report.unreadable.push(format!("{} ({error})", folder.display())),
        }
    }
    found.sort();
    found
}
