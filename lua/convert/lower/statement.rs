//! Statements other than loops, `switch`, `try` and declarations of functions and classes.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{
    BlockStatement, IfStatement, LabeledStatement, ReturnStatement, Statement, VariableDeclarationKind,
};
use oxc_span::GetSpan;

use super::Lowerer;
use super::jump::{Target, TargetKind};
use crate::diagnostics::Refusal;
use crate::ir::{Block, Ex, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn statement(&mut self, statement: &'a Statement<'a>) {
        self.deeper(|| statement.span(), (), |lowerer| lowerer.any_statement(statement));
    }

    fn any_statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::ExpressionStatement(found) => self.effect(&found.expression),
            Statement::VariableDeclaration(declaration) => self.variable_declaration(declaration),
            Statement::FunctionDeclaration(function) => self.function_declaration(function),
            Statement::ClassDeclaration(class) => self.class_declaration(class),
            Statement::BlockStatement(block) => self.block_statement(block),
            Statement::IfStatement(found) => self.if_statement(found),
            Statement::ReturnStatement(found) => self.return_statement(found),
            Statement::ThrowStatement(found) => {
                let value = self.expression(&found.argument);
                let thrown = self.helper("throw", &[value], Types::ANY);
                self.emit(StmtKind::Call(thrown));
            }
            Statement::ForStatement(found) => self.for_statement(found, &[]),
            Statement::ForInStatement(found) => self.for_in_statement(found, &[]),
            Statement::ForOfStatement(found) => self.for_of_statement(found, &[]),
            Statement::WhileStatement(found) => self.while_statement(found, &[]),
            Statement::DoWhileStatement(found) => self.do_while_statement(found, &[]),
            Statement::SwitchStatement(found) => self.switch_statement(found, &[]),
            Statement::TryStatement(found) => self.try_statement(found),
            Statement::LabeledStatement(found) => self.labeled_statement(found),
            Statement::BreakStatement(found) => {
                self.break_statement(found.label.as_ref().map(|label| label.name.as_str()));
            }
            Statement::ContinueStatement(found) => {
                self.continue_statement(found.label.as_ref().map(|label| label.name.as_str()));
            }
            Statement::EmptyStatement(_) | Statement::DebuggerStatement(_) => {}
            Statement::WithStatement(found) => {
                self.refuse(Refusal::With, found.span);
            }
            Statement::ImportDeclaration(_)
            | Statement::ExportAllDeclaration(_)
            | Statement::ExportFromDeclaration(_)
            | Statement::ExportNamedDeclaration(_)
            | Statement::ExportDefaultDeclaration(_)
            | Statement::ExportDeclaration(_) => self.module_statement(statement),
            _ => {
                self.refuse(Refusal::TypeScript, statement.span());
            }
        }
    }

    fn block_statement(&mut self, block: &'a BlockStatement<'a>) {
        let body = self.block(&block.body, block.span.end);
        self.position = block.span.start;
        self.emit(StmtKind::Do(body));
    }

    /// The body of an `if` or a loop: a block, or one statement.
    pub(super) fn body(&mut self, body: &'a Statement<'a>) -> Block<'a> {
        self.nested(|lowerer| lowerer.body_here(body))
    }

    pub(super) fn body_here(&mut self, body: &'a Statement<'a>) {
        match body {
            Statement::BlockStatement(block) => self.statements(&block.body, block.span.end),
            other => self.statements(std::slice::from_ref(other), other.span().end),
        }
    }

    fn if_statement(&mut self, found: &'a IfStatement<'a>) {
        let start = self.position;
        let mut arms = ArenaVec::with_capacity_in(2, &self.alloc);
        let condition = self.condition(&found.test);
        arms.push((condition, self.body(&found.consequent)));
        let mut rest = found.alternate.as_ref();
        let mut otherwise = None;
        while let Some(alternate) = rest {
            rest = None;
            if let Statement::IfStatement(next) = alternate {
                // the condition of an `elseif` has no room for statements of its own
                let mark = self.out.len();
                let remarks = self.next_comment;
                let condition = self.condition(&next.test);
                if self.out.len() == mark {
                    arms.push((condition, self.body(&next.consequent)));
                    rest = next.alternate.as_ref();
                    continue;
                }
                self.out.truncate(mark);
                self.next_comment = remarks;
            }
            otherwise = Some(self.body(alternate));
        }
        self.position = start;
        self.emit(StmtKind::If(arms.into_arena_slice(), otherwise));
    }

    fn return_statement(&mut self, found: &'a ReturnStatement<'a>) {
        let value = found.argument.as_ref().map(|argument| {
            let start = self.position;
            let value = self.expression(argument);
            self.position = start;
            value
        });
        self.return_value(value);
        self.position = u32::MAX;
    }

    fn labeled_statement(&mut self, found: &'a LabeledStatement<'a>) {
        let mut labels = vec![found.label.name.as_str()];
        let mut body = &found.body;
        while let Statement::LabeledStatement(inner) = body {
            labels.push(inner.label.name.as_str());
            body = &inner.body;
        }
        match body {
            Statement::ForStatement(found) => self.for_statement(found, &labels),
            Statement::ForInStatement(found) => self.for_in_statement(found, &labels),
            Statement::ForOfStatement(found) => self.for_of_statement(found, &labels),
            Statement::WhileStatement(found) => self.while_statement(found, &labels),
            Statement::DoWhileStatement(found) => self.do_while_statement(found, &labels),
            Statement::SwitchStatement(found) => self.switch_statement(found, &labels),
            Statement::FunctionDeclaration(function) => self.function_declaration(function),
            other => self.labeled_block(other, &labels),
        }
    }

    fn labeled_block(&mut self, body: &'a Statement<'a>, labels: &[&'a str]) {
        let start = self.position;
        self.enter_target(Target::new(TargetKind::Block, labels));
        let body = self.body(body);
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(if jumps.used { StmtKind::Once(body) } else { StmtKind::Do(body) });
        self.after_jumps(&jumps);
    }

    /// Types of declarations that only exist in newer or other languages are refused here.
    pub(super) fn check_declaration_kind(&mut self, kind: VariableDeclarationKind, span: oxc_span::Span) {
        if matches!(kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse(Refusal::Using, span);
        }
    }

    /// The value in a form that may be read later, in another statement, more than once.
    pub(super) fn settled(&mut self, value: Ex<'a>, stem: &str) -> Ex<'a> {
        if value.effect <= Effect::Read && value.is_simple() { value } else { self.store(value, stem) }
    }
}
