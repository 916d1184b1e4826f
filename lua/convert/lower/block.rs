//! Statement lists: what must be declared at the top, which functions move up, then one statement after another.

use oxc_ast::ast::{
    BindingPattern, Class, Declaration, ExportDefaultDeclarationKind, Function, Statement,
    VariableDeclaration,
};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeId;
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::loops::bound_symbols;
use super::{Binding, Lowerer};
use crate::facts::Early;
use crate::ir::{Block, Ex, Kind, Stmt, StmtKind};
use crate::types::{Effect, Types};

/// Variables of one function that get Luau locals; further ones live in a table.
const MOST_LOCALS: u32 = 110;

/// From this number of locals in a block on, statements with temporaries get a block of their own.
const CROWDED: u32 = 40;

impl<'a> Lowerer<'a, '_> {
    /// Lowers a list of statements into the current block.
    pub(super) fn statements(&mut self, body: &'a [Statement<'a>], end: u32) {
        let outer_end = std::mem::replace(&mut self.block_end, end);
        let moved = self.open_block(body);
        let mut next = 0;
        for (index, statement) in body.iter().enumerate() {
            while let Some((_, function)) = moved.get(next).filter(|(at, _)| *at == index) {
                self.moved_function(function, body);
                next += 1;
            }
            self.one_statement(statement, &moved);
        }
        self.position = u32::MAX;
        self.leading_comments_in(end);
        self.block_end = outer_end;
    }

    fn leading_comments_in(&mut self, end: u32) {
        let last = self.comments.get(self.next_comment).is_some_and(|comment| comment.span.start < end);
        if last {
            self.leading_comments(end);
            if matches!(self.out.last().map(|last| last.kind), Some(StmtKind::Blank)) {
                self.out.pop();
            }
        }
    }

    /// One statement with the comments around it.
    fn one_statement(&mut self, statement: &'a Statement<'a>, moved: &[(usize, &'a Function<'a>)]) {
        let span = statement.span();
        if let Some(function) = declared_function(statement)
            && moved.iter().any(|(_, other)| std::ptr::eq(*other, function))
        {
            self.skip_comments(span.end);
            let _ = self.comment_behind(span.end);
            return;
        }
        self.leading_comments(span.start);
        self.position = span.start;
        let mark = self.out.len();
        let locals = self.block_locals;
        self.statement(statement);
        if self.block_locals > CROWDED && self.block_locals > locals && !declares(statement) {
            let body: Vec<Stmt<'a>> = self.out.drain(mark..).collect();
            let body = self.alloc.alloc_slice_copy(&body);
            self.position = span.start;
            self.emit(StmtKind::Do(body));
            self.block_locals = locals;
        }
        self.trailing_comment(span.end);
    }

    /// A function whose definition moves up, with its own comments.
    fn moved_function(&mut self, function: &'a Function<'a>, body: &'a [Statement<'a>]) {
        let own = body.partition_point(|statement| statement.span().start < function.span.start);
        let before = own.checked_sub(1).and_then(|index| body.get(index));
        let from = match before {
            Some(before) if before.span().start < function.span.start => before.span().end,
            _ => function.span.start,
        };
        let cursor = self.seek_comments(from);
        self.leading_comments(function.span.start);
        self.position = function.span.start;
        self.function_declaration(function);
        self.next_comment = cursor;
    }

    /// Declares what the block needs at its top. Returns the functions that move, by statement index.
    fn open_block(&mut self, body: &'a [Statement<'a>]) -> Vec<(usize, &'a Function<'a>)> {
        let mut moved = Vec::new();
        let mut forward = Vec::new();
        let functions: Vec<&'a Function<'a>> = body.iter().filter_map(declared_function).collect();
        for function in &functions {
            self.place_function(function, body, &mut moved, &mut forward);
        }
        moved.sort_by_key(|(at, function): &(usize, &Function<'_>)| (*at, function.span.start));
        self.forward_moved(&moved, &mut forward);
        for statement in body {
            self.forward_lexical(statement, &mut forward);
        }
        self.emit_forward(&forward);
        moved
    }

    /// Decides where a function declaration is defined.
    fn place_function(
        &mut self,
        function: &'a Function<'a>,
        body: &'a [Statement<'a>],
        moved: &mut Vec<(usize, &'a Function<'a>)>,
        forward: &mut Vec<(SymbolId, bool)>,
    ) {
        let Some(symbol) = function_symbol(function) else { return };
        let facts = self.facts.symbol(symbol);
        let exported = self.module.is_exported(symbol);
        let unreachable = body
            .iter()
            .take_while(|statement| statement.span().start < function.span.start)
            .find(|statement| is_jump(statement));
        if let Some(jump) = unreachable
            && facts.declarations == 1
            && !exported
            && !self.is_script_global(symbol)
        {
            let at = match self.facts.early(self.scoping, symbol) {
                Early::Never => jump.span().start,
                Early::Captured(at) | Early::Possible(at) => at.min(jump.span().start),
            };
            self.move_up(function, symbol, at, body, moved, forward);
            return;
        }
        if facts.declarations > 1 || exported || self.is_script_global(symbol) {
            moved.push((0, function));
            self.facts.frames[self.frame_of_function(function)].placed_at.set(0);
            if (facts.declarations > 1 || exported)
                && !self.is_script_global(symbol)
                && self.bindings[symbol.index()] == Binding::Unseen
            {
                forward.push((symbol, false));
                self.bindings[symbol.index()] = Binding::Declared;
            }
            return;
        }
        match self.facts.early(self.scoping, symbol) {
            Early::Never if self.is_spilled(symbol) => forward.push((symbol, false)),
            Early::Never => {}
            Early::Captured(at) if self.facts.may_leave(symbol, at, function.span.start) => {
                self.move_up(function, symbol, at, body, moved, forward);
            }
            Early::Captured(_) => forward.push((symbol, false)),
            Early::Possible(at) => self.move_up(function, symbol, at, body, moved, forward),
        }
    }

    /// Moves a function before the statement that contains `at`.
    fn move_up(
        &mut self,
        function: &'a Function<'a>,
        symbol: SymbolId,
        at: u32,
        body: &'a [Statement<'a>],
        moved: &mut Vec<(usize, &'a Function<'a>)>,
        forward: &mut Vec<(SymbolId, bool)>,
    ) {
        let index = body.partition_point(|statement| statement.span().start <= at).saturating_sub(1);
        let target = &body[index];
        if target.span().start < function.span.start {
            moved.push((index, function));
            self.facts.frames[self.frame_of_function(function)].placed_at.set(target.span().start);
        } else {
            forward.push((symbol, false));
        }
    }

    fn frame_of_function(&self, function: &Function<'a>) -> usize {
        function.scope_id.get().map_or(0, |scope| self.facts.frame_of(scope) as usize)
    }

    /// Moved functions that others, defined before them, refer to need their local first.
    fn forward_moved(&mut self, moved: &[(usize, &'a Function<'a>)], forward: &mut Vec<(SymbolId, bool)>) {
        for (_, function) in moved {
            let Some(symbol) = function_symbol(function) else { continue };
            if self.bindings[symbol.index()] != Binding::Unseen || self.is_script_global(symbol) {
                continue;
            }
            let own = self.frame_of_function(function);
            let place = self.facts.frames[own].placed_at.get();
            let references = self.scoping.get_resolved_reference_ids(symbol);
            let needed = references.iter().any(|reference| {
                let mut frame = self.facts.uses[reference.index()].frame as usize;
                let home = self.facts.symbol(symbol).frame as usize;
                let mut child = frame;
                while frame != home && frame != 0 {
                    child = frame;
                    frame = self.facts.frames[frame].parent as usize;
                }
                let other = &self.facts.frames[child];
                let before = (other.placed_at.get(), other.placed_at.get() == other.start, other.start);
                child != home && child != own && before < (place, false, function.span.start)
            });
            if needed {
                forward.push((symbol, false));
            }
        }
    }

    /// Lexical declarations that something may use before they have run.
    fn forward_lexical(&mut self, statement: &'a Statement<'a>, forward: &mut Vec<(SymbolId, bool)>) {
        if let Some(class) = declared_class(statement) {
            if let Some(symbol) = class.id.as_ref().and_then(|name| name.symbol_id.get()) {
                self.forward_symbol(symbol, forward);
            }
        } else if let Some(declaration) = declared_variables(statement)
            && declaration.kind.is_lexical()
        {
            for declarator in &declaration.declarations {
                self.forward_pattern(&declarator.id, forward);
            }
        }
    }

    fn forward_pattern(&mut self, pattern: &BindingPattern<'a>, forward: &mut Vec<(SymbolId, bool)>) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                if let Some(symbol) = name.symbol_id.get() {
                    self.forward_symbol(symbol, forward);
                }
            }
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    self.forward_pattern(&property.value, forward);
                }
                if let Some(rest) = &object.rest {
                    self.forward_pattern(&rest.argument, forward);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.forward_pattern(element, forward);
                }
                if let Some(rest) = &array.rest {
                    self.forward_pattern(&rest.argument, forward);
                }
            }
            BindingPattern::AssignmentPattern(assignment) => self.forward_pattern(&assignment.left, forward),
        }
    }

    fn forward_symbol(&mut self, symbol: SymbolId, forward: &mut Vec<(SymbolId, bool)>) {
        if self.bindings[symbol.index()] != Binding::Unseen {
            return;
        }
        if self.module.is_exported(symbol) {
            forward.push((symbol, true));
            return;
        }
        match self.facts.early(self.scoping, symbol) {
            Early::Never if self.is_spilled(symbol) => forward.push((symbol, false)),
            Early::Never => {}
            Early::Captured(_) => forward.push((symbol, false)),
            Early::Possible(_) => forward.push((symbol, true)),
        }
    }

    /// The function has more variables than Luau allows locals.
    pub(super) fn is_spilled(&self, symbol: SymbolId) -> bool {
        let frame = self.facts.symbol(symbol).frame;
        self.facts.frames[frame as usize].variables > MOST_LOCALS
    }

    /// `local a, b` at the top of a block.
    fn emit_forward(&mut self, forward: &[(SymbolId, bool)]) {
        self.position = u32::MAX;
        let spill = forward.iter().any(|(symbol, _)| self.is_spilled(*symbol));
        let table = spill.then(|| {
            let name = self.unique("locals");
            let empty = Ex::new(Kind::Table(&[]), Types::OBJECT, Effect::None);
            self.emit_local(name, Some(empty));
            name
        });
        let mut plain = Vec::new();
        for (symbol, checked) in forward {
            let state = if *checked { Binding::Checked } else { Binding::Declared };
            self.bindings[symbol.index()] = state;
            let name = match table {
                Some(table) if self.names[symbol.index()].is_none() => self.spilled_name(*symbol, table),
                _ => self.name_of(*symbol),
            };
            if *checked {
                let unset = Ex::new(Kind::HelperValue("TDZ"), Types::ANY, Effect::None);
                if table.is_some() {
                    self.emit(StmtKind::Assign(Ex::fixed(name, Types::ANY), unset));
                } else {
                    self.emit_local(name, Some(unset));
                }
            } else if table.is_none() && !plain.contains(&name) {
                plain.push(name);
            }
        }
        if !plain.is_empty() {
            self.block_locals += plain.len() as u32;
            let names = self.alloc.alloc_slice_copy(&plain);
            self.emit(StmtKind::Local(names, &[]));
        }
    }

    fn spilled_name(&mut self, symbol: SymbolId, table: &str) -> &'a str {
        let name = self.name_of(symbol);
        let name = self.text(&format!("{table}.{name}"));
        self.names[symbol.index()] = Some(name);
        name
    }

    /// A block with a scope of its own.
    pub(super) fn block(&mut self, body: &'a [Statement<'a>], end: u32) -> Block<'a> {
        self.nested(|lowerer| lowerer.statements(body, end))
    }

    /// Declares the `var`s that could not be declared at their place, at index `at` of the current list.
    pub(super) fn insert_hoisted(&mut self, at: usize, hoisted: &[SymbolId]) {
        let mut names: Vec<&'a str> = Vec::new();
        for symbol in hoisted {
            let name = self.name_of(*symbol);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            let names = self.alloc.alloc_slice_copy(&names);
            self.out.insert(at, Stmt { kind: StmtKind::Local(names, &[]), start: u32::MAX });
        }
    }

    /// Puts the `var`s of a function with very many variables into a table.
    pub(super) fn spill_vars(&mut self, scope: ScopeId) {
        let mut symbols: Vec<SymbolId> = self.scoping.get_bindings(scope).values().copied().collect();
        symbols.retain(|symbol| {
            let flags = self.scoping.symbol_flags(*symbol);
            flags.contains(SymbolFlags::FunctionScopedVariable)
                && self.bindings[symbol.index()] == Binding::Unseen
                && self.is_spilled(*symbol)
        });
        symbols.sort_by_key(|symbol| symbol.index());
        let forward: Vec<(SymbolId, bool)> = symbols.into_iter().map(|symbol| (symbol, false)).collect();
        if !forward.is_empty() {
            self.emit_forward(&forward);
        }
    }

    /// All declarations directly in the cases of a `switch` are declared before it.
    pub(super) fn declare_scope(&mut self, body: &[&'a Statement<'a>]) {
        let mut functions = Vec::new();
        let mut variables = Vec::new();
        for statement in body {
            if let Some(symbol) = declared_function(statement).and_then(function_symbol) {
                functions.push((symbol, false));
            } else if let Some(class) = declared_class(statement) {
                variables.extend(class.id.as_ref().and_then(|name| name.symbol_id.get()));
            } else if let Some(found) = declared_variables(statement).filter(|found| found.kind.is_lexical())
            {
                for declarator in &found.declarations {
                    bound_symbols(&declarator.id, &mut variables);
                }
            }
        }
        self.emit_forward(&functions);
        let variables: Vec<(SymbolId, bool)> = variables.into_iter().map(|symbol| (symbol, true)).collect();
        self.emit_forward(&variables);
        for (symbol, _) in variables {
            self.bindings[symbol.index()] = Binding::Guarded;
        }
    }
}

