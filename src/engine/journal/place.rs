//! One script's part of the journal: its number, the step at work, the variables as they were last written.
//!
//! Must not know: when something is written.

use std::time::{Duration, Instant};

use pino_state::{Batch, Redactor, ScriptPlace, StepRow, StepState};
use pino_vm::Value;

use crate::script::Script;

/// Variables are written at most this often while steps only set variables …
const SNAPSHOT_EVERY: Duration = Duration::from_millis(20);
/// … and writing them may take this part of the time at most.
const SNAPSHOT_SHARE: u32 = 20;
/// Larger results are left out of the history.
const MAX_RESULT_BYTES: usize = 4096;

/// Methods that touch nothing outside the script.
const PLAIN: &[&str] = &["local.", "global.", "jump", "goto", "log", "self.get", "set", "script.return"];

/// Where a script is, as far as the journal is concerned.
#[derive(Default)]
pub(crate) struct Place {
    /// Its number in the run; `None` while nothing is written down.
    pub(crate) number: Option<u32>,
    open: Option<OpenStep>,
    /// It stands here, and that has not been written.
    moved: Option<(usize, Value)>,
    local: Written,
    global: Written,
    /// A step that touches something has ended: where the script stands is to be written at once.
    due: bool,
    last: Option<Instant>,
    cost: Duration,
}

/// The step at work.
pub(super) struct OpenStep {
    sequence: u32,
    script: Option<u32>,
    index: usize,
    method: Option<String>,
    params_hash: Option<i64>,
    began_ms: u64,
    began: Instant,
    exit_code: Option<i32>,
    /// It may touch something outside the script.
    pub(super) touches: bool,
}

/// Hash of what was written last.
#[derive(Default)]
struct Written(Option<blake3::Hash>);

impl Written {
    /// The value as JSON, when it has changed.
    fn changed(&mut self, value: &Value) -> Option<String> {
        let text = json(value);
        let hash = blake3::hash(text.as_bytes());
        (self.0.replace(hash) != Some(hash)).then_some(text)
    }
}

impl Place {
    pub(super) fn open_step(
        &mut self,
        sequence: u32,
        index: usize,
        method: Option<&str>,
        params: &Value,
        began_ms: u64,
    ) -> &OpenStep {
        let touches = !method.is_some_and(is_plain);
        self.open.insert(OpenStep {
            sequence,
            script: self.number,
            index,
            method: method.map(str::to_owned),
            params_hash: hash(params),
            began_ms,
            began: Instant::now(),
            exit_code: None,
            touches,
        })
    }

    /// The row of the step that was at work.
    pub(super) fn close_step(
        &mut self,
        state: StepState,
        result: Option<&Value>,
        error: Option<String>,
    ) -> Option<StepRow> {
        let open = self.open.take()?;
        self.due |= open.touches;
        open.row(state, result.filter(|_| open.touches), error)
    }

    pub(super) fn note_exit(&mut self, index: usize, code: Option<i32>) {
        if let Some(open) = self.open.as_mut().filter(|open| open.index == index) {
            open.exit_code = code;
        }
    }

    /// Notes where it stands; true when that should be written.
    pub(super) fn move_to(&mut self, index: usize, input: &Value) -> bool {
        self.moved = Some((index, input.clone()));
        self.due
            || self.last.is_none_or(|last| last.elapsed() > SNAPSHOT_EVERY.max(self.cost * SNAPSHOT_SHARE))
    }

    /// Where it stands now.
    pub(super) fn snapshot(&mut self, script: &Script, index: usize, input: &Value) -> Option<ScriptPlace> {
        let number = self.number?;
        let began = Instant::now();
        let local = self.local.changed(&Value::Table(script.local.clone()));
        let global = self.global.changed(&Value::Table(script.global.clone()));
        let input = if input.is_nil() { String::new() } else { json(input) };
        (self.moved, self.due) = (None, false);
        self.cost = began.elapsed();
        self.last = Some(Instant::now());
        Some(ScriptPlace { number, position: index as u32, input, local, global })
    }

    /// Where it stood when the step at work began, unless that is written already.
    pub(super) fn snapshot_if_moved(&mut self, script: &Script) -> Option<ScriptPlace> {
        let (index, input) = self.moved.take()?;
        self.snapshot(script, index, &input)
    }
}

impl OpenStep {
    pub(super) fn row(
        &self,
        state: StepState,
        result: Option<&Value>,
        error: Option<String>,
    ) -> Option<StepRow> {
        let wall_ms = (state != StepState::Running).then(|| self.began.elapsed().as_millis() as u64);
        Some(StepRow {
            sequence: self.sequence,
            script: self.script?,
            position: self.index as u32,
            method: self.method.clone(),
            params_hash: self.params_hash,
            state,
            began_ms: self.began_ms,
            wall_ms,
            exit_code: self.exit_code,
            result: result.and_then(told_result),
            error,
        })
    }
}

/// Adds where a script stands; a later place takes the earlier one's.
pub(super) fn add(batch: &mut Batch, place: Option<ScriptPlace>) {
    let Some(place) = place else { return };
    match batch.places.iter_mut().find(|known| known.number == place.number) {
        Some(known) => {
            let (local, global) = (known.local.take(), known.global.take());
            *known = ScriptPlace { local: place.local.or(local), global: place.global.or(global), ..place };
        }
        None => batch.places.push(place),
    }
}

fn is_plain(method: &str) -> bool {
    PLAIN.iter().any(|plain| if plain.ends_with('.') { method.starts_with(plain) } else { method == *plain })
}

/// History is for people: secrets and large results are left out.
fn told_result(result: &Value) -> Option<String> {
    if result.is_nil() {
        return None;
    }
    let text = json(result);
    (text.len() <= MAX_RESULT_BYTES).then(|| Redactor::shared().clean(&text).into_owned())
}

/// A value as JSON; what has no JSON form is null.
pub(super) fn json(value: &Value) -> String {
    let mut out = Vec::new();
    match pino_vm::write_json(value, &mut out) {
        Ok(()) if !out.is_empty() => String::from_utf8(out).unwrap_or_else(|_| "null".to_owned()),
        _ => "null".to_owned(),
    }
}

/// The first eight bytes of a hash that stays the same in every version.
pub(super) fn hash_of(bytes: &[u8]) -> i64 {
    let hash = blake3::hash(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_le_bytes(first)
}

fn hash(value: &Value) -> Option<i64> {
    (!value.is_nil()).then(|| hash_of(json(value).as_bytes()))
}
