//! The walk that collects the facts.

use std::cell::Cell;

use oxc_allocator::{Allocator, Vec as ArenaVec};
use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget,
    AssignmentTargetPropertyIdentifier, AwaitExpression, BindingIdentifier, BindingPattern, BlockStatement,
    CallExpression, Class, ClassType, DoWhileStatement, Expression, ForInStatement, ForOfStatement,
    ForStatement, ForStatementLeft, FormalParameter, FormalParameters, Function, IdentifierReference,
    ImportExpression, NewExpression, Program, PropertyDefinition, ReturnStatement, SimpleAssignmentTarget,
    Statement, StaticMemberExpression, SwitchStatement, TaggedTemplateExpression, UnaryExpression,
    UpdateExpression, VariableDeclaration, VariableDeclarationKind, VariableDeclarator, WhileStatement,
    YieldExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::GetSpan;
use oxc_syntax::operator::{AssignmentOperator, UnaryOperator, UpdateOperator};
use oxc_syntax::{
    scope::{ScopeFlags, ScopeId},
    symbol::SymbolId,
};

use super::{Facts, Frame, SymbolFacts, Use, Write};

/// Walks the program once.
pub(crate) fn collect<'a>(program: &'a Program<'a>, scoping: &Scoping, alloc: &'a Allocator) -> Facts<'a> {
    let mut walker = Walker {
        facts: empty_facts(scoping, alloc),
        scoping,
        alloc,
        frame: 0,
        loops: 0,
        depth: 0,
        ready_at: None,
        pending: None,
        kind: VariableDeclarationKind::Let,
        runs_before: None,
    };
    walker.visit_program(program);
    walker.facts
}

fn empty_facts<'a>(scoping: &Scoping, alloc: &'a Allocator) -> Facts<'a> {
    let unseen = (0..scoping.symbols_len()).map(|_| SymbolFacts::unseen(alloc));
    let unused = std::iter::repeat_n(Use { position: 0, frame: 0 }, scoping.references_len());
    let top = Frame::new(0, 0, None, false, false, alloc);
    Facts {
        symbols: ArenaVec::from_iter_in(unseen, &alloc),
        frames: ArenaVec::from_value_in(top, &alloc),
        moves: false,
        uses: ArenaVec::from_iter_in(unused, &alloc),
        frame_of_scope: ArenaVec::from_iter_in(std::iter::repeat_n(0, scoping.scopes_len()), &alloc),
        underscore: false,
        sees_constructors: false,
    }
}

struct Walker<'a, 's> {
    facts: Facts<'a>,
    scoping: &'s Scoping,
    alloc: &'a Allocator,
    frame: u32,
    loops: u32,
    /// Blocks entered inside the current function.
    depth: u32,
    /// End of the declarator around the names being declared.
    ready_at: Option<u32>,
    /// The binding whose initializer is the function visited next.
    pending: Option<SymbolId>,
    kind: VariableDeclarationKind,
    /// Code that stands behind a pattern but runs before it counts as standing here.
    runs_before: Option<u32>,
}

/// What is put aside while a nested function is walked.
struct Saved {
    frame: u32,
    loops: u32,
    depth: u32,
    ready_at: Option<u32>,
    runs_before: Option<u32>,
}