/// The function a statement declares, behind `export` too.
pub(super) fn declared_function<'a>(statement: &'a Statement<'a>) -> Option<&'a Function<'a>> {
    match statement {
        Statement::FunctionDeclaration(function) => Some(function),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::FunctionDeclaration(function) => Some(function),
            _ => None,
        },
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) if function.id.is_some() => {
                Some(function)
            }
            _ => None,
        },
        Statement::LabeledStatement(labeled) => declared_function(&labeled.body),
        _ => None,
    }
}

fn declared_class<'a>(statement: &'a Statement<'a>) -> Option<&'a Class<'a>> {
    match statement {
        Statement::ClassDeclaration(class) => Some(class),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::ClassDeclaration(class) => Some(class),
            _ => None,
        },
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::ClassDeclaration(class) => Some(class),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn declared_variables<'a>(statement: &'a Statement<'a>) -> Option<&'a VariableDeclaration<'a>> {
    match statement {
        Statement::VariableDeclaration(declaration) => Some(declaration),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(declaration) => Some(declaration),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn function_symbol(function: &Function<'_>) -> Option<SymbolId> {
    function.id.as_ref().and_then(|name| name.symbol_id.get())
}

/// The statement declares names that later statements of the block use.
fn declares(statement: &Statement<'_>) -> bool {
    statement.is_declaration()
        || statement.is_module_declaration()
        || matches!(statement, Statement::ForStatement(_) | Statement::LabeledStatement(_))
}

fn is_jump(statement: &Statement<'_>) -> bool {
    matches!(
        statement,
        Statement::ReturnStatement(_)
            | Statement::ThrowStatement(_)
            | Statement::BreakStatement(_)
            | Statement::ContinueStatement(_)
    )
}
