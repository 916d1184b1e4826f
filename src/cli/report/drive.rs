//! Reports of `pino drive` as text.
//!
//! Must not know: where they come from.

use std::fmt::Write as _;

use indicatif::HumanBytes;
use pino_engine::storage::{
    DedupePlan, DedupeReport, Entry, GcPlan, GcReport, Health, ImportPlan, LinksReport, Outcome, Owner, Part,
    Problem, Report, Status, UndoPlan, VerifyReport, Way,
};

/// More lines than this are counted, not shown; `--json` has them all.
const SHOWN: usize = 20;

/// Adds a line. Writing to a text cannot fail.
macro_rules! line {
    ($text:expr, $($part:tt)*) => {{ let _ = writeln!($text, $($part)*); }};
}

fn size(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

fn more(text: &mut String, count: usize) {
    if count > SHOWN {
        line!(text, "  … and {} more (--json shows all)", count - SHOWN);
    }
}

fn problems(text: &mut String, problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    line!(text, "\nnot looked at:");
    for problem in problems.iter().take(SHOWN) {
        line!(text, "  {}: {}", problem.path, problem.why);
    }
    more(text, problems.len());
}

fn owner(owner: &Owner) -> String {
    match owner {
        Owner::Cache(name) => format!("cache/{name}"),
        Owner::Drive => "drive".to_owned(),
        Owner::Tools => "bin (tools)".to_owned(),
        Owner::Launcher => "pino, logs".to_owned(),
        Owner::App(name) | Owner::Other(name) | Owner::Outside(name) => name.clone(),
    }
}

/// `pino drive status`
pub(crate) fn status(status: &Status) -> String {
    let mut text = String::new();
    line!(
        text,
        "{}: {} in {} files; {} of {} free on the disk",
        status.home,
        size(status.bytes),
        status.files,
        size(status.free_bytes),
        size(status.disk_bytes)
    );
    let class = status.by_class;
    line!(
        text,
        "  apps {}, environments {}, caches {}, models {}\n",
        size(class.app),
        size(class.venv),
        size(class.cache),
        size(class.models)
    );
    line!(
        text,
        "{:<28} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}",
        "whose",
        "own",
        "shared",
        "app",
        "venv",
        "cache",
        "models"
    );
    for space in status.owners.iter().take(SHOWN) {
        let bytes = space.bytes;
        let columns = [space.own_bytes, space.shared_bytes, bytes.app, bytes.venv, bytes.cache, bytes.models];
        let columns = columns.map(|bytes| format!("{:>11}", size(bytes))).join(" ");
        line!(text, "{:<28} {columns}", owner(&space.owner));
    }
    more(&mut text, status.owners.len());
    if status.look_alike.files > 0 {
        line!(
            text,
            "\n{} models have twins of the same size: up to {} could be shared. See: pino drive dedupe",
            status.look_alike.files,
            size(status.look_alike.at_most_bytes)
        );
    }
    if !status.safe_to_delete.is_empty() {
        line!(text, "\nsafe to delete:");
        for one in status.safe_to_delete.iter().take(SHOWN) {
            line!(text, "  {:>11}  {}  ({})\n               {}", size(one.bytes), one.path, one.why, one.how);
        }
        more(&mut text, status.safe_to_delete.len());
    }
    for folder in &status.importable {
        line!(text, "\nmodels of another program: {folder}\n  link them: pino drive import {folder}");
    }
    if status.unfinished > 0 {
        line!(
            text,
            "\n{} operation(s) were cut off; the next changing command completes them",
            status.unfinished
        );
    }
    problems(&mut text, &status.problems);
    text
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Reflink => "shared blocks (or a hard link)",
        Way::HardLink => "a hard link, read-only",
        Way::Symlink => "a link to the store",
    }
}

/// `pino drive dedupe`
pub(crate) fn dedupe_plan(plan: &DedupePlan) -> String {
    let mut text = String::new();
    for group in plan.groups.iter().take(SHOWN) {
        line!(
            text,
            "{}  ({} each, saves {}, by {})",
            group.keeper,
            size(group.size_bytes),
            size(group.saves_bytes),
            way(group.way)
        );
        for other in group.others.iter().take(SHOWN) {
            line!(text, "  = {other}");
        }
        more(&mut text, group.others.len());
    }
    more(&mut text, plan.groups.len());
    line!(
        text,
        "{} models among {} files; sharing would save {}",
        plan.models,
        plan.files,
        size(plan.saves_bytes)
    );
    if !plan.groups.is_empty() {
        line!(text, "nothing was changed; do it with --yes, take it back with: pino drive undo last --yes");
    }
    problems(&mut text, &plan.problems);
    text
}

/// `pino drive dedupe --yes`
pub(crate) fn deduped(done: &DedupeReport) -> String {
    let mut text: String = done.operations.iter().map(report).collect();
    line!(text, "saved {}", size(done.saved_bytes));
    problems(&mut text, &done.plan.problems);
    text
}

