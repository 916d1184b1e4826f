//! Functions that JavaScript tells apart: Luau makes one closure for all evaluations of a function that captures
//! nothing. Where that could be seen, the function captures a local of the function around it.

use oxc_ast::ast::Expression;
use oxc_syntax::scope::ScopeId;
use oxc_syntax::symbol::SymbolId;

use super::Lowerer;
use super::function::Role;
use crate::ir::{Ex, Kind, Stmt, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    /// The local that the function about to be lowered captures; `None` when it is told apart anyway or nobody looks.
    pub(super) fn identity(&mut self, wrapped: bool, scope: Option<ScopeId>) -> Option<&'a str> {
        let free = std::mem::take(&mut self.identity_free);
        let frame = &self.facts.frames[self.facts.frame_of(scope?) as usize];
        let (captures, in_loop) = (frame.captures, frame.in_loop);
        let around = self.functions.last()?;
        let once = around.role == Role::Chunk && !in_loop;
        if free || wrapped || captures || once || around.role == Role::Field {
            return None;
        }
        if let Some(own) = around.own {
            return Some(own);
        }
        let own = self.unique("own");
        if let Some(around) = self.functions.last_mut() {
            around.own = Some(own);
        }
        Some(own)
    }

    /// `local _ = own` in a function that captures; `local own = js` in one whose functions do.
    pub(super) fn identity_statements(&self) -> Vec<StmtKind<'a>> {
        let Some(function) = self.functions.last() else { return Vec::new() };
        let unused = if self.facts.underscore { "_unused" } else { "_" };
        let captured = function.captured.map(|own| self.alias(unused, own));
        let own = function.own.map(|own| self.alias(own, "js"));
        captured.into_iter().chain(own).collect()
    }

    /// The chunk runs once, but loops in it make functions again and again: a local that is written is never shared.
    pub(super) fn chunk_identity(&self) -> Vec<Stmt<'a>> {
        let Some(own) = self.functions.last().and_then(|chunk| chunk.own) else { return Vec::new() };
        let value = Ex::new(Kind::Name("js", None), Types::OBJECT, Effect::None);
        let declared = StmtKind::Local(self.alloc.alloc_slice_copy(&[own]), &[]);
        let written = StmtKind::Assign(Ex::fixed(own, Types::OBJECT), value);
        [declared, written].map(|kind| Stmt { kind, start: u32::MAX }).into()
    }

    fn alias(&self, name: &'a str, of: &'a str) -> StmtKind<'a> {
        let value = Ex::new(Kind::Name(of, None), Types::OBJECT, Effect::None);
        StmtKind::Local(self.alloc.alloc_slice_copy(&[name]), self.list(&[value]))
    }

    /// The variable's function is called and nothing else is done with it.
    pub(super) fn is_only_called(&self, symbol: SymbolId) -> bool {
        let facts = self.facts.symbol(symbol);
        facts.uses == facts.calls && !self.module.is_exported(symbol) && !self.is_script_global(symbol)
    }
}

pub(super) const fn is_function(expression: &Expression<'_>) -> bool {
    matches!(expression, Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_))
}

/// Methods of arrays, promises and strings that call the functions they are given and forget them.
pub(super) fn only_calls(method: &str) -> bool {
    matches!(
        method,
        "map"
            | "filter"
            | "forEach"
            | "find"
            | "findIndex"
            | "findLast"
            | "some"
            | "every"
            | "reduce"
            | "reduceRight"
            | "sort"
            | "flatMap"
            | "then"
            | "catch"
            | "finally"
            | "replace"
            | "replaceAll"
            | "from"
    )
}
