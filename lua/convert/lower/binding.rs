//! Declarations of variables, and binding of patterns in declarations and parameters.

use oxc_ast::ast::{
    ArrayPattern, BindingPattern, Expression, ObjectPattern, VariableDeclaration, VariableDeclarationKind,
    VariableDeclarator,
};
use oxc_span::GetSpan;
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::function::Place;
use super::{Binding, Lowerer};
use crate::ir::{Ex, Kind, Op, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn variable_declaration(&mut self, declaration: &'a VariableDeclaration<'a>) {
        self.check_declaration_kind(declaration.kind, declaration.span);
        for declarator in &declaration.declarations {
            self.leading_inside(declarator);
            self.declarator(declarator, declaration.kind);
        }
    }

    /// Comments between the declarators of one declaration.
    fn leading_inside(&mut self, declarator: &VariableDeclarator<'a>) {
        let before =
            self.comments.get(self.next_comment).is_some_and(|next| next.span.start < declarator.span.start);
        if before {
            self.leading_comments(declarator.span.start);
        }
    }

    fn declarator(&mut self, declarator: &'a VariableDeclarator<'a>, kind: VariableDeclarationKind) {
        let BindingPattern::BindingIdentifier(name) = &declarator.id else {
            if let Some(init) = &declarator.init {
                let start = self.position;
                let value = self.expression(init);
                self.position = start;
                self.bind_declared(&declarator.id, value, kind);
            }
            return;
        };
        let Some(symbol) = name.symbol_id.get() else { return };
        let Some(init) = &declarator.init else {
            self.declare_unset(symbol, kind, declarator.span.start);
            return;
        };
        if self.bindings[symbol.index()] == Binding::Unseen
            && self.stays_in_place(symbol, kind, true)
            && self.local_function(symbol, init)
        {
            return;
        }
        let start = self.position;
        let fresh =
            self.bindings[symbol.index()] == Binding::Unseen && self.stays_in_place(symbol, kind, true);
        let own = fresh && self.refers_to_itself(symbol, init);
        if own {
            self.declare(symbol, None, kind, true);
        }
        let destination = (fresh && !own && is_choice(init)).then(|| self.name_of(symbol));
        self.destination = destination;
        let value = self.named_value(init, name.name.as_str(), Place::Anonymous);
        self.destination = None;
        self.position = start;
        if let (Some(name), Kind::Name(found, None)) = (destination, value.kind)
            && std::ptr::eq(name, found)
        {
            self.bindings[symbol.index()] = Binding::Declared;
            return;
        }
        self.declare(symbol, Some(value), kind, true);
    }

    /// The local that takes the outcome of a choice: the variable being declared, or a new one.
    pub(super) fn result_local(&mut self, destination: Option<&'a str>) -> &'a str {
        match destination {
            Some(name) => name,
            None => self.fresh("result"),
        }
    }

    /// The initializer holds a function that uses the variable itself.
    fn refers_to_itself(&self, symbol: SymbolId, init: &Expression<'a>) -> bool {
        let span = init.span();
        let facts = self.facts.symbol(symbol);
        facts.first_use < span.end && facts.last_use >= span.start
    }

    fn declare_unset(&mut self, symbol: SymbolId, kind: VariableDeclarationKind, start: u32) {
        let _ = start;
        if kind == VariableDeclarationKind::Var {
            if self.bindings[symbol.index()] == Binding::Unseen && !self.is_script_global(symbol) {
                self.declare(symbol, None, kind, false);
            }
            return;
        }
        let value = (self.bindings[symbol.index()] != Binding::Unseen).then_some(Ex::NIL);
        self.declare(symbol, value, kind, false);
    }

    /// The variable can be declared where its declaration stands.
    pub(super) fn stays_in_place(&self, symbol: SymbolId, kind: VariableDeclarationKind, set: bool) -> bool {
        if kind != VariableDeclarationKind::Var {
            return true;
        }
        let facts = self.facts.symbol(symbol);
        let alone = facts.declarations == 1 && !self.is_script_global(symbol) && !self.is_spilled(symbol);
        let inside =
            facts.uses == 0 || (facts.first_use >= facts.declared_at && facts.last_use < self.block_end);
        let loops = facts.in_loop && (facts.captured || !set);
        alone && inside && !loops && self.facts.early(self.scoping, symbol) == crate::facts::Early::Never
    }

    /// Declares or assigns a variable at its declaration.
    pub(super) fn declare(
        &mut self,
        symbol: SymbolId,
        value: Option<Ex<'a>>,
        kind: VariableDeclarationKind,
        set: bool,
    ) {
        if self.bindings[symbol.index()] == Binding::Unseen {
            if self.stays_in_place(symbol, kind, set) {
                self.bindings[symbol.index()] = Binding::Declared;
                let name = self.name_of(symbol);
                self.emit_local(name, value);
                return;
            }
            self.hoist(symbol);
        }
        if let Some(value) = value {
            self.assign_variable(symbol, value);
        }
    }

    /// Declares a `var` at the top of its function.
    pub(super) fn hoist(&mut self, symbol: SymbolId) {
        self.bindings[symbol.index()] = Binding::Declared;
        if !self.is_script_global(symbol)
            && let Some(function) = self.functions.last_mut()
        {
            function.hoisted.push(symbol);
        }
    }

    /// Emits `variable = value`.
    pub(super) fn assign_variable(&mut self, symbol: SymbolId, value: Ex<'a>) {
        if self.is_script_global(symbol) {
            self.assign_script_global(symbol, value);
            return;
        }
        let mut target = self.variable(symbol);
        target.effect = Effect::Read;
        self.emit(StmtKind::Assign(target, value));
    }

    fn assign_script_global(&mut self, symbol: SymbolId, value: Ex<'a>) {
        let target = self.variable(symbol);
        if let Kind::Name(..) = target.kind {
            self.emit(StmtKind::Assign(target, value));
            return;
        }
        let key = Ex::string(self.text(self.scoping.symbol_name(symbol)));
        let set = self.helper("set_global", &[key, value], Types::ANY);
        self.emit(StmtKind::Call(set));
    }

    /// Binds a `let`-like pattern: a parameter or the parameter of `catch`.
    pub(super) fn bind_lexical(&mut self, pattern: &'a BindingPattern<'a>, value: Ex<'a>) {
        self.bind_declared(pattern, value, VariableDeclarationKind::Let);
    }

    /// Binds a pattern of a declaration.
    pub(super) fn bind_declared(
        &mut self,
        pattern: &'a BindingPattern<'a>,
        value: Ex<'a>,
        kind: VariableDeclarationKind,
    ) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                if let Some(symbol) = name.symbol_id.get() {
                    self.declare(symbol, Some(value), kind, true);
                }
            }
            BindingPattern::AssignmentPattern(found) => {
                let name = pattern_name(&found.left);
                if let BindingPattern::BindingIdentifier(name) = &found.left
                    && let Some(symbol) = name.symbol_id.get()
                    && self.bindings[symbol.index()] != Binding::Checked
                    && self.bindings[symbol.index()] != Binding::Guarded
                    && !self.is_script_global(symbol)
                {
                    self.declare(symbol, Some(value), kind, true);
                    self.default_in_place(symbol, &found.right, name.name.as_str());
                    return;
                }
                let value = self.with_default(value, &found.right, name);
                self.bind_declared(&found.left, value, kind);
            }
            BindingPattern::ObjectPattern(object) => self.bind_object(object, value, kind),
            BindingPattern::ArrayPattern(array) => self.bind_array(array, value, kind),
        }
    }

    /// `if x == nil then x = default end`
    pub(super) fn default_in_place(&mut self, symbol: SymbolId, default: &'a Expression<'a>, name: &'a str) {
        let variable = self.variable(symbol);
        let test = self.is_nil(variable);
        let body = self.nested(|lowerer| {
            let value = lowerer.named_value(default, name, Place::Anonymous);
            lowerer.assign_variable(symbol, value);
        });
        self.emit_if(test, body, None);
    }

    pub(super) fn is_nil(&self, value: Ex<'a>) -> Ex<'a> {
        let kind = Kind::Binary(Op::Equal, self.boxed(value), self.boxed(Ex::NIL));
        Ex::new(kind, Types::BOOLEAN, value.effect)
    }

    /// The value, or the default when it is undefined.
    pub(super) fn with_default(
        &mut self,
        value: Ex<'a>,
        default: &'a Expression<'a>,
        name: Option<&'a str>,
    ) -> Ex<'a> {
        let kept = self.store(value, "value");
        let test = self.is_nil(kept);
        let body = self.nested(|lowerer| {
            let value = match name {
                Some(name) => lowerer.named_value(default, name, Place::Anonymous),
                None => lowerer.expression(default),
            };
            lowerer.emit(StmtKind::Assign(kept, value));
        });
        self.emit_if(test, body, None);
        Ex { types: Types::ANY, ..kept }
    }

    fn bind_object(&mut self, object: &'a ObjectPattern<'a>, value: Ex<'a>, kind: VariableDeclarationKind) {
        let single = object.properties.len() == 1 && object.rest.is_none();
        let source = if single && !object.properties[0].computed && !has_default(&object.properties[0].value)
        {
            value
        } else {
            self.settled_fixed(value, "object")
        };
        if Self::needs_object_check(object.properties.first().is_some_and(|first| !first.computed)) {
            let check = self.helper("require_object", &[source], Types::ANY);
            self.emit(StmtKind::Call(check));
        }
        let mut seen = Vec::new();
        for property in &object.properties {
            let keep = object.rest.is_some();
            let (value, key) = self.pattern_member(source, &property.key, property.computed, keep);
            seen.push(key);
            self.bind_declared(&property.value, value, kind);
        }
        if let Some(rest) = &object.rest {
            let value = self.object_rest(source, &seen);
            self.bind_declared(&rest.argument, value, kind);
        }
    }

    fn bind_array(&mut self, array: &'a ArrayPattern<'a>, value: Ex<'a>, kind: VariableDeclarationKind) {
        if self.unpack(array, value, kind) {
            return;
        }
        let iterator = self.helper("iterate", &[value], Types::OBJECT);
        let iterator = self.store(iterator, "iterator");
        for element in &array.elements {
            let next = self.iterator_call(iterator, "next_value");
            match element {
                Some(pattern) => self.bind_declared(pattern, next, kind),
                None => self.emit(StmtKind::Call(next)),
            }
        }
        if let Some(rest) = &array.rest {
            let value = self.iterator_call(iterator, "rest");
            self.bind_declared(&rest.argument, value, kind);
        } else {
            let close = self.iterator_call(iterator, "close");
            self.emit(StmtKind::Call(close));
        }
    }

    /// `local a, b = js.unpack(value, 2)` when only new variables are bound.
    fn unpack(&mut self, array: &'a ArrayPattern<'a>, value: Ex<'a>, kind: VariableDeclarationKind) -> bool {
        let mut symbols = Vec::new();
        for element in &array.elements {
            let Some(BindingPattern::BindingIdentifier(name)) = element else { return false };
            let Some(symbol) = name.symbol_id.get() else { return false };
            let fresh =
                self.bindings[symbol.index()] == Binding::Unseen && self.stays_in_place(symbol, kind, true);
            if !fresh || self.is_spilled(symbol) {
                return false;
            }
            symbols.push(symbol);
        }
        if symbols.is_empty() || array.rest.is_some() || symbols.len() > 20 {
            return false;
        }
        let count = self.number(symbols.len() as f64);
        let values = self.helper("unpack", &[value, count], Types::ANY);
        let mut names = Vec::new();
        for symbol in symbols {
            self.bindings[symbol.index()] = Binding::Declared;
            names.push(self.name_of(symbol));
        }
        self.block_locals += names.len() as u32;
        let names = self.alloc.alloc_slice_copy(&names);
        let values = self.list(&[values]);
        self.emit(StmtKind::Local(names, values));
        true
    }

    /// A parameter or variable that is assigned by name, never as a property.
    pub(super) fn is_plain_variable(&self, symbol: SymbolId) -> bool {
        !self.scoping.symbol_flags(symbol).contains(SymbolFlags::Import) && !self.is_script_global(symbol)
    }
}

fn has_default(pattern: &BindingPattern<'_>) -> bool {
    !matches!(pattern, BindingPattern::BindingIdentifier(_) | BindingPattern::AssignmentPattern(_))
}

pub(super) fn pattern_name<'a>(pattern: &BindingPattern<'a>) -> Option<&'a str> {
    match pattern {
        BindingPattern::BindingIdentifier(name) => Some(name.name.as_str()),
        _ => None,
    }
}

/// The expression becomes statements that assign one of several values.
fn is_choice(init: &Expression<'_>) -> bool {
    matches!(
        init,
        Expression::ConditionalExpression(_)
            | Expression::LogicalExpression(_)
            | Expression::ChainExpression(_)
    )
}
