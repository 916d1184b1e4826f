//! Shells that outlive their starter. The program is its own shim: called as `… shim FOLDER` it is one.

#[path = "shims/faults.rs"]
mod faults;
#[path = "shims/living.rs"]
mod living;
#[path = "shims/rig.rs"]
mod rig;
#[path = "shims/starter.rs"]
mod starter;
#[path = "shims/stopping.rs"]
mod stopping;
mod support;

use std::{path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["shim", folder] => {
            let served = pino_process::shim::serve(Path::new(folder));
            return ExitCode::from(u8::from(served.is_err()));
        }
        ["starter", rest @ ..] => return starter::main(rest),
        ["full", dir] => return starter::full(dir),
        _ => {}
    }
    let groups = [living::TESTS, stopping::TESTS, faults::TESTS];
    let trials = groups.into_iter().flatten().map(|(name, test)| Trial::test(*name, || run(*test))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test as the harness takes it; a panic is caught there.
fn run(test: fn()) -> Result<(), Failed> {
    test();
    Ok(())
}
