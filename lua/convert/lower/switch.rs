//! `switch`: a chain of `if`s when no case falls through, else numbered cases.

use oxc_ast::ast::{Statement, SwitchCase, SwitchStatement};

use super::Lowerer;
use super::attempt::leaves_early;
use super::block::{declared_function, declared_variables, function_symbol};
use super::jump::{Target, TargetKind};
use super::loops::bound_symbols;
use crate::ir::{Block, Ex, Kind, Op, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn switch_statement(&mut self, found: &'a SwitchStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        let value = self.expression(&found.discriminant);
        let value = self.settled(value, "value");
        let shares = self.shares_declarations(found);
        if shares {
            let body = self.nested(|lowerer| {
                let all: Vec<&Statement<'a>> =
                    found.cases.iter().flat_map(|case| case.consequent.iter()).collect();
                lowerer.declare_scope(&all);
                lowerer.numbered_cases(found, value, labels);
            });
            self.position = start;
            self.emit(StmtKind::Do(body));
        } else if !labels.is_empty() || !is_chain(found) || !self.chain_of_ifs(found, value, labels) {
            self.position = start;
            self.numbered_cases(found, value, labels);
        }
    }

    /// A declaration of one case is meant in another, too.
    fn shares_declarations(&self, found: &'a SwitchStatement<'a>) -> bool {
        found.cases.len() > 1
            && found.cases.iter().any(|case| {
                let mut symbols = Vec::new();
                for statement in &case.consequent {
                    if let Some(declaration) =
                        declared_variables(statement).filter(|found| found.kind.is_lexical())
                    {
                        for declarator in &declaration.declarations {
                            bound_symbols(&declarator.id, &mut symbols);
                        }
                    } else if let Statement::ClassDeclaration(class) = statement {
                        symbols.extend(class.id.as_ref().and_then(|name| name.symbol_id.get()));
                    } else if let Some(function) = declared_function(statement) {
                        symbols.extend(function_symbol(function));
                    }
                }
                symbols.iter().any(|symbol| {
                    let facts = self.facts.symbol(*symbol);
                    facts.uses > 0 && (facts.first_use < case.span.start || facts.last_use >= case.span.end)
                })
            })
    }

    fn equals(&mut self, value: Ex<'a>, test: Ex<'a>) -> Ex<'a> {
        let kind = Kind::Binary(Op::Equal, self.boxed(value), self.boxed(test));
        Ex::new(kind, Types::BOOLEAN, value.effect.max(test.effect))
    }

    /// `if value == a or value == b then … elseif … else … end`. False if a test needs statements.
    fn chain_of_ifs(&mut self, found: &'a SwitchStatement<'a>, value: Ex<'a>, labels: &[&'a str]) -> bool {
        let start = self.position;
        let mut tests: Vec<Ex<'a>> = Vec::new();
        let mark = self.out.len();
        let cursor = self.next_comment;
        for case in &found.cases {
            if let Some(test) = &case.test {
                tests.push(self.expression(test));
            }
        }
        self.next_comment = cursor;
        if self.out.len() != mark {
            self.out.truncate(mark);
            return false;
        }
        self.enter_target(Target::new(TargetKind::Switch, labels).see_through());
        let mut arms: Vec<(Ex<'a>, Block<'a>)> = Vec::new();
        let mut otherwise = None;
        let mut tests = tests.into_iter();
        let mut condition: Option<Ex<'a>> = None;
        let mut is_default = false;
        for case in &found.cases {
            if case.test.is_some()
                && let Some(test) = tests.next()
            {
                let test = self.equals(value, test);
                condition = Some(match condition {
                    None => test,
                    Some(before) => {
                        let kind = Kind::Binary(Op::Or, self.boxed(before), self.boxed(test));
                        Ex::new(kind, Types::BOOLEAN, before.effect.max(test.effect))
                    }
                });
            } else {
                is_default = true;
            }
            if case.consequent.is_empty()
                && !std::ptr::eq(case, &raw const found.cases[found.cases.len() - 1])
            {
                continue;
            }
            let body = self.case_body(case);
            if is_default {
                otherwise = Some(body);
            } else if let Some(condition) = condition.take() {
                arms.push((condition, body));
            }
            condition = None;
            is_default = false;
        }
        self.leave_target();
        self.position = start;
        if arms.is_empty() {
            if let Some(body) = otherwise {
                self.emit(StmtKind::Do(body));
            }
            return true;
        }
        let arms = self.alloc.alloc_slice_copy(&arms);
        self.emit(StmtKind::If(arms, otherwise.filter(|body| !body.is_empty())));
        true
    }

    fn case_body(&mut self, case: &'a SwitchCase<'a>) -> Block<'a> {
        self.nested(|lowerer| match case.consequent.as_slice() {
            [Statement::BlockStatement(block)] => lowerer.statements(&block.body, block.span.end),
            body => lowerer.statements(body, case.span.end),
        })
    }

    /// The general form: the number of the case that matches, then every body from there on.
    fn numbered_cases(&mut self, found: &'a SwitchStatement<'a>, value: Ex<'a>, labels: &[&'a str]) {
        let start = self.position;
        let chosen = self.fresh("case");
        let default = found.cases.iter().position(|case| case.test.is_none());
        let none = found.cases.len();
        let first = self.number(default.unwrap_or(none) as f64);
        self.emit_local(chosen, Some(first));
        let cursor = self.next_comment;
        self.choose_case(found, 0, value, chosen);
        self.next_comment = cursor;
        self.enter_target(Target::new(TargetKind::Switch, labels));
        let body = self.nested(|lowerer| lowerer.case_bodies(found, chosen));
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::Once(body));
        self.after_jumps(&jumps);
    }

    fn case_bodies(&mut self, found: &'a SwitchStatement<'a>, chosen: &'a str) {
        let chosen = Ex::new(Kind::Name(chosen, None), Types::NUMBER, Effect::Read);
        for (index, case) in found.cases.iter().enumerate() {
            if case.consequent.is_empty() {
                continue;
            }
            let start = case.span.start;
            let number = self.number(index as f64);
            let kind = Kind::Binary(Op::LessEqual, self.boxed(chosen), self.boxed(number));
            let body = self.case_body(case);
            self.position = start;
            self.emit_if(Ex::new(kind, Types::BOOLEAN, Effect::Read), body, None);
        }
    }

    /// Compares with the cases in turn; the tests after the one that matches are not evaluated.
    fn choose_case(&mut self, found: &'a SwitchStatement<'a>, from: usize, value: Ex<'a>, chosen: &'a str) {
        let mut arms = Vec::new();
        let mut rest = None;
        for (index, case) in found.cases.iter().enumerate().skip(from) {
            let Some(test) = &case.test else { continue };
            let mark = self.out.len();
            let test_value = self.expression(test);
            if self.out.len() != mark && !arms.is_empty() {
                self.out.truncate(mark);
                rest = Some(index);
                break;
            }
            let condition = self.equals(value, test_value);
            let number = self.number(index as f64);
            let body = self.nested(|lowerer| {
                lowerer.emit(StmtKind::Assign(Ex::fixed(chosen, Types::NUMBER), number));
            });
            arms.push((condition, body));
        }
        if arms.is_empty() {
            return;
        }
        let otherwise =
            rest.map(|rest| self.nested(|lowerer| lowerer.choose_case(found, rest, value, chosen)));
        let arms = self.alloc.alloc_slice_copy(&arms);
        self.emit(StmtKind::If(arms, otherwise));
    }
}

