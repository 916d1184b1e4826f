//! What a run has done since the last time, written in one transaction: the hot path of the database.
//!
//! Must not know: when a batch is due; the engine's journal decides.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::{
    first, run, runs,
    runs::{NewRun, RunEnd},
    scripts::{NewScript, ScriptPlace, ScriptState},
    steps::StepRow,
};
use crate::{State, StateError, now_ms, writer::Fault};

/// Runs that are kept, and runs whose steps are kept.
const KEEP_RUNS: usize = 1000;
const KEEP_STEPS_OF: usize = 50;
/// Steps of one run that are kept: a script that polls for days must not fill the disk.
const KEEP_STEPS: u32 = 200_000;
/// How often that is looked at.
const CLEAN_EVERY: u32 = 20_000;

/// News of one run.
#[derive(Debug, Default)]
pub struct Batch {
    /// Its name.
    pub run: Arc<str>,
    /// It has begun.
    pub begin: Option<NewRun>,
    /// Scripts that have begun.
    pub scripts: Vec<NewScript>,
    /// Scripts whose steps are known: number, hash of the file, hashes of the steps as a JSON list.
    pub definitions: Vec<(u32, Option<i64>, String)>,
    /// Steps that have begun or ended.
    pub steps: Vec<StepRow>,
    /// Where scripts stand now.
    pub places: Vec<ScriptPlace>,
    /// Scripts whose state has changed.
    pub states: Vec<(u32, ScriptState)>,
    /// It has ended.
    pub end: Option<RunEnd>,
}

impl State {
    /// Puts news of a run into the queue. Trouble is told on the writer's thread, and then the batch is not kept.
    pub fn journal(&self, batch: Batch, on_trouble: impl FnOnce(StateError) + Send + 'static) {
        self.post(move |connection| batch.write(connection), on_trouble);
    }
}

impl Batch {
    fn write(self, connection: &Connection) -> Result<(), Fault> {
        if let Some(begin) = &self.begin {
            insert_run(connection, begin)?;
            runs::prune(connection, KEEP_RUNS, KEEP_STEPS_OF)?;
        }
        let id = "SELECT id FROM runs WHERE uuid = ?1";
        // a run that was pruned or belongs to a database that was put back has nothing to add to
        let Some(id) = first(connection, id, [&*self.run], |row| row.get::<_, i64>(0))? else {
            return Ok(());
        };
        for script in &self.scripts {
            insert_script(connection, id, script)?;
        }
        for (number, source_hash, definition) in &self.definitions {
            let sql =
                "UPDATE scripts SET source_hash = ?3, definition = ?4 WHERE run_id = ?1 AND number = ?2";
            run(connection, sql, params![id, number, source_hash, definition])?;
        }
        insert_steps(connection, id, &self.steps)?;
        for place in &self.places {
            update_place(connection, id, place)?;
        }
        for (number, state) in &self.states {
            let sql = "UPDATE scripts SET state = ?3 WHERE run_id = ?1 AND number = ?2";
            run(connection, sql, params![id, number, state])?;
        }
        if let Some(end) = &self.end {
            let sql = "UPDATE runs SET state = ?2, error = ?3, wall_ms = ?4 WHERE id = ?1";
            run(connection, sql, params![id, end.state, end.error, end.wall_ms])?;
        }
        Ok(())
    }
}

fn insert_run(connection: &Connection, begin: &NewRun) -> Result<(), Fault> {
    let sql = "INSERT INTO runs (uuid, app, script, args, launcher_commit, resumes, pid, start_ticks, started_at_ms, state) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'running')";
    let NewRun { uuid, app, script, args, launcher_commit, resumes, process, started_at_ms } = begin;
    let (pid, ticks) = (process.pid, process.start_ticks);
    run(
        connection,
        sql,
        params![uuid, app, script, args, launcher_commit, resumes, pid, ticks, started_at_ms],
    )?;
    if let Some(resumed) = resumes {
        // whoever carried it did not come to write its end
        let sql = "UPDATE runs SET state = 'stopped', error = coalesce(error, 'interrupted') WHERE uuid = ?1 AND state = 'running'";
        run(connection, sql, [resumed])?;
    }
    tracing::debug!(uuid, at = now_ms(), "a run is journalled");
    Ok(())
}

fn insert_script(connection: &Connection, id: i64, script: &NewScript) -> Result<(), Fault> {
    let sql = "INSERT INTO scripts (run_id, number, path, uri, caller, caller_step, args, state) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'running')";
    let (caller, step) = script.caller.unzip();
    run(connection, sql, params![id, script.number, script.path, script.uri, caller, step, script.args])?;
    Ok(())
}

fn insert_steps(connection: &Connection, id: i64, steps: &[StepRow]) -> Result<(), Fault> {
    let Some(last) = steps.last() else { return Ok(()) };
    let sql = "INSERT OR REPLACE INTO steps (run_id, sequence, script, position, method, params_hash, state, began_ms, wall_ms, \
               exit_code, result, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let mut statement = connection.prepare_cached(sql)?;
    for step in steps {
        statement.execute(params![
            id,
            step.sequence,
            step.script,
            step.position,
            step.method,
            step.params_hash,
            step.state,
            step.began_ms as i64,
            step.wall_ms.map(|ms| ms as i64),
            step.exit_code,
            step.result,
            step.error,
        ])?;
    }
    run(connection, "UPDATE runs SET steps = max(steps, ?2) WHERE id = ?1", params![id, last.sequence + 1])?;
    let crossed =
        steps.first().is_some_and(|first| first.sequence / CLEAN_EVERY != last.sequence / CLEAN_EVERY);
    if crossed && last.sequence > KEEP_STEPS {
        let sql = "DELETE FROM steps WHERE run_id = ?1 AND sequence < ?2";
        run(connection, sql, params![id, last.sequence - KEEP_STEPS])?;
    }
    Ok(())
}

fn update_place(connection: &Connection, id: i64, place: &ScriptPlace) -> Result<(), Fault> {
    let sql = "UPDATE scripts SET position = ?3, input = ?4, local = coalesce(?5, local), global = coalesce(?6, global) \
               WHERE run_id = ?1 AND number = ?2";
    let ScriptPlace { number, position, input, local, global } = place;
    run(connection, sql, params![id, number, position, input, local, global])?;
    Ok(())
}
