//! Which variables can be used before their declaration has run. The answer decides on forward declarations,
//! on moving hoisted functions up, and on checks of the temporal dead zone.

use oxc_semantic::Scoping;
use oxc_syntax::symbol::SymbolId;

use super::Facts;

/// How the uses of a variable relate to its declaration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Early {
    /// All uses come after it.
    Never,
    /// A function created before it (first at this place) uses the variable, but cannot run before it.
    Captured(u32),
    /// Something may use the variable before; the position where that can first happen.
    Possible(u32),
}

/// Rounds after which unsettled functions are taken to run at once.
const MOST_ROUNDS: usize = 40;

/// Works out for every function the first position at which it can run.
pub(super) fn compute_run_positions(facts: &mut Facts<'_>, scoping: &Scoping) {
    let mut named = Vec::new();
    for index in 1..facts.frames.len() {
        let frame = &facts.frames[index];
        let settled = frame.symbol.is_some_and(|id| facts.symbols[id.index()].rewritten == 0);
        if settled {
            named.push(index as u32);
            facts.frames[index].runs_at = u32::MAX;
        } else {
            facts.frames[index].runs_at = first_call_after(facts, index);
        }
    }
    for round in 0..MOST_ROUNDS {
        let mut changed = false;
        for &index in &named {
            let earliest = earliest_use(facts, scoping, index);
            let frame = &mut facts.frames[index as usize];
            if earliest < frame.runs_at {
                frame.runs_at = earliest;
                changed = true;
            }
        }
        if !changed {
            return;
        }
        if round + 1 == MOST_ROUNDS {
            for &index in &named {
                facts.frames[index as usize].runs_at = 0;
            }
        }
    }
}

/// A function without a name can run from the first call after its creation on.
fn first_call_after(facts: &Facts<'_>, index: usize) -> u32 {
    let frame = &facts.frames[index];
    if frame.in_loop {
        return frame.start;
    }
    let calls = &facts.frames[frame.parent as usize].calls;
    let next = calls.partition_point(|end| *end < frame.start);
    calls.get(next).copied().unwrap_or(u32::MAX)
}

fn earliest_use(facts: &Facts<'_>, scoping: &Scoping, index: u32) -> u32 {
    let Some(symbol) = facts.frames[index as usize].symbol else { return u32::MAX };
    let home = facts.symbol(symbol).frame;
    let mut earliest = u32::MAX;
    for reference in scoping.get_resolved_reference_ids(symbol) {
        let found = facts.uses[reference.index()];
        let position = match child_of(facts, found.frame, home) {
            None => found.position,
            Some(child) if child == index => continue,
            Some(child) => facts.frames[child as usize].runs_at,
        };
        earliest = earliest.min(position);
    }
    earliest
}

/// The function directly inside `home` that contains `frame`; `None` when they are the same.
fn child_of(facts: &Facts<'_>, mut frame: u32, home: u32) -> Option<u32> {
    let mut child = None;
    while frame != home {
        child = Some(frame);
        if frame == 0 {
            break;
        }
        frame = facts.frames[frame as usize].parent;
    }
    child
}

impl Facts<'_> {
    /// The variable is used before its place in the text, or a function that moved up may use it.
    pub(crate) fn may_be_early(&self, symbol: SymbolId) -> bool {
        self.moves || self.symbol(symbol).first_use < self.symbol(symbol).ready_at
    }

    /// How the uses of a variable relate to its declaration.
    pub(crate) fn early(&self, scoping: &Scoping, symbol: SymbolId) -> Early {
        let mut result = Early::Never;
        if !self.may_be_early(symbol) {
            return result;
        }
        let facts = self.symbol(symbol);
        for reference in scoping.get_resolved_reference_ids(symbol) {
            let found = self.uses[reference.index()];
            if facts.class && (facts.declared_at..facts.ready_at).contains(&found.position) {
                continue;
            }
            let (runs, placed) = match child_of(self, found.frame, facts.frame) {
                None => (found.position, found.position),
                Some(child) if facts.function == Some(child) => continue,
                Some(child) => {
                    let frame = &self.frames[child as usize];
                    (frame.runs_at, frame.placed_at.get())
                }
            };
            if runs < facts.ready_at {
                result = match result {
                    Early::Possible(at) => Early::Possible(at.min(runs)),
                    _ => Early::Possible(runs),
                };
            } else if placed < facts.ready_at {
                result = match result {
                    Early::Never => Early::Captured(placed),
                    Early::Captured(at) => Early::Captured(at.min(placed)),
                    Early::Possible(at) => Early::Possible(at),
                };
            }
        }
        result
    }

    /// The function that declares the variable can be left between the two places.
    pub(crate) fn may_leave(&self, symbol: SymbolId, from: u32, to: u32) -> bool {
        let exits = &self.frames[self.symbol(symbol).frame as usize].exits;
        let next = exits.partition_point(|exit| *exit < from);
        exits.get(next).is_some_and(|exit| *exit < to)
    }

    /// A use at this place may come before the variable's declaration has run.
    pub(crate) fn use_is_early(&self, use_frame: u32, position: u32, symbol: SymbolId) -> bool {
        let facts = self.symbol(symbol);
        match child_of(self, use_frame, facts.frame) {
            None => position < facts.ready_at,
            Some(child) => self.frames[child as usize].runs_at < facts.ready_at,
        }
    }

    /// A use at this place surely comes before the declaration: same function, earlier in the text.
    pub(crate) fn use_is_too_early(&self, use_frame: u32, position: u32, symbol: SymbolId) -> bool {
        let facts = self.symbol(symbol);
        use_frame == facts.frame && position < facts.ready_at
    }
}
