//! Takes operations back.
//!
//! Must not know: how a part is inverted.

use serde::Serialize;

use crate::{
    DriveError, Store,
    action::{Action, Outcome},
    copy::may_share_blocks,
    journal::{Kind, Operation, Recorded, undone},
    operate::{self, Part, Report, part},
    space,
    store::new_id,
    watch::Watch,
};

/// An operation of the journal.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// What it was for.
    pub kind: Kind,
    /// When it began, in milliseconds since 1970.
    pub at_ms: u64,
    /// Parts that changed something.
    pub done: usize,
    /// All parts.
    pub parts: usize,
    /// It was cut off; the next changing command completes it.
    pub is_unfinished: bool,
    /// It was taken back.
    pub is_undone: bool,
    /// It can be taken back.
    pub can_undo: bool,
}

/// What taking back would do.
#[derive(Clone, Debug, Serialize)]
pub struct UndoPlan {
    /// The operation.
    pub id: String,
    /// What it was for.
    pub kind: Kind,
    /// What would be done.
    pub parts: Vec<Part>,
    /// Disk space it takes.
    pub needs_bytes: u64,
}

impl Store {
    /// Every operation, oldest first.
    pub fn operations(&self) -> Result<Vec<Entry>, DriveError> {
        let all = self.journal().all()?;
        let undone = undone(&all);
        Ok(all
            .iter()
            .map(|recorded| entry(recorded, undone.contains(recorded.operation.id.as_str())))
            .collect())
    }

    /// What `undo` would do. `last` is the newest operation that can be taken back; the beginning of a name is enough.
    pub fn plan_undo(&self, id: &str) -> Result<UndoPlan, DriveError> {
        let recorded = self.find(id)?;
        let actions = inverse(&recorded)?;
        let Operation { id, kind, .. } = recorded.operation;
        let needs_bytes = needed(&actions);
        Ok(UndoPlan {
            id,
            kind,
            parts: actions.iter().map(|action| part(action, None)).collect(),
            needs_bytes,
        })
    }

    /// Takes an operation back.
    pub fn undo(&self, id: &str, watch: &Watch<'_>) -> Result<Report, DriveError> {
        let (_lock, ..) = self.lock()?;
        let recorded = self.find(id)?;
        let actions = inverse(&recorded)?;
        space::check(&self.home, needed(&actions))?;
        let mut operation = Operation::new(new_id(), Kind::Undo, actions);
        operation.undoes = Some(recorded.operation.id);
        let outcomes = operate::perform(&self.notes(), &operation, watch)?;
        Ok(Report::new(&operation, &outcomes))
    }

    fn find(&self, id: &str) -> Result<Recorded, DriveError> {
        let all = self.journal().all()?;
        let undone = undone(&all);
        let found = if id == "last" {
            let mut newest = all.iter().rev();
            newest.find(|one| {
                one.operation.kind != Kind::Undo
                    && entry(one, undone.contains(one.operation.id.as_str())).can_undo
            })
        } else {
            let mut fitting = all.iter().filter(|one| !id.is_empty() && one.operation.id.starts_with(id));
            fitting.next().filter(|one| one.operation.id == id || fitting.next().is_none())
        };
        let found = found.ok_or_else(|| DriveError::UnknownOperation { id: id.to_owned() })?;
        let refused = |why| DriveError::NotUndoable { id: found.operation.id.clone(), why };
        if undone.contains(found.operation.id.as_str()) {
            return Err(refused("it was undone already"));
        }
        if found.outcomes.is_none() {
            return Err(refused(
                "it is under way or was cut off; the next changing command completes it, then try again",
            ));
        }
        Ok(found.clone())
    }
}

fn entry(recorded: &Recorded, is_undone: bool) -> Entry {
    let Recorded { operation, outcomes } = recorded;
    Entry {
        id: operation.id.clone(),
        kind: operation.kind,
        at_ms: operation.at_ms,
        done: outcomes.iter().flatten().filter(|outcome| outcome.is_done()).count(),
        parts: operation.actions.len(),
        is_unfinished: outcomes.is_none(),
        is_undone,
        can_undo: !is_undone && outcomes.is_some() && inverse(recorded).is_ok(),
    }
}

/// The inverses of what was done, last first.
fn inverse(recorded: &Recorded) -> Result<Vec<Action>, DriveError> {
    let Recorded { operation, outcomes } = recorded;
    let done = operation.actions.iter().zip(outcomes.iter().flatten());
    let mut inverses: Vec<_> = done.filter_map(|(action, outcome)| action.inverse(outcome)).collect();
    inverses.reverse();
    let refused = |why| Err(DriveError::NotUndoable { id: operation.id.clone(), why });
    match (inverses.is_empty(), operation.kind) {
        (false, _) => Ok(inverses),
        (true, Kind::Purge) => refused("the trash was emptied for good"),
        (true, Kind::Undo) => {
            refused("files that got copies of their own stay so; run `pino drive dedupe` to share them again")
        }
        (true, _) if outcomes.iter().flatten().any(Outcome::is_done) => {
            refused("nothing of it can be taken back")
        }
        (true, _) => refused("it changed nothing"),
    }
}

/// What copies of their own will take, where blocks cannot be shared.
fn needed(actions: &[Action]) -> u64 {
    let sizes = actions.iter().filter_map(|action| match action {
        Action::Restore(restore) if !may_share_blocks(&restore.keeper) => Some(restore.was.disk_bytes),
        _ => None,
    });
    sizes.sum()
}
