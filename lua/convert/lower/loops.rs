//! Loops.

use oxc_ast::ast::{
    BinaryExpression, BindingPattern, DoWhileStatement, Expression, ForInStatement, ForOfStatement,
    ForStatement, ForStatementInit, ForStatementLeft, SimpleAssignmentTarget, Statement, VariableDeclaration,
    VariableDeclarationKind, WhileStatement,
};
use oxc_span::GetSpan;
use oxc_syntax::operator::{BinaryOperator, UpdateOperator};
use oxc_syntax::symbol::SymbolId;

use super::jump::{Target, TargetKind, Update};
use super::{Binding, Lowerer};
use crate::ir::{Block, Ex, StmtKind};
use crate::types::Types;

/// How the head of a `for … in` or `for … of` binds its value.
enum Head<'a> {
    /// The loop variable of Luau is the JavaScript variable.
    Name(&'a str),
    /// A made-up loop variable, assigned in the body.
    Value(&'a str),
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn while_statement(&mut self, found: &'a WhileStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        self.enter_target(Target::new(TargetKind::Loop, labels));
        let mut condition = Ex::TRUE;
        let body = self.nested(|lowerer| {
            let test = lowerer.condition(&found.test);
            if lowerer.out.is_empty() {
                condition = test;
            } else {
                lowerer.leave_unless(test);
            }
            lowerer.loop_body(&found.body);
        });
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::While(condition, body));
        self.after_jumps(&jumps);
    }

    /// `if not test then break end`
    fn leave_unless(&mut self, test: Ex<'a>) {
        let body = self.nested(|lowerer| lowerer.emit(StmtKind::Break));
        let test = self.not(test);
        self.emit_if(test, body, None);
    }

    /// The body of a loop, without code that a jump makes unreachable.
    fn loop_body(&mut self, body: &'a Statement<'a>) {
        self.body_here(body);
    }

    pub(super) fn do_while_statement(&mut self, found: &'a DoWhileStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        let mark = self.out.len();
        let cursor = self.next_comment;
        let test = self.condition(&found.test);
        let simple = self.out.len() == mark;
        self.out.truncate(mark);
        self.next_comment = cursor;
        let update = (!simple).then_some(Update::Test(&found.test));
        self.enter_target(Target::new(TargetKind::Loop, labels).with_update(update));
        let inner = self.body(&found.body);
        let declares = inner
            .iter()
            .any(|statement| matches!(statement.kind, StmtKind::Local(..) | StmtKind::LocalFunction(..)));
        let body = if simple && !declares {
            inner
        } else {
            self.nested(|lowerer| {
                lowerer.emit(StmtKind::Do(inner));
                if !simple && !ends_in_jump(inner) {
                    lowerer.loop_update(Update::Test(&found.test));
                }
            })
        };
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        if simple {
            let until = self.not(test);
            self.emit(StmtKind::Repeat(body, until));
        } else {
            self.emit(StmtKind::While(Ex::TRUE, body));
        }
        self.after_jumps(&jumps);
    }

    /// Emits what a loop runs between two rounds.
    pub(super) fn loop_update(&mut self, update: Update<'a>) {
        match update {
            Update::Test(test) => {
                let test = self.condition(test);
                self.leave_unless(test);
            }
            Update::For(copies, expression) => {
                for (symbol, outer) in copies {
                    let value = self.variable(*symbol);
                    self.emit(StmtKind::Assign(Ex::fixed(outer, Types::ANY), value));
                }
                let Some(expression) = expression else { return };
                let inner: Vec<Option<&'a str>> =
                    copies.iter().map(|(symbol, outer)| self.names[symbol.index()].replace(*outer)).collect();
                self.effect(expression);
                for ((symbol, _), name) in copies.iter().zip(inner) {
                    self.names[symbol.index()] = name;
                }
            }
        }
    }

    pub(super) fn for_statement(&mut self, found: &'a ForStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        if self.counting_loop(found, labels) {
            return;
        }
        let declaration = match &found.init {
            Some(ForStatementInit::VariableDeclaration(declaration)) => Some(&**declaration),
            _ => None,
        };
        let lexical = declaration.is_some_and(|declaration| declaration.kind.is_lexical());
        let own_block = lexical && declaration.is_some_and(|found| self.names_clash(found));
        if own_block {
            let body = self.nested(|lowerer| lowerer.general_for(found, declaration, labels));
            self.position = start;
            self.emit(StmtKind::Do(body));
        } else {
            self.general_for(found, declaration, labels);
        }
    }

    /// Another variable of the same name could be meant behind the loop.
    fn names_clash(&self, declaration: &VariableDeclaration<'a>) -> bool {
        if self.block_locals > 20 {
            return true;
        }
        declaration.declarations.iter().any(|declarator| match &declarator.id {
            BindingPattern::BindingIdentifier(name) => {
                let Some(symbol) = name.symbol_id.get() else { return true };
                let scope = self.scoping.symbol_scope_id(symbol);
                let outer = self.scoping.scope_parent_id(scope);
                let shadows =
                    outer.is_some_and(|outer| self.scoping.find_binding(outer, name.name).is_some());
                shadows || self.scoping.root_unresolved_references().contains_key(&name.name)
            }
            _ => true,
        })
    }

    fn general_for(
        &mut self,
        found: &'a ForStatement<'a>,
        declaration: Option<&'a VariableDeclaration<'a>>,
        labels: &[&'a str],
    ) {
        let start = self.position;
        match &found.init {
            Some(ForStatementInit::VariableDeclaration(declaration)) => {
                self.variable_declaration(declaration);
            }
            Some(init) => self.effect(init.to_expression()),
            None => {}
        }
        let copies = self.carried(declaration);
        let protected = self.protected.len();
        for (symbol, outer) in copies {
            self.protected.push(outer);
            let name = self.name_of(*symbol);
            self.protected.push(name);
        }
        self.protect_declared(declaration);
        let update = Update::For(copies, found.update.as_ref());
        let has_update = !copies.is_empty() || found.update.is_some();
        let target = Target::new(TargetKind::Loop, labels).with_update(has_update.then_some(update));
        self.enter_target(target);
        let mut condition = Ex::TRUE;
        let body = self.nested(|lowerer| {
            lowerer.fresh_round(copies);
            if let Some(test) = &found.test {
                let test = lowerer.condition(test);
                if lowerer.out.is_empty() {
                    condition = test;
                } else {
                    lowerer.leave_unless(test);
                }
            }
            let mark = lowerer.out.len();
            lowerer.loop_body(&found.body);
            let ends = ends_in_jump(&lowerer.out[mark..]);
            lowerer.wrap_locals(mark, found.update.as_ref());
            if !ends {
                lowerer.position = found.update.as_ref().map_or(u32::MAX, |update| update.span().start);
                lowerer.loop_update(update);
            }
        });
        self.protected.truncate(protected);
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::While(condition, body));
        self.after_jumps(&jumps);
    }

    /// Names declared in the body do not hide the loop's variables: they get other names (see `protected`).
    fn protect_declared(&mut self, declaration: Option<&'a VariableDeclaration<'a>>) {
        let Some(declaration) = declaration else { return };
        for declarator in &declaration.declarations {
            if let BindingPattern::BindingIdentifier(name) = &declarator.id
                && let Some(symbol) = name.symbol_id.get()
            {
                let name = self.name_of(symbol);
                self.protected.push(name);
            }
        }
    }

    /// Keeps the statements since `mark` as they are; a place for scoping the body when it must not leak.
    fn wrap_locals(&mut self, mark: usize, update: Option<&'a Expression<'a>>) {
        let body = &self.out[mark..];
        let declares = body
            .iter()
            .any(|statement| matches!(statement.kind, StmtKind::Local(..) | StmtKind::LocalFunction(..)));
        let calls = update.is_some_and(|update| !matches!(update, Expression::UpdateExpression(_)));
        if declares && calls {
            let body: Vec<_> = self.out.drain(mark..).collect();
            let body = self.alloc.alloc_slice_copy(&body);
            self.emit(StmtKind::Do(body));
        }
    }

    /// `let` variables of a `for` that closures keep: each round has its own, carried over by another local.
    fn carried(&mut self, declaration: Option<&'a VariableDeclaration<'a>>) -> &'a [(SymbolId, &'a str)] {
        let Some(declaration) = declaration.filter(|found| found.kind == VariableDeclarationKind::Let) else {
            return &[];
        };
        let mut symbols = Vec::new();
        for declarator in &declaration.declarations {
            bound_symbols(&declarator.id, &mut symbols);
        }
        symbols.retain(|symbol| {
            let facts = self.facts.symbol(*symbol);
            facts.captured && facts.rewritten > 0
        });
        let mut copies = Vec::new();
        for symbol in symbols {
            let outer = self.name_of(symbol);
            let inner = self.unique(&format!("{outer}_now"));
            self.names[symbol.index()] = Some(inner);
            copies.push((symbol, outer));
        }
        self.alloc.alloc_slice_copy(&copies)
    }

    fn fresh_round(&mut self, copies: &[(SymbolId, &'a str)]) {
        for (symbol, outer) in copies {
            let name = self.name_of(*symbol);
            self.emit_local(name, Some(Ex::fixed(outer, Types::ANY)));
        }
    }

    /// `for (let i = 0; i < 10; i++)` with constant bounds is Luau's own counting loop.
    fn counting_loop(&mut self, found: &'a ForStatement<'a>, labels: &[&'a str]) -> bool {
        let Some((symbol, from, to)) = self.counting_bounds(found) else { return false };
        let start = self.position;
        let name = self.name_of(symbol);
        self.bindings[symbol.index()] = Binding::Declared;
        self.enter_target(Target::new(TargetKind::Loop, labels));
        let body = self.nested(|lowerer| lowerer.loop_body(&found.body));
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::NumericFor(name, self.alloc.alloc([from, to]), body));
        self.after_jumps(&jumps);
        true
    }

    fn counting_bounds(&mut self, found: &'a ForStatement<'a>) -> Option<(SymbolId, Ex<'a>, Ex<'a>)> {
        let Some(ForStatementInit::VariableDeclaration(declaration)) = &found.init else { return None };
        let [declarator] = declaration.declarations.as_slice() else { return None };
        let BindingPattern::BindingIdentifier(name) = &declarator.id else { return None };
        let symbol = name.symbol_id.get()?;
        let Some(Expression::NumericLiteral(first)) = &declarator.init else { return None };
        let Some(Expression::UpdateExpression(update)) = &found.update else { return None };
        let SimpleAssignmentTarget::AssignmentTargetIdentifier(counted) = &update.argument else {
            return None;
        };
        let Some(Expression::BinaryExpression(test)) = &found.test else { return None };
        let only_counted = self.facts.symbol(symbol).rewritten == 1
            && self.symbol_of(counted) == Some(symbol)
            && update.operator == UpdateOperator::Increment;
        if declaration.kind != VariableDeclarationKind::Let || first.value.fract() != 0.0 || !only_counted {
            return None;
        }
        let last = self.counting_end(test, symbol)?;
        Some((symbol, self.number(first.value), self.number(last)))
    }

    fn counting_end(&self, test: &'a BinaryExpression<'a>, symbol: SymbolId) -> Option<f64> {
        let (Expression::Identifier(left), Expression::NumericLiteral(bound)) = (&test.left, &test.right)
        else {
            return None;
        };
        if self.symbol_of(left) != Some(symbol) || bound.value.fract() != 0.0 {
            return None;
        }
        match test.operator {
            BinaryOperator::LessThan => Some(bound.value - 1.0),
            BinaryOperator::LessEqualThan => Some(bound.value),
            _ => None,
        }
    }

    // ---- for … in, for … of ----

    pub(super) fn for_in_statement(&mut self, found: &'a ForInStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        self.loop_end = found.span.end;
        self.annex_b_initializer(&found.left);
        let object = self.loop_subject(&found.left, &found.right);
        let iterator = self.helper("keys_in", &[object], Types::OBJECT);
        self.generic_loop(&found.left, &found.body, iterator, labels, start, Types::STRING);
    }

    /// `for (var k = 1 in o)`: an initializer that only sloppy `var` may have.
    fn annex_b_initializer(&mut self, left: &'a ForStatementLeft<'a>) {
        if let ForStatementLeft::VariableDeclaration(declaration) = left
            && declaration.kind == VariableDeclarationKind::Var
            && declaration.declarations.iter().any(|declarator| declarator.init.is_some())
        {
            self.variable_declaration(declaration);
        }
    }

    pub(super) fn for_of_statement(&mut self, found: &'a ForOfStatement<'a>, labels: &[&'a str]) {
        let start = self.position;
        let items = self.loop_subject(&found.left, &found.right);
        self.loop_end = found.span.end;
        self.position = start;
        if !found.r#await {
            // tried as the plain form first: a jump out of the loop needs the iterator at hand
            if !super::attempt::leaves_early(&found.body, labels) {
                let iterator = self.helper("of", &[items], Types::OBJECT);
                self.generic_loop(&found.left, &found.body, iterator, labels, start, Types::ANY);
                return;
            }
        }
        let helper = if found.r#await { "iterate_async" } else { "iterate" };
        let made = self.helper(helper, &[items], Types::OBJECT);
        let iterator = self.fresh("iterator");
        self.emit_local(iterator, Some(made));
        let record = Ex::fixed(iterator, Types::OBJECT);
        let step = Ex { types: Types::BOOLEAN, ..self.method_of(record, "step", &[]) };
        self.enter_target(Target::new(TargetKind::Loop, labels).with_iterator(iterator));
        let body = self.nested(|lowerer| {
            let value = lowerer.field(record, "value");
            let head = lowerer.loop_head(&found.left);
            match head {
                Head::Name(name) => lowerer.emit_local(name, Some(value)),
                Head::Value(_) => lowerer.bind_head(&found.left, value),
            }
            lowerer.loop_body(&found.body);
        });
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::While(step, body));
        self.after_jumps(&jumps);
    }

    /// What the loop runs over; the loop's own `let` and `const` variables cannot be used in it.
    fn loop_subject(&mut self, left: &'a ForStatementLeft<'a>, right: &'a Expression<'a>) -> Ex<'a> {
        let mut symbols = Vec::new();
        if let ForStatementLeft::VariableDeclaration(declaration) = left
            && declaration.kind.is_lexical()
        {
            for declarator in &declaration.declarations {
                bound_symbols(&declarator.id, &mut symbols);
            }
        }
        for symbol in &symbols {
            self.bindings[symbol.index()] = Binding::Checked;
        }
        let value = self.expression(right);
        for symbol in &symbols {
            self.bindings[symbol.index()] = Binding::Unseen;
        }
        value
    }

    fn generic_loop(
        &mut self,
        left: &'a ForStatementLeft<'a>,
        body: &'a Statement<'a>,
        iterator: Ex<'a>,
        labels: &[&'a str],
        start: u32,
        types: Types,
    ) {
        self.enter_target(Target::new(TargetKind::Loop, labels));
        let mut variable = "";
        let body = self.nested(|lowerer| {
            match lowerer.loop_head(left) {
                Head::Name(name) => variable = name,
                Head::Value(name) => {
                    variable = name;
                    lowerer.bind_head(left, Ex::fixed(name, types));
                }
            }
            lowerer.loop_body(body);
        });
        let jumps = self.leave_target();
        self.position = start;
        self.before_jumps(&jumps);
        self.emit(StmtKind::GenericFor(self.underscore, variable, self.boxed(iterator), body));
        self.after_jumps(&jumps);
    }

    fn loop_head(&mut self, left: &'a ForStatementLeft<'a>) -> Head<'a> {
        if let ForStatementLeft::VariableDeclaration(declaration) = left
            && let [declarator] = declaration.declarations.as_slice()
            && let BindingPattern::BindingIdentifier(name) = &declarator.id
            && let Some(symbol) = name.symbol_id.get()
            && self.bindings[symbol.index()] == Binding::Unseen
            && (declaration.kind.is_lexical() || self.var_stays_inside(symbol))
        {
            self.check_declaration_kind(declaration.kind, declaration.span);
            self.bindings[symbol.index()] = Binding::Declared;
            return Head::Name(self.name_of(symbol));
        }
        Head::Value(self.fresh("item"))
    }

    /// A `var` of a loop head that nothing outside of the loop uses.
    fn var_stays_inside(&self, symbol: SymbolId) -> bool {
        let facts = self.facts.symbol(symbol);
        facts.declarations == 1
            && !facts.captured
            && facts.rewritten == 0
            && !self.is_script_global(symbol)
            && facts.first_use >= facts.declared_at
            && facts.last_use < self.loop_end
    }

    fn bind_head(&mut self, left: &'a ForStatementLeft<'a>, value: Ex<'a>) {
        match left {
            ForStatementLeft::VariableDeclaration(declaration) => {
                self.check_declaration_kind(declaration.kind, declaration.span);
                if let [declarator] = declaration.declarations.as_slice() {
                    // a `var` that is used behind the loop cannot be a local of its body
                    let outer_end = std::mem::replace(&mut self.block_end, self.loop_end);
                    self.bind_declared(&declarator.id, value, declaration.kind);
                    self.block_end = outer_end;
                }
            }
            other => self.assign_target(other.to_assignment_target(), value),
        }
    }
}

