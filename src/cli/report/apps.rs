//! Apps as people read them: a table of all, a page about one.
//!
//! Must not know: where the states come from.

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use anstyle::Style;
use pino_model::{AppState, AppStatus, Health, Phase};

use super::{describe::duration, style};

/// One row of a table.
struct Row {
    cells: [String; 5],
    look: Style,
}

const TITLES: [&str; 5] = ["APP", "STATE", "SINCE", "RESTARTS", "ADDRESS"];

/// A table of apps; a sentence when there are none.
pub(crate) fn table(apps: &[AppStatus]) -> String {
    if apps.is_empty() {
        return "no apps in this home; `pino install` adds one\n".to_owned();
    }
    let rows: Vec<Row> = apps.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.cells[column].chars().count());
        cells.chain([TITLES[column].len()]).max().unwrap_or_default()
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut out = String::new();
    line(&mut out, &TITLES.map(str::to_owned), &widths, style::WEAK);
    for row in &rows {
        line(&mut out, &row.cells, &widths, row.look);
    }
    out
}

fn line(out: &mut String, cells: &[String; 5], widths: &[usize; 5], look: Style) {
    let mut text = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let (before, after) =
            if column == 1 { (look.to_string(), style::PLAIN.to_string()) } else { Default::default() };
        let padding = " ".repeat(width - cell.chars().count());
        // writing into memory cannot fail
        let _ = write!(text, "{before}{cell}{after}{padding}  ");
    }
    out.push_str(text.trim_end());
    out.push('\n');
}

fn row(app: &AppStatus) -> Row {
    let look = match (app.state, app.health) {
        (_, Some(Health::Unhealthy)) | (AppState::Error, _) => style::BAD,
        (AppState::Running, _) if app.phase == Phase::Ready => style::GOOD,
        (AppState::Running | AppState::Installing, _) => style::CARE,
        (AppState::NotInstalled | AppState::Installed | AppState::Stopped, _) => style::WEAK,
    };
    let since = if app.state == AppState::Running { app.started_at_ms } else { app.ended_at_ms };
    let restarts = if app.restarts > 0 { app.restarts.to_string() } else { String::new() };
    let cells = [
        app.name.clone(),
        state_text(app),
        since.map(ago).unwrap_or_default(),
        restarts,
        app.url.clone().unwrap_or_default(),
    ];
    Row { cells, look }
}

fn state_text(app: &AppStatus) -> String {
    let phase = match app.phase {
        Phase::Idle | Phase::Ready => "",
        Phase::Starting => "starting",
        Phase::Stopping => "stopping",
        Phase::Waiting => "restart soon",
    };
    let health = if app.health == Some(Health::Unhealthy) { "unhealthy" } else { "" };
    let notes: Vec<&str> = [phase, health].into_iter().filter(|note| !note.is_empty()).collect();
    if notes.is_empty() {
        app.state.name().to_owned()
    } else {
        format!("{} ({})", app.state.name(), notes.join(", "))
    }
}

fn ago(ms: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_millis() as u64);
    duration(now.saturating_sub(ms) / 1000 * 1000)
}

/// Everything about one app.
pub(crate) fn page(app: &AppStatus) -> String {
    let time = |at: Option<u64>| at.map(|at| format!("{} ago", ago(at)));
    let health = app.health.map(|health| format!("{health:?}").to_lowercase());
    let pids = app.pids.iter().map(i32::to_string).collect::<Vec<_>>().join(" ");
    let members = [
        ("app", Some(app.name.clone())),
        ("state", Some(state_text(app))),
        ("script", app.script.clone()),
        ("address", app.url.clone()),
        ("health", health),
        ("started", time(app.started_at_ms)),
        ("ready", time(app.ready_at_ms).filter(|_| app.state == AppState::Running)),
        ("ended", time(app.ended_at_ms)),
        ("restarts", Some(app.restarts.to_string()).filter(|_| app.restarts > 0)),
        ("reason", app.reason.clone()),
        ("processes", Some(pids).filter(|pids| !pids.is_empty())),
        ("run", app.run.clone()),
        ("note", app.adopted.then(|| "taken over from an earlier server".to_owned())),
    ];
    let mut out = String::new();
    for (name, value) in members {
        if let Some(value) = value {
            // writing into memory cannot fail
            let _ = writeln!(out, "{}{name:<10}{} {value}", style::WEAK, style::PLAIN);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let app = |name: &str, state, url: Option<&str>| AppStatus {
            name: name.to_owned(),
            state,
            url: url.map(str::to_owned),
            ..AppStatus::default()
        };
        let apps = [
            app("a", AppState::Running, Some("http://127.0.0.1:1")),
            app("longer-name", AppState::Stopped, None),
        ];
        let text = anstream::adapter::strip_str(&table(&apps)).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "APP          STATE    SINCE  RESTARTS  ADDRESS");
        assert_eq!(lines[1], "a            RUNNING                   http://127.0.0.1:1");
        assert_eq!(lines[2], "longer-name  STOPPED");
    }
}
