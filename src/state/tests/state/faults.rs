//! Killed while writing, no room left, two at once: nothing is damaged and nothing that was committed is lost.

use std::time::{SystemTime, UNIX_EPOCH};

use pino_state::{AppState, State};

use crate::{
    database, home,
    victim::{self, Deed},
};

/// 20, or what `PINO_FAULT_ROUNDS` says.
fn rounds() -> u32 {
    std::env::var("PINO_FAULT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// Anything will do: where a process is killed shall differ from round to round.
fn random(below: u32) -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() % below
}

#[test]
fn a_writer_that_is_killed_loses_no_committed_step() {
    let scratch = tempfile::tempdir().unwrap();
    let path = database(&scratch);
    let (mut steps, mut damaged, mut lost) = (0, 0, 0);
    for round in 0..rounds() {
        let name = format!("{round:08x}");
        let (mut child, mut lines) = victim::start(Deed::Journal, &path, &name, None);
        let mut last = None;
        for _ in 0..=random(120) {
            last = victim::told(&mut lines);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // what it told after our last look and before it died was committed too
        while let Some(number) = victim::told(&mut lines) {
            last = Some(number);
        }
        let state = State::open(&path).unwrap();
        damaged += usize::from(!state.check().unwrap().problems.is_empty());
        let kept = state.steps().count(&name).unwrap() as u32;
        let place = state.scripts().of(&name).unwrap()[0].position;
        assert_eq!(kept, place, "steps and place are written together");
        lost += u32::from(last.is_some_and(|last| kept < last + 1));
        steps += kept;
    }
    println_counts(
        "killed while journalling",
        rounds(),
        &[("steps kept", steps), ("damaged", damaged as u32), ("lost", lost)],
    );
    assert_eq!((damaged, lost), (0, 0));
}

#[test]
fn a_full_disk_is_told_and_damages_nothing() {
    for limit_kib in [200, 333, 512] {
        let scratch = tempfile::tempdir().unwrap();
        let path = database(&scratch);
        drop(State::open(&path).unwrap());
        let (mut child, mut lines) = victim::start(Deed::Fill, &path, "fill", Some(limit_kib));
        let mut told = 0;
        while let Some(number) = victim::told(&mut lines) {
            told = number + 1;
        }
        assert!(child.wait().unwrap().success(), "it ended by itself, with a clear error");
        let state = State::open(&path).unwrap();
        assert_eq!(state.check().unwrap().problems, Vec::<String>::new());
        assert_eq!(state.apps().list().unwrap().len() as u32, told);
        state.apps().add("room again", AppState::Installed).unwrap();
        println_counts("disk full", 1, &[("limit KiB", limit_kib), ("rows kept", told)]);
    }
}

#[test]
fn two_processes_share_a_database() {
    let (scratch, state) = home();
    let path = database(&scratch);
    let mut victims: Vec<_> = ["a", "b", "c"].map(|name| victim::start(Deed::Apps, &path, name, None)).into();
    for number in 0..100 {
        state.apps().add(&format!("own-{number}"), AppState::Installed).unwrap();
    }
    for (child, lines) in &mut victims {
        assert_eq!(victim::told(lines), Some(100));
        while victim::told(lines).is_some() {}
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(state.apps().list().unwrap().len(), 400);
    assert_eq!(state.check().unwrap().problems, Vec::<String>::new());
}

#[expect(clippy::print_stdout, reason = "the counts of a soak are its result")]
fn println_counts(what: &str, rounds: u32, counts: &[(&str, u32)]) {
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    println!("{what}: {rounds} rounds, {}", counts.join(", "));
}