/// The block cannot be left at its end.
pub(super) fn ends_in_jump(body: Block<'_>) -> bool {
    let last = body.iter().rev().find(|statement| {
        !matches!(statement.kind, StmtKind::Remark(_) | StmtKind::Trailing(_) | StmtKind::Blank)
    });
    last.is_some_and(|last| match last.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::Do(inner) => ends_in_jump(inner),
        _ => false,
    })
}

/// All variables of a pattern.
pub(super) fn bound_symbols(pattern: &BindingPattern<'_>, symbols: &mut Vec<SymbolId>) {
    match pattern {
        BindingPattern::BindingIdentifier(name) => symbols.extend(name.symbol_id.get()),
        BindingPattern::ObjectPattern(object) => {
            for property in &object.properties {
                bound_symbols(&property.value, symbols);
            }
            if let Some(rest) = &object.rest {
                bound_symbols(&rest.argument, symbols);
            }
        }
        BindingPattern::ArrayPattern(array) => {
            for element in array.elements.iter().flatten() {
                bound_symbols(element, symbols);
            }
            if let Some(rest) = &array.rest {
                bound_symbols(&rest.argument, symbols);
            }
        }
        BindingPattern::AssignmentPattern(assignment) => bound_symbols(&assignment.left, symbols),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_ends_in_a_comment_after_break_ends_in_a_jump() {
        let body = [crate::ir::Stmt { kind: StmtKind::Break, start: 0 }];
        assert!(ends_in_jump(&body));
        assert!(!ends_in_jump(&[]));
    }
}