/// No case falls through into another with a body, `default` comes last, and `break` only ends cases.
fn is_chain(found: &SwitchStatement<'_>) -> bool {
    let count = found.cases.len();
    found.cases.iter().enumerate().all(|(index, case)| {
        let last = index + 1 == count;
        if case.test.is_none() && !last {
            return false;
        }
        if case.consequent.is_empty() {
            return last || found.cases[index + 1].test.is_some() || index + 2 == count;
        }
        ends_case(&case.consequent, last) && !breaks_inside(&case.consequent)
    })
}

fn ends_case(body: &[Statement<'_>], last: bool) -> bool {
    match body.last() {
        Some(
            Statement::BreakStatement(_)
            | Statement::ReturnStatement(_)
            | Statement::ThrowStatement(_)
            | Statement::ContinueStatement(_),
        ) => true,
        Some(Statement::BlockStatement(block)) if body.len() == 1 => ends_case(&block.body, last),
        _ => last,
    }
}

/// A `break` of the switch stands elsewhere than at the end of the case.
fn breaks_inside(body: &[Statement<'_>]) -> bool {
    let Some((last, rest)) = body.split_last() else { return false };
    let last_breaks = match last {
        Statement::BreakStatement(found) => found.label.is_some(),
        Statement::ReturnStatement(_) | Statement::ThrowStatement(_) | Statement::ContinueStatement(_) => {
            false
        }
        Statement::BlockStatement(block) if rest.is_empty() => breaks_inside(&block.body),
        other => may_break(other),
    };
    last_breaks || rest.iter().any(may_break)
}

/// A jump other than `return` may leave the statement: then the general form is used.
fn may_break(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::IfStatement(found) => {
            may_break(&found.consequent) || found.alternate.as_ref().is_some_and(may_break)
        }
        Statement::BlockStatement(block) => block.body.iter().any(may_break),
        Statement::TryStatement(_) | Statement::LabeledStatement(_) => leaves_early(statement, &[]),
        Statement::BreakStatement(_) => true,
        // a `break` in a loop or another switch means that one
        _ => false,
    }
}
