//! What code refers to through the function around it: `this`, `arguments`, `new.target`, its result.

use super::Lowerer;
use super::function::{FunctionContext, Role};
use crate::ir::{Ex, Func, Kind, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    /// The innermost function that is not an arrow function.
    fn this_owner(&mut self) -> Option<&mut FunctionContext<'a>> {
        self.functions.iter_mut().rev().find(|function| function.role != Role::Arrow)
    }

    pub(super) fn this(&mut self) -> Ex<'a> {
        let strict_module = self.options.form == crate::Form::EsModule;
        let common = self.options.form == crate::Form::CommonJs;
        let Some(owner) = self.this_owner() else { return Ex::NIL };
        owner.uses_this = true;
        let (role, name, called) = (owner.role, owner.this_name, owner.super_called);
        match role {
            Role::Chunk if strict_module => Ex::NIL,
            Role::Chunk if common => {
                self.module.uses("exports");
                Ex::new(Kind::Name("exports", None), Types::ANY, Effect::Read)
            }
            Role::Chunk => Ex::new(Kind::Name("globalThis", None), Types::OBJECT, Effect::Read),
            Role::DerivedConstructor => {
                let this = Ex::new(Kind::Name("this", None), Types::OBJECT, Effect::Read);
                if called && self.functions.last().is_some_and(|last| last.role == Role::DerivedConstructor) {
                    return this;
                }
                Ex::new(Kind::Helper("this", self.list(&[this])), Types::OBJECT, Effect::Property)
            }
            _ => Ex::new(Kind::Name(name, None), Types::ANY, Effect::None),
        }
    }

    /// The current code has an `arguments` object; notes its use.
    pub(super) fn arguments_object(&mut self) -> bool {
        match self.this_owner() {
            Some(owner) if !matches!(owner.role, Role::Chunk | Role::Field) => {
                owner.uses_arguments = true;
                true
            }
            _ => false,
        }
    }

    pub(super) fn new_target(&mut self) -> Ex<'a> {
        match self.this_owner() {
            Some(owner) if !matches!(owner.role, Role::Chunk | Role::Field) => {
                owner.uses_new_target = true;
                Ex::fixed("new_target", Types::ANY)
            }
            _ => Ex::NIL,
        }
    }

    /// What a `return` gives back, by the kind of function.
    pub(super) fn function_result(&mut self, value: Option<Ex<'a>>) -> Option<Ex<'a>> {
        let Some(function) = self.functions.last() else { return value };
        if function.is_async && function.is_generator {
            return value.map(|value| self.helper("await", &[value], Types::ANY));
        }
        if function.role != Role::DerivedConstructor {
            return value;
        }
        let this = Ex::new(Kind::Name("this", None), Types::ANY, Effect::Read);
        Some(match value {
            None => this,
            Some(value) => self.helper("constructed", &[value, this], Types::OBJECT),
        })
    }

    /// The strictness of the current code.
    pub(super) fn in_strict_code(&self) -> bool {
        match self.functions.last() {
            Some(function) if function.role != Role::Chunk => function.strict,
            _ => self.is_strict(),
        }
    }

    /// The function being lowered uses `new.target`.
    pub(super) fn last_used_new_target(code: &Func<'a>) -> bool {
        code.body.iter().any(
            |statement| matches!(statement.kind, StmtKind::Local(["new_target"], [value]) if matches!(value.kind, Kind::Helper("new_target", _))),
        )
    }

    /// With `arguments`, all parameters come in `...`: the rest parameter skips those before it.
    pub(super) fn rest_behind(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let from = self.number(count as f64);
        let dots = Ex::new(Kind::Vararg, Types::ANY, Effect::Read);
        let value = self.helper("rest", &[from, dots], Types::OBJECT);
        let values = self.list(&[value]);
        let is_rest = |found: &Ex<'a>| matches!(found.kind, Kind::Helper("array", [only]) if matches!(only.kind, Kind::Vararg));
        for statement in &mut self.out {
            match &mut statement.kind {
                StmtKind::Local(_, found) if found.first().is_some_and(is_rest) => *found = values,
                StmtKind::Assign(_, found) if is_rest(found) => *found = value,
                _ => {}
            }
        }
    }
}
