//! `pino runs`: what ran in the home, or the steps of one run.
//!
//! Must not know: how runs are written down.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use pino_engine::{
    home,
    state::{RunRow, RunState, ScriptRow, State, StepRow, database_path},
};

use crate::{
    client::{NOT_THERE, print_json},
    report,
};

/// Arguments of `pino runs`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A run by its first letters: its steps
    run: Option<String>,
    /// Only runs of this app
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// How many, the newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Launcher home (default: as `pino run`)
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

/// Lists: 0, 4 when there is no such run.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    match list(&arguments) {
        Ok(code) => code,
        Err(error) => {
            report::failure(&format!("{error:#}"), None);
            ExitCode::FAILURE
        }
    }
}

fn list(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = database_path(&home::planned(arguments.home.as_deref())?);
    let state = path.exists().then(|| State::open(&path)).transpose()?;
    if let Some(name) = &arguments.run {
        return one(state.as_ref(), name, arguments);
    }
    let runs = match &state {
        Some(state) => state.runs().list(arguments.app.as_deref(), arguments.limit)?,
        None => Vec::new(),
    };
    if arguments.json {
        print_json(&runs.iter().map(told).collect::<Vec<_>>());
    } else {
        report::print(&table(&runs));
    }
    Ok(ExitCode::SUCCESS)
}

fn one(state: Option<&State>, name: &str, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let found = state.map(|state| state.runs().find(name)).transpose()?.flatten();
    let (Some(state), Some(run)) = (state, found) else {
        report::failure(
            &format!("there is no run \"{name}\", or several begin so"),
            Some("`pino runs` lists them"),
        );
        return Ok(ExitCode::from(NOT_THERE));
    };
    let (scripts, steps) =
        (state.scripts().of(&run.uuid)?, state.steps().of(&run.uuid, arguments.limit.max(1000))?);
    if arguments.json {
        let mut document = told(&run);
        document["scripts"] = serde_json::to_value(&scripts)?;
        document["journal"] = serde_json::to_value(&steps)?;
        print_json(&document);
    } else {
        report::print(&details(&run, &scripts, &steps));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(run: &RunRow) -> serde_json::Value {
    let mut value = serde_json::to_value(run).unwrap_or_default();
    value["resumable"] = run.can_go_on().into();
    value["interrupted"] = run.is_interrupted().into();
    value
}

fn word(run: &RunRow) -> &'static str {
    if run.is_interrupted() { "interrupted" } else { run.state.word() }
}

fn table(runs: &[RunRow]) -> String {
    let mut text = format!("{:<10} {:<12} {:>7} {:>10}  {}\n", "RUN", "STATE", "STEPS", "TIME", "SCRIPT");
    for run in runs {
        let time = run.wall_ms.map_or_else(|| "-".to_owned(), duration);
        let short = run.uuid.get(..8).unwrap_or(&run.uuid);
        // writing into a string cannot fail
        let _ = writeln!(text, "{short:<10} {:<12} {:>7} {time:>10}  {}", word(run), run.steps, run.script);
    }
    text
}

fn duration(ms: i64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

fn details(run: &RunRow, scripts: &[ScriptRow], steps: &[StepRow]) -> String {
    let mut text = format!("run {} of {}: {}\n", run.uuid, run.script, word(run));
    if let Some(error) = run.error.as_deref().filter(|_| run.state != RunState::Done) {
        let _ = writeln!(text, "  {error}");
    }
    if run.can_go_on() {
        let _ = writeln!(text, "  go on with `pino resume {}`", run.uuid.get(..8).unwrap_or(&run.uuid));
    }
    for step in steps {
        let script = scripts.iter().find(|script| script.number == step.script);
        let script = script.map_or("?", |script| script.path.rsplit('/').next().unwrap_or(&script.path));
        let method = step.method.as_deref().unwrap_or("function");
        let time = step.wall_ms.map_or_else(String::new, |ms| duration(ms as i64));
        let exit = step.exit_code.map(|code| format!(" (exit code {code})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {script:<20} {:>4} {:<8} {method:<16} {time:>10}{exit}",
            step.position + 1,
            step.state.word()
        );
        if let Some(error) = &step.error {
            let _ = writeln!(text, "       {}", error.lines().next().unwrap_or(error));
        }
    }
    text
}
