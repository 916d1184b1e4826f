//! `pino drive`: the space a home takes, duplicates, links, and taking back what was done.
//!
//! Must not know: how files are shared. Whatever changes files shows first what it would do; `--yes` does it.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar};
use pino_engine::storage::{self, DriveError, Progress, Scope, Store, Watch};
use serde::Serialize;
use serde_json::json;

use crate::report::{self, drive as text};

/// Arguments of `pino drive`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Say who takes how much space and what is safe to delete
    Status(Common),
    /// Let equal models share their bytes
    Dedupe(Dedupe),
    /// Throw away what nobody needs: store entries without links, remains of downloads, old trash
    Gc(Gc),
    /// List what was done, or take it back
    Undo(Undo),
    /// Read every model again and compare it with what is known
    Verify(Scan),
    /// Link the model folders of other programs; nothing is moved or copied
    Import(Import),
    /// Check every link: broken, circular, leading out of the home
    Links(Links),
}

#[derive(clap::Args)]
struct Common {
    /// Launcher home to look at
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// JSON instead of text
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Scan {
    /// Also look at this folder outside the home
    #[arg(long, value_name = "DIR")]
    include: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct Dedupe {
    /// Do it; without this it is only shown
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    scan: Scan,
}

#[derive(clap::Args)]
struct Gc {
    /// Do it; without this it is only shown
    #[arg(long)]
    yes: bool,
    /// Empty the trash at once instead of keeping it for a week
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct Undo {
    /// The operation, or `last`; without it operations are listed
    operation: Option<String>,
    /// Do it; without this it is only shown
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct Import {
    /// Folders with models; without any, the known places of other programs
    folders: Vec<PathBuf>,
    /// Name on the drive for all of them, such as `checkpoints`
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// Do it; without this it is only shown
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct Links {
    /// Also links inside virtual environments
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

/// What to print, and whether all is well.
struct Answer {
    json: serde_json::Value,
    text: String,
    is_well: bool,
}

type Answered = Result<Answer, DriveError>;

fn answer(value: &impl Serialize, text: String, is_well: bool) -> Answer {
    // reports are plain data: there is nothing in them that JSON cannot hold
    Answer { json: serde_json::to_value(value).unwrap_or_default(), text, is_well }
}

/// Runs the command: 0 when all is well, 1 when something failed or is broken.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    match arguments.verb {
        Verb::Status(common) => on_store(&common, |store, watch| {
            let status = store.status(storage::user_home().as_deref(), watch)?;
            Ok(answer(&status, text::status(&status), true))
        }),
        Verb::Dedupe(arguments) => {
            on_store(&arguments.scan.common, |store, watch| dedupe(store, &arguments, watch))
        }
        Verb::Gc(arguments) => on_store(&arguments.common, |store, watch| gc(store, &arguments, watch)),
        Verb::Undo(arguments) => on_store(&arguments.common, |store, watch| undo(store, &arguments, watch)),
        Verb::Verify(arguments) => on_store(&arguments.common, |store, watch| {
            let report = store.verify(&scope(&arguments), watch)?;
            Ok(answer(&report, text::verify(&report), report.damaged.is_empty()))
        }),
        Verb::Import(arguments) => {
            on_store(&arguments.common, |store, watch| import(store, &arguments, watch))
        }
        Verb::Links(arguments) => on_store(&arguments.common, |store, watch| {
            let report = store.links(arguments.all, watch)?;
            Ok(answer(&report, text::links(&report), report.broken + report.circular == 0))
        }),
    }
}

fn scope(arguments: &Scan) -> Scope {
    Scope { outside: arguments.include.clone() }
}

fn dedupe(store: &Store, arguments: &Dedupe, watch: &Watch<'_>) -> Answered {
    if arguments.yes {
        let report = store.dedupe(&scope(&arguments.scan), watch)?;
        let failed: usize = report.operations.iter().map(|operation| operation.failed).sum();
        return Ok(answer(&report, text::deduped(&report), failed == 0));
    }
    let plan = store.plan_dedupe(&scope(&arguments.scan), watch)?;
    Ok(answer(&plan, text::dedupe_plan(&plan), true))
}

fn gc(store: &Store, arguments: &Gc, watch: &Watch<'_>) -> Answered {
    if arguments.yes {
        let report = store.gc(arguments.now, watch)?;
        let failed: usize = report.operations.iter().map(|operation| operation.failed).sum();
        return Ok(answer(&report, text::collected(&report), failed == 0));
    }
    let plan = store.plan_gc(arguments.now, watch)?;
    Ok(answer(&plan, text::gc_plan(&plan), true))
}

fn undo(store: &Store, arguments: &Undo, watch: &Watch<'_>) -> Answered {
    let Some(operation) = &arguments.operation else {
        let operations = store.operations()?;
        return Ok(answer(&operations, text::operations(&operations), true));
    };
    if arguments.yes {
        let report = store.undo(operation, watch)?;
        return Ok(answer(&report, text::report(&report), report.failed == 0));
    }
    let plan = store.plan_undo(operation)?;
    Ok(answer(&plan, text::undo_plan(&plan), true))
}

fn import(store: &Store, arguments: &Import, watch: &Watch<'_>) -> Answered {
    let known = || storage::user_home().map(|user| store.importable(&user)).unwrap_or_default();
    let folders = if arguments.folders.is_empty() { known() } else { arguments.folders.clone() };
    let (mut found, mut shown, mut is_well) = (Vec::new(), String::new(), true);
    if folders.is_empty() {
        shown.push_str("no model folders of other programs found; name one: pino drive import DIR\n");
    }
    for folder in &folders {
        shown.push_str(&folder.to_string_lossy());
        shown.push('\n');
        if arguments.yes {
            let report = store.import(folder, arguments.route.as_deref(), watch)?;
            is_well &= report.failed == 0;
            shown += &text::report(&report);
            found.push(json!({ "folder": folder.to_string_lossy(), "report": report }));
        } else {
            let plan = store.plan_import(folder, arguments.route.as_deref())?;
            shown += &text::import_plan(&plan);
            found.push(json!({ "folder": folder.to_string_lossy(), "plan": plan }));
        }
    }
    Ok(answer(&found, shown, is_well))
}

fn on_store(common: &Common, work: impl FnOnce(&Store, &Watch<'_>) -> Answered) -> ExitCode {
    let home = match pino_engine::home::planned(common.home.as_deref()) {
        Ok(home) if home.is_dir() => home,
        Ok(home) => {
            let text = format!("there is no launcher home at {}", home.display());
            report::failure(&text, Some("name one with --home DIR"));
            return ExitCode::FAILURE;
        }
        Err(error) => {
            report::failure(&error.to_string(), None);
            return ExitCode::FAILURE;
        }
    };
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(120));
    let told = std::sync::Mutex::new(Instant::now());
    let tell = |progress| {
        // a word every so often: whoever reads a hundred thousand files shall not wait for the terminal
        if let Ok(mut told) = told.try_lock()
            && told.elapsed() > Duration::from_millis(100)
        {
            *told = Instant::now();
            bar.set_message(describe(progress));
        }
    };
    let watch = Watch { progress: &tell, ..Watch::nobody() };
    let answered = work(&storage::open(&home), &watch);
    bar.finish_and_clear();
    print(common, answered)
}

fn describe(progress: Progress) -> String {
    match progress {
        Progress::Scanning { files } => format!("looking at files: {files}"),
        Progress::Hashing { done_bytes, total_bytes } => {
            format!("reading models: {} of {}", HumanBytes(done_bytes), HumanBytes(total_bytes))
        }
        Progress::Working { done, total } => format!("working: {done} of {total}"),
    }
}

fn print(common: &Common, answered: Answered) -> ExitCode {
    match answered {
        Ok(answer) => {
            let text = if common.json { format!("{:#}\n", answer.json) } else { answer.text };
            report::print(&text);
            if answer.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            if common.json {
                report::print(&format!("{:#}\n", json!({ "error": error.to_string() })));
            }
            report::failure(&error.to_string(), None);
            ExitCode::FAILURE
        }
    }
}