impl<'a> Walker<'a, '_> {
    fn enter_frame(&mut self, start: u32, symbol: Option<SymbolId>, hoisted: bool) -> Saved {
        let start = self.runs_before.unwrap_or(start);
        let saved = Saved {
            frame: self.frame,
            loops: self.loops,
            depth: self.depth,
            ready_at: self.ready_at.take(),
            runs_before: self.runs_before.take(),
        };
        let index = self.facts.frames.len() as u32;
        let frame = Frame::new(self.frame, start, symbol, hoisted, self.loops > 0, self.alloc);
        self.facts.frames.push(frame);
        if let Some(symbol) = symbol {
            let facts = &mut self.facts.symbols[symbol.index()];
            facts.function = Some(index);
            facts.hoisted |= hoisted;
        }
        self.frame = index;
        self.loops = 0;
        self.depth = 0;
        saved
    }

    fn leave_frame(&mut self, saved: Saved) {
        self.frame = saved.frame;
        self.loops = saved.loops;
        self.depth = saved.depth;
        self.ready_at = saved.ready_at;
        self.runs_before = saved.runs_before;
    }

    fn in_loop(&mut self, walk: impl FnOnce(&mut Self)) {
        self.loops += 1;
        self.depth += 1;
        walk(self);
        self.depth -= 1;
        self.loops -= 1;
    }

    fn call(&mut self, end: u32) {
        self.facts.frames[self.frame as usize].calls.push(end);
    }

    fn declare(&mut self, symbol: SymbolId, at: u32, ready_at: u32, opaque: bool) {
        let frame = self.facts.frame_of_scope[self.scoping.symbol_scope_id(symbol).index()];
        self.facts.frames[frame as usize].variables += 1;
        let facts = &mut self.facts.symbols[symbol.index()];
        if facts.declarations == 0 {
            facts.declared_at = at;
            facts.ready_at = ready_at;
            facts.frame = frame;
            facts.in_loop = self.loops > 0;
        } else {
            facts.rewritten += 1;
        }
        facts.declarations = facts.declarations.saturating_add(1);
        facts.opaque |= opaque;
        self.note_underscore(symbol);
    }

    fn note_underscore(&mut self, symbol: SymbolId) {
        if self.scoping.symbol_name(symbol) == "_" {
            self.facts.underscore = true;
        }
    }

    fn target(&mut self, reference: &IdentifierReference<'a>, write: Write<'a>) {
        self.visit_identifier_reference(reference);
        let Some(symbol) = symbol_of(self.scoping, reference) else { return };
        let facts = &mut self.facts.symbols[symbol.index()];
        facts.rewritten += 1;
        facts.written_inside |= facts.frame != self.frame;
        facts.writes.push(write);
    }

    /// The function, and those around it up to `home`, use a variable of `home`.
    fn note_capture(&mut self, home: u32) {
        let mut frame = self.frame;
        while frame != home && frame != 0 {
            let found = &mut self.facts.frames[frame as usize];
            found.captures = true;
            frame = found.parent;
        }
    }

    /// The object of a member expression is not merely read.
    fn not_only_read(&mut self, member: &Expression<'a>) {
        if let Expression::StaticMemberExpression(member) = member {
            self.object_escapes(&member.object);
        }
    }

    fn object_escapes(&mut self, object: &Expression<'a>) {
        if let Expression::Identifier(name) = object
            && let Some(symbol) = symbol_of(self.scoping, name)
        {
            // counts as a use that is not a member read
            self.facts.symbols[symbol.index()].uses += 1;
        }
    }

    fn launcher_parameters(&mut self, parameters: &FormalParameters<'a>) {
        let name = |index: usize| match parameters.items.get(index).map(|item| &item.pattern) {
            Some(BindingPattern::BindingIdentifier(name)) => Some(name),
            _ => None,
        };
        if let (Some(kernel), Some(info)) = (name(0), name(1))
            && kernel.name == "kernel"
            && info.name == "info"
            && let Some(symbol) = info.symbol_id.get()
        {
            self.facts.symbols[symbol.index()].launcher_info = true;
        }
    }

    fn loop_head(&mut self, left: &ForStatementLeft<'a>, write: Write<'a>, right: &Expression<'a>) {
        self.loop_head_names(left, write);
        let outer = self.runs_before;
        self.runs_before = outer.or(Some(left.span().start));
        self.visit_expression(right);
        self.runs_before = outer;
    }

    fn loop_head_names(&mut self, left: &ForStatementLeft<'a>, write: Write<'a>) {
        match left {
            ForStatementLeft::VariableDeclaration(declaration) => {
                self.kind = declaration.kind;
                for declarator in &declaration.declarations {
                    self.visit_binding_pattern(&declarator.id);
                    if let BindingPattern::BindingIdentifier(name) = &declarator.id
                        && let Some(symbol) = name.symbol_id.get()
                    {
                        let facts = &mut self.facts.symbols[symbol.index()];
                        facts.opaque = facts.declarations > 1 || !matches!(write, Write::Key);
                        facts.writes.push(write);
                    }
                }
            }
            other => self.visit_assignment_target(other.to_assignment_target()),
        }
    }
}

fn symbol_of(scoping: &Scoping, reference: &IdentifierReference<'_>) -> Option<SymbolId> {
    scoping.get_reference(reference.reference_id.get()?).symbol_id()
}

