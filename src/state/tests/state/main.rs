//! The database as others use it.
#![expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]

mod backups;
mod faults;
mod nouns;
mod schemas;
mod victim;

use std::path::PathBuf;

use pino_state::{
    Batch, NewRun, NewScript, ProcessMark, ScriptPlace, State, StepRow, StepState, database_path,
};

/// A home with a database.
fn home() -> (tempfile::TempDir, State) {
    let scratch = tempfile::tempdir().unwrap();
    let state = State::open(&database_path(scratch.path())).unwrap();
    (scratch, state)
}

fn database(scratch: &tempfile::TempDir) -> PathBuf {
    database_path(scratch.path())
}

/// The beginning of a run with one script.
fn begin(uuid: &str, app: &str, started_at_ms: i64) -> Batch {
    let script = format!("/home/api/{app}/install.js");
    Batch {
        run: uuid.into(),
        begin: Some(NewRun {
            uuid: uuid.to_owned(),
            app: Some(app.to_owned()),
            script: script.clone(),
            args: "{}".to_owned(),
            launcher_commit: None,
            resumes: None,
            process: ProcessMark::own(),
            started_at_ms,
        }),
        scripts: vec![NewScript {
            number: 0,
            path: script.clone(),
            uri: script,
            caller: None,
            args: "{}".to_owned(),
        }],
        ..Batch::default()
    }
}

/// One step that ended, and where the script stands then.
fn step(uuid: &str, sequence: u32) -> Batch {
    let row = StepRow {
        sequence,
        script: 0,
        position: sequence,
        method: Some("log".to_owned()),
        params_hash: Some(1),
        state: StepState::Done,
        began_ms: u64::from(sequence),
        wall_ms: Some(1),
        exit_code: None,
        result: None,
        error: None,
    };
    let place = ScriptPlace {
        number: 0,
        position: sequence + 1,
        input: "null".to_owned(),
        local: Some(format!("{{\"n\":{sequence}}}")),
        global: None,
    };
    Batch { run: uuid.into(), steps: vec![row], places: vec![place], ..Batch::default() }
}

fn never(error: pino_state::StateError) {
    panic!("{error}");
}
