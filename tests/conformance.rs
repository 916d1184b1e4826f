//! Runs every conformance case with the built program: the project's own (`tests/conformance/cases`) and, when they lie
//! beside the checkout, the shared ones (`../shared/conformance/cases`). One trial a case, so each is counted by itself.
//!
//! A case says in JSON what a script must do; the verdict rules are those of the shared `verify.mjs`, so a case may move
//! between the two folders without a change. `EVENTS.md` beside the shared cases describes the events.
#![expect(clippy::print_stderr, reason = "the runner talks to the person who runs it")]

#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/contract.rs"]
mod contract;
#[path = "conformance/document.rs"]
mod document;
#[path = "conformance/events.rs"]
mod events;
#[path = "conformance/program.rs"]
mod program;
#[path = "conformance/scratch.rs"]
mod scratch;
#[path = "conformance/scrub.rs"]
mod scrub;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;

fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// The folders with cases and the prefix of their trials.
fn suites() -> Vec<(&'static str, PathBuf)> {
    let root = repository();
    vec![("own", root.join("tests/conformance/cases")), ("shared", root.join("../shared/conformance/cases"))]
}

/// Runs one case; the error is the whole story of what differs.
fn verdict(case: &Case) -> Result<(), Failed> {
    let outcome = program::run(case)?;
    let document = document::build(&outcome.events, outcome.files, &outcome.root);
    let mut complaints: Vec<String> =
        contract::violations(&outcome.events).into_iter().map(|why| format!("contract: {why}")).collect();
    if !outcome.left_over.is_empty() {
        complaints.push(format!("contract: still running after the exit: {}", outcome.left_over.join(" | ")));
    }
    complaints.extend(compare::differences(&document, &case.expected()?, &case.checks));
    complaints.extend(compare::missing_codes(&outcome.events, case));
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn trials() -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for (suite, folder) in suites() {
        if !folder.is_dir() {
            continue;
        }
        for case in case::list(&folder)? {
            let ignored = case.reason_to_skip().is_some();
            trials.push(
                Trial::test(format!("{suite}::{}", case.name), move || verdict(&case))
                    .with_ignored_flag(ignored),
            );
        }
    }
    Ok(trials)
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("cannot read the conformance cases: {why}");
            ExitCode::FAILURE
        }
    }
}