impl<'a> Visit<'a> for Walker<'a, '_> {
    fn enter_scope(&mut self, _: ScopeFlags, scope: &Cell<Option<ScopeId>>) {
        if let Some(scope) = scope.get() {
            self.facts.frame_of_scope[scope.index()] = self.frame;
        }
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        let Some(reference) = it.reference_id.get() else { return };
        let position = self.runs_before.unwrap_or(it.span.start);
        self.facts.uses[reference.index()] = Use { position, frame: self.frame };
        let Some(symbol) = self.scoping.get_reference(reference).symbol_id() else {
            match it.name.as_str() {
                "_" => self.facts.underscore = true,
                "Reflect" | "isConstructor" => self.facts.sees_constructors = true,
                _ => {}
            }
            return;
        };
        let facts = &mut self.facts.symbols[symbol.index()];
        facts.first_use = facts.first_use.min(position);
        facts.last_use = facts.last_use.max(it.span.start);
        facts.uses += 1;
        let home = self.facts.frame_of_scope[self.scoping.symbol_scope_id(symbol).index()];
        if self.frame != home {
            facts.captured = true;
            if home != 0 || facts.in_loop {
                self.note_capture(home);
            }
        }
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        if let Some(symbol) = it.symbol_id.get() {
            let ready_at = self.ready_at.unwrap_or(it.span.end);
            self.declare(symbol, it.span.start, ready_at, true);
        }
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        let outer = self.ready_at.replace(it.span.end);
        walk::walk_formal_parameter(self, it);
        self.ready_at = outer;
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        for declarator in &it.declarations {
            self.kind = it.kind;
            self.visit_variable_declarator(declarator);
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let BindingPattern::BindingIdentifier(name) = &it.id {
            let Some(symbol) = name.symbol_id.get() else { return };
            self.declare(symbol, name.span.start, it.span.end, false);
            let unset = it.init.is_none() || (self.kind == VariableDeclarationKind::Var && self.depth > 0);
            if unset {
                self.facts.symbols[symbol.index()].writes.push(Write::Undefined);
            }
            if let Some(init) = &it.init {
                let init_ref = self.alloc(init);
                self.facts.symbols[symbol.index()].writes.push(Write::Value(init_ref));
                if matches!(init, Expression::FunctionExpression(_) | Expression::ArrowFunctionExpression(_))
                {
                    self.pending = Some(symbol);
                }
                self.visit_expression(init);
                self.pending = None;
            }
            return;
        }
        self.visit_binding_pattern(&it.id);
        let outer = self.runs_before;
        self.runs_before = outer.or(Some(it.span.start));
        if let Some(init) = &it.init {
            self.visit_expression(init);
        }
        self.runs_before = outer;
        self.call(it.span.end);
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        let declaration = it.is_declaration();
        let mut symbol = self.pending.take();
        if declaration && let Some(name) = &it.id {
            symbol = name.symbol_id.get();
            if let Some(symbol) = symbol {
                self.declare(symbol, it.span.start, it.span.start, false);
            }
        }
        let saved = self.enter_frame(it.span.start, symbol, declaration);
        let _ = flags;
        self.enter_scope(flags, &it.scope_id);
        if !declaration && let Some(name) = &it.id {
            self.visit_binding_identifier(name);
        }
        self.launcher_parameters_after(&it.params);
        if let Some(body) = &it.body {
            self.visit_function_body(body);
            self.note_end(&body.statements);
        }
        self.leave_frame(saved);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        let symbol = self.pending.take();
        let saved = self.enter_frame(it.span.start, symbol, false);
        self.enter_scope(ScopeFlags::Function, &it.scope_id);
        self.launcher_parameters_after(&it.params);
        self.visit_arrow_function_body(&it.body);
        if let ArrowFunctionBody::FunctionBody(body) = &it.body {
            self.note_end(&body.statements);
        }
        self.leave_frame(saved);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.pending = None;
        if let Some(symbol) = it.id.as_ref().and_then(|name| name.symbol_id.get()) {
            if it.r#type == ClassType::ClassDeclaration {
                self.declare(symbol, it.span.start, it.span.end, false);
                self.facts.symbols[symbol.index()].class = true;
            } else if let Some(scope) = it.scope_id.get() {
                self.facts.frame_of_scope[scope.index()] = self.frame;
                self.declare(symbol, it.span.start, it.span.end, true);
            }
        }
        self.enter_scope(ScopeFlags::StrictMode, &it.scope_id);
        if let Some(heritage) = &it.heritage {
            self.visit_class_heritage(heritage);
        }
        self.visit_class_body(&it.body);
        self.call(it.span.end);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.visit_property_key(&it.key);
        let Some(value) = &it.value else { return };
        self.pending = None;
        if it.r#static {
            self.visit_expression(value);
        } else {
            let saved = self.enter_frame(value.span().start, None, false);
            self.visit_expression(value);
            self.leave_frame(saved);
        }
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        self.pending = None;
        if let AssignmentTarget::AssignmentTargetIdentifier(name) = &it.left {
            let right = self.alloc(&it.right);
            let write = match it.operator {
                AssignmentOperator::Assign => Write::Value(right),
                operator => Write::Compound(operator, right),
            };
            self.target(name, write);
            self.visit_expression(&it.right);
        } else {
            walk::walk_assignment_expression(self, it);
        }
    }

    fn visit_update_expression(&mut self, it: &UpdateExpression<'a>) {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(name) = &it.argument {
            let write = match it.operator {
                UpdateOperator::Increment => Write::Increment,
                UpdateOperator::Decrement => Write::Decrement,
            };
            self.target(name, write);
        } else {
            walk::walk_update_expression(self, it);
        }
    }

    fn visit_simple_assignment_target(&mut self, it: &SimpleAssignmentTarget<'a>) {
        match it {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => self.target(name, Write::Unknown),
            SimpleAssignmentTarget::StaticMemberExpression(member) => {
                self.object_escapes(&member.object);
                walk::walk_simple_assignment_target(self, it);
            }
            _ => walk::walk_simple_assignment_target(self, it),
        }
    }

    fn visit_assignment_target_property_identifier(&mut self, it: &AssignmentTargetPropertyIdentifier<'a>) {
        self.target(&it.binding, Write::Unknown);
        if let Some(init) = &it.init {
            self.visit_expression(init);
        }
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if let Expression::Identifier(name) = &it.object
            && let Some(symbol) = symbol_of(self.scoping, name)
        {
            self.facts.symbols[symbol.index()].member_reads += 1;
        }
        if it.property.name == "prototype" {
            self.facts.sees_constructors = true;
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        if it.operator == UnaryOperator::Delete {
            self.not_only_read(&it.argument);
        }
        walk::walk_unary_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.not_only_read(&it.callee);
        if let Expression::Identifier(name) = &it.callee
            && let Some(symbol) = symbol_of(self.scoping, name)
        {
            self.facts.symbols[symbol.index()].calls += 1;
        }
        walk::walk_call_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        walk::walk_new_expression(self, it);
        if let Expression::Identifier(name) = &it.callee
            && symbol_of(self.scoping, name)
                .is_some_and(|symbol| !self.scoping.symbol_flags(symbol).is_class())
        {
            self.facts.sees_constructors = true;
        }
        self.call(it.span.end);
    }

    fn visit_tagged_template_expression(&mut self, it: &TaggedTemplateExpression<'a>) {
        self.not_only_read(&it.tag);
        walk::walk_tagged_template_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        walk::walk_await_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_yield_expression(&mut self, it: &YieldExpression<'a>) {
        walk::walk_yield_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        walk::walk_import_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        let frame = &mut self.facts.frames[self.frame as usize];
        frame.exits.push(it.span.start);
        frame.always_returns &= it.argument.is_some();
        walk::walk_return_statement(self, it);
    }

    fn visit_block_statement(&mut self, it: &BlockStatement<'a>) {
        self.depth += 1;
        walk::walk_block_statement(self, it);
        self.depth -= 1;
    }

    fn visit_switch_statement(&mut self, it: &SwitchStatement<'a>) {
        self.depth += 1;
        walk::walk_switch_statement(self, it);
        self.depth -= 1;
    }

    fn visit_while_statement(&mut self, it: &WhileStatement<'a>) {
        self.in_loop(|walker| walk::walk_while_statement(walker, it));
    }

    fn visit_do_while_statement(&mut self, it: &DoWhileStatement<'a>) {
        self.in_loop(|walker| walk::walk_do_while_statement(walker, it));
    }

    fn visit_for_statement(&mut self, it: &ForStatement<'a>) {
        self.in_loop(|walker| walk::walk_for_statement(walker, it));
    }

    fn visit_for_in_statement(&mut self, it: &ForInStatement<'a>) {
        self.in_loop(|walker| {
            walker.enter_scope(ScopeFlags::empty(), &it.scope_id);
            walker.loop_head(&it.left, Write::Key, &it.right);
            walker.visit_statement(&it.body);
        });
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.in_loop(|walker| {
            walker.enter_scope(ScopeFlags::empty(), &it.scope_id);
            walker.loop_head(&it.left, Write::Unknown, &it.right);
            walker.call(it.right.span().end);
            walker.visit_statement(&it.body);
        });
    }
}

impl<'a> Walker<'a, '_> {
    /// The function ends without `return` unless its last statement is a jump out of it.
    fn note_end(&mut self, body: &[Statement<'a>]) {
        let ends = matches!(body.last(), Some(Statement::ReturnStatement(_) | Statement::ThrowStatement(_)));
        self.facts.frames[self.frame as usize].always_returns &= ends;
    }

    fn launcher_parameters_after(&mut self, parameters: &FormalParameters<'a>) {
        self.visit_formal_parameters(parameters);
        self.launcher_parameters(parameters);
    }
}