/// `pino drive gc`
pub(crate) fn gc_plan(plan: &GcPlan) -> String {
    let mut text = String::new();
    for one in plan.unneeded.iter().take(SHOWN) {
        line!(text, "  {:>11}  {}  ({})", size(one.bytes), one.path, one.why);
    }
    more(&mut text, plan.unneeded.len());
    line!(
        text,
        "{} would go to the trash; emptying the trash would free {}",
        size(plan.trash_bytes),
        size(plan.frees_bytes)
    );
    if plan.trash_bytes + plan.frees_bytes > 0 {
        line!(
            text,
            "nothing was changed; do it with --yes (the trash is kept for a week; --now empties it at once)"
        );
    }
    problems(&mut text, &plan.problems);
    text
}

/// `pino drive gc --yes`
pub(crate) fn collected(done: &GcReport) -> String {
    let mut text: String = done.operations.iter().map(report).collect();
    line!(text, "{} in the trash, {} freed", size(done.plan.trash_bytes), size(done.plan.frees_bytes));
    text
}

fn part(text: &mut String, part: &Part) {
    let with = part.with.as_ref().map(|with| format!(" → {with}")).unwrap_or_default();
    let outcome = match &part.outcome {
        None | Some(Outcome::Done { .. }) => String::new(),
        Some(Outcome::Skipped { why }) => format!("  (left alone: {why})"),
        Some(Outcome::Interrupted) => "  (not done: interrupted)".to_owned(),
        Some(Outcome::Failed { why }) => format!("  FAILED: {why}"),
    };
    line!(text, "  {} {}{with}{outcome}", part.action, part.path);
}

/// What an operation did.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    let failed_first = |wanted: bool| {
        report
            .parts
            .iter()
            .filter(move |part| part.outcome.as_ref().is_some_and(Outcome::is_failure) == wanted)
    };
    for one in failed_first(true).chain(failed_first(false)).take(SHOWN) {
        part(&mut text, one);
    }
    more(&mut text, report.parts.len());
    match &report.id {
        Some(id) => line!(
            text,
            "{} done, {} left alone, {} failed; operation {id}",
            report.done,
            report.skipped,
            report.failed
        ),
        None => line!(text, "nothing to do"),
    }
    text
}

/// `pino drive undo`
pub(crate) fn operations(operations: &[Entry]) -> String {
    let mut text = String::new();
    for entry in operations {
        let state = match entry {
            Entry { is_unfinished: true, .. } => "cut off",
            Entry { is_undone: true, .. } => "undone",
            Entry { can_undo: true, .. } => "can be undone",
            _ => "",
        };
        let kind = serde_json::to_value(entry.kind).unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default();
        line!(
            text,
            "{:<14} {:<8} {:>6} of {:<6} {}  {state}",
            entry.id,
            kind,
            entry.done,
            entry.parts,
            when(entry.at_ms)
        );
    }
    if operations.is_empty() {
        line!(text, "nothing was done yet");
    }
    text
}

/// How long ago.
fn when(at_ms: u64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at_ms);
    match at.elapsed() {
        Ok(age) => format!("{} ago", indicatif::HumanDuration(age)),
        Err(_) => "in the future (the clock was changed)".to_owned(),
    }
}

/// `pino drive undo ID`
pub(crate) fn undo_plan(plan: &UndoPlan) -> String {
    let mut text = String::new();
    for one in plan.parts.iter().take(SHOWN) {
        part(&mut text, one);
    }
    more(&mut text, plan.parts.len());
    line!(
        text,
        "takes {} more; nothing was changed, do it with: pino drive undo {} --yes",
        size(plan.needs_bytes),
        plan.id
    );
    text
}

/// `pino drive verify`
pub(crate) fn verify(report: &VerifyReport) -> String {
    let mut text = String::new();
    for damage in &report.damaged {
        line!(
            text,
            "DAMAGED {}\n  should be {} by {}\n  is        {}",
            damage.path,
            damage.expected,
            damage.by,
            damage.found
        );
    }
    line!(
        text,
        "{} models read ({}), {} known before, {} damaged",
        report.checked,
        size(report.bytes),
        report.known,
        report.damaged.len()
    );
    if !report.damaged.is_empty() {
        line!(
            text,
            "remove damaged files and let their apps download them again; if nothing wrote to them, check the disk"
        );
    }
    problems(&mut text, &report.problems);
    text
}

/// `pino drive import`
pub(crate) fn import_plan(plan: &ImportPlan) -> String {
    let mut text = String::new();
    for one in plan.parts.iter().take(SHOWN) {
        part(&mut text, one);
    }
    more(&mut text, plan.parts.len());
    line!(
        text,
        "{} models ({}) would be linked by {} links; nothing is moved or copied. Do it with --yes",
        plan.models,
        size(plan.bytes),
        plan.parts.len()
    );
    text
}

/// `pino drive links`
pub(crate) fn links(report: &LinksReport) -> String {
    let mut text = String::new();
    for link in &report.links {
        let state = match link.health {
            Health::Fine => continue,
            Health::Outside => "outside ",
            Health::Broken => "BROKEN  ",
            Health::Circular => "CIRCULAR",
        };
        line!(text, "{state}  {} → {}", link.path, link.target);
    }
    line!(
        text,
        "{} fine, {} lead out of the home, {} broken, {} circular; {} in environments not looked at",
        report.fine,
        report.outside,
        report.broken,
        report.circular,
        report.left_out
    );
    problems(&mut text, &report.problems);
    text
}
