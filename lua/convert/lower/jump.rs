//! `break`, `continue` and `return` through Luau's loops and the closures of `try`.

use oxc_ast::ast::Expression;
use oxc_syntax::symbol::SymbolId;

use super::Lowerer;
use crate::ir::{Ex, Kind, Op, StmtKind};
use crate::types::{Effect, Types};

/// What a jump can aim at or has to cross.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetKind {
    /// A loop.
    Loop,
    /// A `switch`.
    Switch,
    /// A labelled block.
    Block,
    /// The body of a closure inside the function (`try`): left by returning a completion.
    Closure,
}

/// What a loop runs between two rounds.
#[derive(Clone, Copy)]
pub(super) enum Update<'a> {
    /// The update of a `for`; the variables that are new in each round, with the names that carry them over.
    For(&'a [(SymbolId, &'a str)], Option<&'a Expression<'a>>),
    /// The condition of a `do … while` that needs statements.
    Test(&'a Expression<'a>),
}

/// A jump that has to go on outside of the construct it left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    Break(u32),
    Continue(u32),
    Return,
}

/// One entry of the stack of constructs around the current place.
pub(super) struct Target<'a> {
    kind: TargetKind,
    labels: Vec<&'a str>,
    id: u32,
    update: Option<Update<'a>>,
    /// The iterator to close when the loop is left early.
    iterator: Option<&'a str>,
    /// The variable that says which jump is under way.
    flag: Option<&'a str>,
    pending: Vec<Jump>,
    used: bool,
    /// No construct of Luau stands for it.
    transparent: bool,
}

/// What the jumps out of a construct need around it.
pub(super) struct Jumps<'a> {
    flag: Option<&'a str>,
    pub(super) pending: Vec<Jump>,
    /// Some `break` aims at the construct.
    pub(super) used: bool,
}

impl<'a> Target<'a> {
    pub(super) fn new(kind: TargetKind, labels: &[&'a str]) -> Self {
        Self {
            kind,
            labels: labels.to_vec(),
            id: 0,
            update: None,
            iterator: None,
            flag: None,
            pending: Vec::new(),
            used: false,
            transparent: false,
        }
    }

    pub(super) fn with_update(mut self, update: Option<Update<'a>>) -> Self {
        self.update = update;
        self
    }

    pub(super) fn with_iterator(mut self, iterator: &'a str) -> Self {
        self.iterator = Some(iterator);
        self
    }

    /// A `switch` that becomes a plain chain of `if`s.
    pub(super) fn see_through(mut self) -> Self {
        self.transparent = true;
        self
    }
}

impl Jump {
    fn code(self) -> u32 {
        match self {
            Self::Break(id) => id * 2 + 2,
            Self::Continue(id) => id * 2 + 3,
            Self::Return => 1,
        }
    }
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn enter_target(&mut self, mut target: Target<'a>) {
        target.id = self.targets.len() as u32;
        self.targets.push(target);
    }

    pub(super) fn leave_target(&mut self) -> Jumps<'a> {
        let Some(target) = self.targets.pop() else {
            return Jumps { flag: None, pending: Vec::new(), used: false };
        };
        let used = target.used || !target.pending.is_empty();
        Jumps { flag: target.flag, pending: target.pending, used }
    }

    pub(super) fn break_statement(&mut self, label: Option<&str>) {
        let found = self.targets.iter().rposition(|target| match label {
            Some(label) => target.labels.contains(&label),
            None => matches!(target.kind, TargetKind::Loop | TargetKind::Switch),
        });
        if let Some(index) = found {
            self.jump(Jump::Break(index as u32));
        }
    }

    pub(super) fn continue_statement(&mut self, label: Option<&str>) {
        let found = self.targets.iter().rposition(|target| {
            target.kind == TargetKind::Loop && label.is_none_or(|label| target.labels.contains(&label))
        });
        if let Some(index) = found {
            self.jump(Jump::Continue(index as u32));
        }
    }

    /// Emits a jump from the current place.
    fn jump(&mut self, jump: Jump) {
        let (Jump::Break(goal) | Jump::Continue(goal)) = jump else {
            self.emit(StmtKind::Return(&[]));
            return;
        };
        let goal = goal as usize;
        let mut top = self.targets.len() - 1;
        while top > goal && self.targets[top].transparent {
            top -= 1;
        }
        if top == goal {
            self.arrive(jump, goal);
            return;
        }
        self.close_iterator(top);
        if self.targets[top].kind == TargetKind::Closure {
            self.leave_by_completion(jump, top);
        } else {
            self.leave_by_flag(jump, top);
        }
    }

    fn arrive(&mut self, jump: Jump, goal: usize) {
        if let Jump::Break(_) = jump {
            if self.targets[goal].transparent {
                return;
            }
            self.targets[goal].used = true;
            self.close_iterator(goal);
            self.emit(StmtKind::Break);
            return;
        }
        if let Some(update) = self.targets[goal].update {
            self.loop_update(update);
        }
        self.emit(StmtKind::Continue);
    }

