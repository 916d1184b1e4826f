//! `try … catch … finally`.

use oxc_ast::ast::{BindingPattern, CatchClause, Statement, TryStatement};

use super::jump::{Target, TargetKind};
use super::{Binding, Lowerer};
use crate::ir::{Block, Ex, Func, Kind, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn try_statement(&mut self, found: &'a TryStatement<'a>) {
        let start = self.position;
        self.enter_target(Target::new(TargetKind::Closure, &[]));
        let body = self.block(&found.block.body, found.block.span.end);
        let body = self.closure(&[], body);
        let handler = found.handler.as_ref().map(|handler| self.catch_closure(handler));
        let finalizer = found.finalizer.as_ref().map(|block| {
            let body = self.block(&block.body, block.span.end);
            self.closure(&[], body)
        });
        let jumps = self.leave_target();
        self.position = start;
        let mut arguments = vec![body];
        if handler.is_some() || finalizer.is_some() {
            arguments.push(handler.unwrap_or(Ex::NIL));
        }
        arguments.extend(finalizer);
        let call = self.helper("try", &arguments, Types::ANY);
        if jumps.pending.is_empty() {
            self.emit(StmtKind::Call(call));
            return;
        }
        let (how, value) = (self.fresh("how"), self.fresh("value"));
        self.block_locals += 2;
        let names = self.alloc.alloc_slice_copy(&[how, value]);
        let values = self.list(&[call]);
        self.emit(StmtKind::Local(names, values));
        self.after_completion(&jumps, Ex::fixed(how, Types::ANY), Ex::fixed(value, Types::ANY));
    }

    fn closure(&self, parameters: &[&'a str], body: Block<'a>) -> Ex<'a> {
        let parameters = self.alloc.alloc_slice_copy(parameters);
        let function = self.alloc.alloc(Func { parameters, vararg: false, body });
        Ex::new(Kind::Function(function), Types::OBJECT, Effect::None)
    }

    fn catch_closure(&mut self, handler: &'a CatchClause<'a>) -> Ex<'a> {
        let end = handler.body.span.end;
        let Some(parameter) = &handler.param else {
            let body = self.block(&handler.body.body, end);
            return self.closure(&[], body);
        };
        if let BindingPattern::BindingIdentifier(name) = &parameter.pattern
            && let Some(symbol) = name.symbol_id.get()
        {
            self.bindings[symbol.index()] = Binding::Declared;
            let name = self.name_of(symbol);
            let body = self.block(&handler.body.body, end);
            return self.closure(&[name], body);
        }
        let error = self.fresh("error");
        let body = self.nested(|lowerer| {
            lowerer.bind_lexical(&parameter.pattern, Ex::fixed(error, Types::ANY));
            lowerer.statements(&handler.body.body, end);
        });
        self.closure(&[error], body)
    }
}

/// The body of a loop can be left other than by its end or a `continue`.
pub(super) fn leaves_early(body: &Statement<'_>, labels: &[&str]) -> bool {
    Leaving { labels, breakable: 0, inner_labels: Vec::new() }.statement(body)
}

/// Looks for jumps out of a loop's body.
struct Leaving<'l, 'a> {
    labels: &'l [&'a str],
    /// Loops and switches entered inside the body.
    breakable: u32,
    inner_labels: Vec<&'l str>,
}

impl<'l> Leaving<'l, '_> {
    fn statements(&mut self, body: &'l [Statement<'_>]) -> bool {
        body.iter().any(|statement| self.statement(statement))
    }

    fn inside(&mut self, body: &'l Statement<'_>) -> bool {
        self.breakable += 1;
        let leaves = self.statement(body);
        self.breakable -= 1;
        leaves
    }

    fn statement(&mut self, statement: &'l Statement<'_>) -> bool {
        match statement {
            Statement::ReturnStatement(_) => true,
            Statement::BreakStatement(found) => match &found.label {
                None => self.breakable == 0,
                Some(label) => !self.inner_labels.contains(&label.name.as_str()),
            },
            Statement::ContinueStatement(found) => found.label.as_ref().is_some_and(|label| {
                let label = label.name.as_str();
                !self.inner_labels.contains(&label) && !self.labels.contains(&label)
            }),
            Statement::BlockStatement(block) => self.statements(&block.body),
            Statement::IfStatement(found) => {
                self.statement(&found.consequent)
                    || found.alternate.as_ref().is_some_and(|alternate| self.statement(alternate))
            }
            Statement::ForStatement(found) => self.inside(&found.body),
            Statement::ForInStatement(found) => self.inside(&found.body),
            Statement::ForOfStatement(found) => self.inside(&found.body),
            Statement::WhileStatement(found) => self.inside(&found.body),
            Statement::DoWhileStatement(found) => self.inside(&found.body),
            Statement::LabeledStatement(found) => {
                self.inner_labels.push(found.label.name.as_str());
                let leaves = self.statement(&found.body);
                self.inner_labels.pop();
                leaves
            }
            Statement::SwitchStatement(found) => {
                self.breakable += 1;
                let leaves = found.cases.iter().any(|case| self.statements(&case.consequent));
                self.breakable -= 1;
                leaves
            }
            Statement::TryStatement(found) => {
                self.statements(&found.block.body)
                    || found.handler.as_ref().is_some_and(|handler| self.statements(&handler.body.body))
                    || found.finalizer.as_ref().is_some_and(|block| self.statements(&block.body))
            }
            _ => false,
        }
    }
}
