//! Backup while in use, restore with the old one kept, rebuild from disk.

use std::{fs, os::unix::fs::PermissionsExt as _};

use pino_state::{AppState, ProcessMark, State, StateError, database_path};

use crate::{begin, database, home, never, step};

#[test]
fn a_backup_is_made_while_somebody_writes() {
    let (scratch, state) = home();
    state.journal(begin("aaaa1111", "comfy", 1), never);
    let target = scratch.path().join("copy.db");
    let report = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for sequence in 0..2000 {
                state.journal(step("aaaa1111", sequence), never);
            }
        });
        let report = state.backup(&target).unwrap();
        writer.join().unwrap();
        state.flush().unwrap();
        report
    });
    assert_eq!((report.runs, &report.path), (1, &target));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let beside = fs::read_dir(scratch.path()).unwrap().count();
    assert_eq!(beside, 2, "the copy is one file, beside the home's folder");
    let copy = State::open(&target).unwrap();
    assert_eq!(copy.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(state.steps().count("aaaa1111").unwrap(), 2000);
}

#[test]
fn restoring_keeps_the_old_one_and_readers_go_on() {
    let (scratch, state) = home();
    state.apps().add("old", AppState::Installed).unwrap();
    let copy = scratch.path().join("copy.db");
    state.backup(&copy).unwrap();
    state.apps().add("new", AppState::Installed).unwrap();
    let report = State::restore(&database(&scratch), &copy).unwrap();
    let names =
        |state: &State| state.apps().list().unwrap().into_iter().map(|app| app.name).collect::<Vec<_>>();
    assert_eq!(names(&state), ["old"], "a state that was open sees what was put back");
    assert_eq!(names(&State::open(&report.kept.unwrap()).unwrap()), ["new", "old"]);
    state.apps().add("later", AppState::Installed).unwrap();
    assert_eq!((names(&state).len(), report.apps), (2, 1));
    assert!(!scratch.path().join("pino/pino.db.restoring").exists());
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let (scratch, state) = home();
    state.apps().add("mine", AppState::Installed).unwrap();
    let bad = scratch.path().join("bad.db");
    state.backup(&bad).unwrap();
    let mut bytes = fs::read(&bad).unwrap();
    bytes[4096..12288].fill(0xa5);
    fs::write(&bad, bytes).unwrap();
    let error = State::restore(&database(&scratch), &bad).err().unwrap();
    assert!(matches!(error, StateError::Corrupt { .. }), "{error}");
    fs::write(&bad, "hello").unwrap();
    assert!(State::restore(&database(&scratch), &bad).is_err());
    assert_eq!(state.apps().list().unwrap().len(), 1);
    let foreign = scratch.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE apps (x)").unwrap();
    assert!(State::restore(&database(&scratch), &foreign).is_err());
    assert_eq!(state.apps().list().unwrap()[0].name, "mine");
}

#[test]
fn a_damaged_database_is_set_aside_and_made_anew_from_disk() {
    let (scratch, state) = home();
    drop(state);
    let home = scratch.path();
    for (app, sign) in [("one", "env"), ("two", "src"), ("three", "venv")] {
        fs::create_dir_all(home.join("api").join(app).join(sign)).unwrap();
    }
    fs::create_dir_all(home.join("api/one/.git")).unwrap();
    fs::write(
        home.join("api/one/.git/config"),
        "[remote \"origin\"]\n\turl = https://u:p@example.org/one.git\n",
    )
    .unwrap();
    let shim = home.join("pino/shims/abc");
    fs::create_dir_all(&shim).unwrap();
    let ProcessMark { pid, start_ticks } = ProcessMark::own();
    let status = serde_json::json!({ "pid": pid, "start_ticks": start_ticks, "command": "python app.py", "cwd": home.join("api/three") });
    fs::write(shim.join("status.json"), status.to_string()).unwrap();
    let gone = home.join("pino/shims/gone");
    fs::create_dir_all(&gone).unwrap();
    fs::write(gone.join("status.json"), "{ half").unwrap();
    // without its write-ahead log: from that alone the file would be whole again
    fs::remove_file(home.join("pino/pino.db-wal")).unwrap();
    fs::write(
        database_path(home),
        "this is no database, and it is longer than a header of one hundred bytes: ".repeat(4),
    )
    .unwrap();
    let (state, report) = State::open_or_rebuild(home).unwrap();
    let report = report.unwrap();
    assert_eq!(
        (report.installed, report.not_installed, report.running),
        (vec!["one".into(), "three".into()], vec!["two".into()], vec!["three".to_owned()])
    );
    assert!(report.set_aside.unwrap().exists());
    let one = state.apps().get("one").unwrap().row().details.source.clone();
    assert_eq!(one.as_deref(), Some("https://example.org/one.git"));
    assert_eq!(state.processes().alive(Some("three")).unwrap().len(), 1);
    drop(state);
    fs::remove_file(database_path(home)).unwrap();
    let (state, report) = State::open_or_rebuild(home).unwrap();
    assert_eq!((state.apps().list().unwrap().len(), report.unwrap().set_aside), (3, None));
    assert!(State::open_or_rebuild(home).unwrap().1.is_none(), "a sound one is opened as it is");
}

#[test]
fn a_thousand_app_folders_are_found_again() {
    let scratch = tempfile::tempdir().unwrap();
    for number in 0..1000 {
        fs::create_dir_all(scratch.path().join(format!("api/app-{number}/env"))).unwrap();
    }
    let (state, report) = State::open_or_rebuild(scratch.path()).unwrap();
    assert_eq!((state.apps().list().unwrap().len(), report.unwrap().installed.len()), (1000, 1000));
}
