//! Carries out operations: noted first, then done part by part, then noted how it ended; completes what a kill cut off.
//!
//! Must not know: what operations are for.

use std::path::Path;

use serde::Serialize;

use crate::{
    DriveError,
    action::{Action, Outcome, Site},
    journal::{Journal, Kind, Operation},
    text_path::TextPath,
    watch::{Progress, Watch},
};

/// One part of an operation, planned or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What: `share`, `move`, `link`, …
    pub action: &'static str,
    /// Where.
    pub path: TextPath,
    /// What it has to do with: the other file, the new place, the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<TextPath>,
    /// How it ended; nothing in a plan.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What an operation did.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Its name, for `undo`. Nothing when there was nothing to do.
    pub id: Option<String>,
    /// What it was for.
    pub kind: Kind,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Parts that changed something.
    pub done: usize,
    /// Parts that were left alone on purpose.
    pub skipped: usize,
    /// Parts that did not work.
    pub failed: usize,
}

impl Report {
    pub(crate) fn new(operation: &Operation, outcomes: &[Outcome]) -> Self {
        let parts: Vec<_> = operation
            .actions
            .iter()
            .zip(outcomes)
            .map(|(action, outcome)| part(action, Some(outcome.clone())))
            .collect();
        let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
        let (done, failed) = (count(Outcome::is_done), count(Outcome::is_failure));
        let id = (!parts.is_empty()).then(|| operation.id.clone());
        Self { id, kind: operation.kind, done, failed, skipped: parts.len() - done - failed, parts }
    }
}

pub(crate) fn part(action: &Action, outcome: Option<Outcome>) -> Part {
    let (name, path, with) = action.describe();
    Part { action: name, path: path.clone(), with: with.cloned(), outcome }
}

/// Notes the operation, does it, notes how it ended. Only for the holder of the lock.
pub(crate) fn perform(
    notes: &Path,
    operation: &Operation,
    watch: &Watch<'_>,
) -> Result<Vec<Outcome>, DriveError> {
    if operation.actions.is_empty() {
        return Ok(Vec::new());
    }
    let journal = Journal::new(notes);
    journal.begin(operation)?;
    let site = Site::new(&operation.id, watch.stop);
    let total = operation.actions.len();
    let mut outcomes = Vec::with_capacity(total);
    for (done, action) in operation.actions.iter().enumerate() {
        watch.tell(Progress::Working { done, total });
        outcomes.push(one(action, &site)?);
    }
    watch.tell(Progress::Working { done: total, total });
    journal.end(&operation.id, &outcomes)?;
    Ok(outcomes)
}

/// A part that fails does not end the others; one that cannot even be cleaned up does, and the next run tries again.
fn one(action: &Action, site: &Site) -> Result<Outcome, DriveError> {
    if site.is_stopped() {
        return Ok(Outcome::Interrupted);
    }
    match action.run(site) {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            let recovered = action.recover(site)?;
            let why = error.to_string();
            Ok(match (recovered, error) {
                (done @ Outcome::Done { .. }, _) => done,
                (_, DriveError::Stopped) => Outcome::Interrupted,
                _ => Outcome::Failed { why },
            })
        }
    }
}

/// Completes or cleans up every operation that was cut off. Only for the holder of the lock. Gives their reports.
pub(crate) fn recover(notes: &Path) -> Result<Vec<Report>, DriveError> {
    let journal = Journal::new(notes);
    let mut reports = Vec::new();
    let never = Watch::nobody();
    for recorded in journal.all()?.iter().filter(|recorded| recorded.outcomes.is_none()) {
        let operation = &recorded.operation;
        let site = Site::new(&operation.id, never.stop);
        let outcomes =
            operation.actions.iter().map(|action| action.recover(&site)).collect::<Result<Vec<_>, _>>()?;
        journal.end(&operation.id, &outcomes)?;
        reports.push(Report::new(operation, &outcomes));
    }
    Ok(reports)
}
