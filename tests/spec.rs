//! What the command line says and does with bad input: each folder of `tests/spec` is one app with a `test.toml` that tells
//! the command and what must come of it. No panic is ever accepted, whatever the test says. One trial a folder.
#![expect(clippy::print_stderr, reason = "the runner talks to the person who runs it")]

#[path = "spec/runner/mod.rs"]
mod runner;

use std::{fs, path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Trial};

use runner::test::Test;

fn trials() -> Result<Vec<Trial>, String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = manifest.ancestors().nth(2).unwrap_or(manifest).join("tests/spec");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut folders: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    folders.retain(|path| path.join("test.toml").is_file());
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let test = Test::read(folder)?;
            let ignored = test.needs_namespaces() && !runner::namespaces_allowed();
            Ok(Trial::test(test.name.clone(), move || runner::verdict(&test)).with_ignored_flag(ignored))
        })
        .collect()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("cannot read the tests: {why}");
            ExitCode::FAILURE
        }
    }
}