    fn close_iterator(&mut self, index: usize) {
        if let Some(iterator) = self.targets[index].iterator {
            let iterator = Ex::fixed(iterator, Types::OBJECT);
            self.emit(StmtKind::Call(self.method_of(iterator, "close", &[])));
        }
    }

    fn leave_by_flag(&mut self, jump: Jump, top: usize) {
        let flag = if let Some(flag) = self.targets[top].flag {
            flag
        } else {
            let flag = self.fresh("jump");
            self.targets[top].flag = Some(flag);
            flag
        };
        if !self.targets[top].pending.contains(&jump) {
            self.targets[top].pending.push(jump);
        }
        let code = self.number(f64::from(jump.code()));
        self.emit(StmtKind::Assign(Ex::fixed(flag, Types::ANY), code));
        self.emit(StmtKind::Break);
    }

    fn leave_by_completion(&mut self, jump: Jump, top: usize) {
        if !self.targets[top].pending.contains(&jump) {
            self.targets[top].pending.push(jump);
        }
        let (kind, id) = match jump {
            Jump::Continue(id) => ("CONTINUE", id),
            Jump::Break(id) => ("BREAK", id),
            Jump::Return => ("RETURN", 0),
        };
        let kind = Ex::new(Kind::HelperValue(kind), Types::ANY, Effect::None);
        let id = self.number(f64::from(id));
        let values = self.list(&[kind, id]);
        self.emit(StmtKind::Return(values));
    }

    /// Declares the flag of a construct that jumps cross.
    pub(super) fn before_jumps(&mut self, jumps: &Jumps<'a>) {
        if let Some(flag) = jumps.flag {
            self.emit_local(flag, None);
        }
    }

    /// Goes on with the jumps that left a construct.
    pub(super) fn after_jumps(&mut self, jumps: &Jumps<'a>) {
        let Some(flag) = jumps.flag else { return };
        let flag = Ex::fixed(flag, Types::ANY);
        for jump in &jumps.pending {
            let code = self.number(f64::from(jump.code()));
            let kind = Kind::Binary(Op::Equal, self.boxed(flag), self.boxed(code));
            let test = Ex::new(kind, Types::BOOLEAN, Effect::None);
            let body = self.nested(|lowerer| lowerer.jump(*jump));
            self.emit_if(test, body, None);
        }
    }

    /// Goes on with the completions that `js.try` gave back as `how, value`.
    pub(super) fn after_completion(&mut self, jumps: &Jumps<'a>, how: Ex<'a>, value: Ex<'a>) {
        for jump in &jumps.pending {
            let (kind, id) = match jump {
                Jump::Return => ("RETURN", None),
                Jump::Break(id) => ("BREAK", Some(*id)),
                Jump::Continue(id) => ("CONTINUE", Some(*id)),
            };
            let kind = Ex::new(Kind::HelperValue(kind), Types::ANY, Effect::None);
            let equal = |left: &'a Ex<'a>, right: &'a Ex<'a>| {
                Ex::new(Kind::Binary(Op::Equal, left, right), Types::BOOLEAN, Effect::None)
            };
            let mut test = equal(self.boxed(how), self.boxed(kind));
            if let Some(id) = id {
                let same = equal(self.boxed(value), self.boxed(self.number(f64::from(id))));
                let both = Kind::Binary(Op::And, self.boxed(test), self.boxed(same));
                test = Ex::new(both, Types::BOOLEAN, Effect::None);
            }
            let body = self.nested(|lowerer| match jump {
                Jump::Return => lowerer.return_value(Some(value)),
                other => lowerer.jump(*other),
            });
            self.emit_if(test, body, None);
        }
    }

    /// Emits a `return`.
    pub(super) fn return_value(&mut self, mut value: Option<Ex<'a>>) {
        for index in (0..self.targets.len()).rev() {
            if self.targets[index].iterator.is_some() {
                value = value.map(|value| self.keep(value, "result"));
                self.close_iterator(index);
            }
            if self.targets[index].kind == TargetKind::Closure {
                if !self.targets[index].pending.contains(&Jump::Return) {
                    self.targets[index].pending.push(Jump::Return);
                }
                let kind = Ex::new(Kind::HelperValue("RETURN"), Types::ANY, Effect::None);
                let values = match value {
                    Some(value) => self.list(&[kind, value]),
                    None => self.list(&[kind]),
                };
                self.emit(StmtKind::Return(values));
                return;
            }
        }
        let value = self.function_result(value);
        let values = value.map_or(&[] as &[Ex<'a>], |value| self.list(&[value]));
        self.emit(StmtKind::Return(values));
    }
}
