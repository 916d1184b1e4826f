//! Processes that are killed or run out of room: this test program, started once more.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use pino_state::{AppState, State, StateError};

use crate::{begin, step};

const VARIABLE: &str = "PINO_STATE_VICTIM";

/// What a victim does.
#[derive(Clone, Copy)]
pub(crate) enum Deed {
    /// Journals steps and tells each one that is committed.
    Journal,
    /// Adds apps until the disk is full.
    Fill,
    /// Adds a hundred apps of its own.
    Apps,
}

/// Starts a victim. `limit_kib` is the size its files may have.
pub(crate) fn start(
    deed: Deed,
    database: &Path,
    name: &str,
    limit_kib: Option<u32>,
) -> (Child, BufReader<ChildStdout>) {
    let word = match deed {
        Deed::Journal => "journal",
        Deed::Fill => "fill",
        Deed::Apps => "apps",
    };
    let program = std::env::current_exe().unwrap();
    // a write beyond the limit shall fail, not kill
    let limit = limit_kib.map_or(String::new(), |kib| format!("trap '' XFSZ; ulimit -f {kib}; "));
    let mut child = Command::new("bash")
        .args(["-c", &format!("{limit}exec \"$0\" --exact victim::lives --ignored --nocapture")])
        .arg(program)
        .env(VARIABLE, format!("{word}\n{name}\n{}", database.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, lines)
}

/// The next number a victim tells; `None` at its end. The test harness prints lines of its own, and one before the first of ours.
pub(crate) fn told(lines: &mut BufReader<ChildStdout>) -> Option<u32> {
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        if let Some(number) = line.split("told ").nth(1) {
            return Some(number.trim().parse().unwrap());
        }
    }
}

#[test]
#[ignore = "the body of a victim; other tests start it"]
fn lives() {
    let Ok(task) = std::env::var(VARIABLE) else { return };
    let mut parts = task.splitn(3, '\n');
    let (deed, name, path) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let state = State::open(Path::new(path)).unwrap();
    match deed {
        "journal" => journal(&state, name),
        "fill" => fill(&state),
        _ => apps(&state, name),
    }
}

fn tell(number: u32) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "told {number}").unwrap();
    out.flush().unwrap();
}

fn journal(state: &State, name: &str) {
    state.journal(begin(name, "victim", 1), |_| {});
    for sequence in 0..u32::MAX {
        state.journal(step(name, sequence), |_| {});
        if sequence % 3 == 0 {
            state.flush().unwrap();
            tell(sequence);
        }
    }
}

fn fill(state: &State) {
    for number in 0..u32::MAX {
        match state.apps().add(&format!("{number}-{}", "x".repeat(900)), AppState::Installed) {
            Ok(_) => tell(number),
            Err(StateError::Full { .. }) => {
                // reading goes on
                assert_eq!(state.apps().list().unwrap().len(), number as usize);
                return;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn apps(state: &State, name: &str) {
    for number in 0..100 {
        state.apps().add(&format!("{name}-{number}"), AppState::Installed).unwrap();
    }
    tell(100);
}
