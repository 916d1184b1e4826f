//! Every schema ever released opens.

use std::{fs, path::Path};

use pino_state::{AppState, State, StateError};
use rusqlite::Connection;

/// A database file made from a dump.
fn fixture(schema: usize, path: &Path) {
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{schema}.sql"));
    let dump = fs::read_to_string(&dump).unwrap_or_else(|error| panic!("{}: {error}", dump.display()));
    Connection::open(path).unwrap().execute_batch(&dump).unwrap();
}

fn schemas() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "sql")
        .count()
}

#[test]
fn every_released_schema_opens_with_its_data() {
    for schema in 1..=schemas() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("pino.db");
        fixture(schema, &path);
        let state = State::open(&path).unwrap();
        let integrity = state.check().unwrap();
        assert_eq!(
            (integrity.schema as usize, integrity.problems),
            (schemas(), Vec::new()),
            "schema {schema}"
        );
        let apps = state.apps().list().unwrap();
        assert_eq!((apps.len(), apps[0].state, apps[1].state), (2, AppState::Stopped, AppState::Error));
        let run = state.runs().to_resume("halfway").unwrap().unwrap();
        assert_eq!(state.scripts().of(&run.uuid).unwrap()[0].local.as_deref(), Some("{\"n\":1}"));
        assert_eq!(state.steps().of(&run.uuid, 10).unwrap().len(), 2);
        assert_eq!(state.downloads().list(None).unwrap().len(), usize::from(schema >= 2));
        assert_eq!(state.alerts().open().unwrap().len(), usize::from(schema >= 3));
        state.settings().set("comfy", "restart", &"no").unwrap();
    }
}

#[test]
fn a_schema_from_the_future_is_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("pino.db");
    fixture(schemas(), &path);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = State::open(&path).err().unwrap();
    assert!(matches!(error, StateError::Newer { found: 99, .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn many_open_a_fresh_home_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("pino/pino.db");
    let open = || State::open(&path).map(|state| state.apps().list().map(|apps| apps.len()));
    let found: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap().unwrap()).collect()
    });
    assert_eq!(found, [0; 8]);
}
