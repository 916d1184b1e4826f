//! Functions: parameters, `this`, `arguments`, hoisted variables, and the wrapping that async functions,
//! generators and names need.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, BindingPattern, Expression, FormalParameter,
    FormalParameters, Function, Statement, VariableDeclarationKind,
};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeId;
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::loops::ends_in_jump;
use super::{Binding, Lowerer};
use crate::ir::{Ex, Func, Kind, Stmt, StmtKind};
use crate::types::{Effect, Types};

/// What kind of function code is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The top of the file.
    Chunk,
    /// `function` declarations and expressions.
    Plain,
    Arrow,
    /// Methods and accessors.
    Method,
    Constructor,
    DerivedConstructor,
    /// Initializer of an instance field.
    Field,
}

/// Where a function value ends up, which decides the name Luau gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Anonymous,
    /// `local function name` or a table key.
    Named(&'a str),
}

/// The state of the function being lowered.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub(super) struct FunctionContext<'a> {
    pub(super) role: Role,
    pub(super) is_async: bool,
    pub(super) is_generator: bool,
    pub(super) strict: bool,
    pub(super) uses_this: bool,
    pub(super) uses_arguments: bool,
    pub(super) uses_new_target: bool,
    pub(super) hoisted: Vec<SymbolId>,
    pub(super) temporaries: u32,
    /// What `this` is called.
    pub(super) this_name: &'a str,
    /// The object whose prototype `super` means.
    pub(super) home: Option<Ex<'a>>,
    /// The class whose constructor this is.
    pub(super) class: Option<&'a str>,
    /// `super(…)` has surely run at the current place.
    pub(super) super_called: bool,
    pub(super) super_calls: u32,
    /// A local that functions inside capture to be told apart, when one does.
    pub(super) own: Option<&'a str>,
    /// The local of the function around it that this function captures for that.
    pub(super) captured: Option<&'a str>,
    /// Blocks around the function's body.
    pub(super) nesting: u32,
}

impl FunctionContext<'_> {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            is_async: false,
            is_generator: false,
            strict: false,
            uses_this: false,
            uses_arguments: false,
            uses_new_target: false,
            hoisted: Vec::new(),
            temporaries: 0,
            this_name: "this",
            home: None,
            class: None,
            super_called: false,
            super_calls: 0,
            own: None,
            captured: None,
            nesting: 0,
        }
    }
}

/// The body of a function or arrow function.
#[derive(Clone, Copy)]
enum Body<'a> {
    Statements(&'a [Statement<'a>]),
    Value(&'a Expression<'a>),
}

/// What functions and arrow functions have in common.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    parameters: &'a FormalParameters<'a>,
    body: Body<'a>,
    is_async: bool,
    is_generator: bool,
    scope: Option<ScopeId>,
    span: Span,
}

impl<'a> Parts<'a> {
    pub(super) fn of_function(function: &'a Function<'a>) -> Self {
        let body = function.body.as_ref().map_or(&[] as &[Statement<'a>], |body| body.statements.as_slice());
        Self {
            parameters: &function.params,
            body: Body::Statements(body),
            is_async: function.r#async,
            is_generator: function.generator,
            scope: function.scope_id.get(),
            span: function.span,
        }
    }

    pub(super) fn of_arrow(function: &'a ArrowFunctionExpression<'a>) -> Self {
        let body = match &function.body {
            ArrowFunctionBody::FunctionBody(body) => Body::Statements(body.statements.as_slice()),
            value => Body::Value(value.to_expression()),
        };
        Self {
            parameters: &function.params,
            body,
            is_async: function.r#async,
            is_generator: false,
            scope: function.scope_id.get(),
            span: function.span,
        }
    }

    /// JavaScript's `length`: parameters before the first with a default.
    pub(super) fn length(&self) -> usize {
        self.parameters
            .items
            .iter()
            .take_while(|item| {
                item.initializer.is_none() && !matches!(item.pattern, BindingPattern::AssignmentPattern(_))
            })
            .count()
    }

    fn has_simple_parameters(&self) -> bool {
        self.parameters.rest.is_none()
            && self.parameters.items.iter().all(|item| {
                item.initializer.is_none() && matches!(item.pattern, BindingPattern::BindingIdentifier(_))
            })
    }
}

impl<'a> Lowerer<'a, '_> {
    // ---- where functions stand ----

    pub(super) fn function_declaration(&mut self, function: &'a Function<'a>) {
        let Some(name) = &function.id else { return };
        let Some(symbol) = name.symbol_id.get() else { return };
        let original = name.name.as_str();
        let start = self.position;
        let parts = Parts::of_function(function);
        let declared = self.bindings[symbol.index()] != Binding::Unseen;
        let outside = self.scoping.symbol_scope_id(symbol) != self.function_scope_of(function);
        if !declared && (outside || self.is_script_global(symbol)) && !self.stays_in_block(symbol) {
            self.hoist(symbol);
        }
        let declared = self.bindings[symbol.index()] != Binding::Unseen;
        let lua_name = self.name_of(symbol);
        let plain = !function.r#async && !function.generator;
        if plain && !lua_name.contains('.') && (lua_name == original || !self.is_script_global(symbol)) {
            if !declared {
                self.bindings[symbol.index()] = Binding::Declared;
            }
            self.identity_free = self.is_only_called(symbol);
            let func = self.function_code(&parts, FunctionContext::new(Role::Plain));
            self.position = start;
            if declared {
                self.emit(StmtKind::NamedFunction(lua_name, func));
            } else {
                self.block_locals += 1;
                self.emit(StmtKind::LocalFunction(lua_name, func));
            }
            self.record_name(symbol, &parts, func, original, lua_name);
            self.note_new_target(symbol, func);
            return;
        }
        let own = self.scoping.get_resolved_reference_ids(symbol).iter().any(|reference| {
            let position = self.facts.uses[reference.index()].position;
            (function.span.start..function.span.end).contains(&position)
        });
        if !declared && own {
            self.declare(symbol, None, VariableDeclarationKind::Let, true);
        }
        let value =
            self.function_value(&parts, FunctionContext::new(Role::Plain), original, Place::Anonymous);
        self.position = start;
        self.declare(symbol, Some(value), VariableDeclarationKind::Let, true);
    }

    /// The scope a function declaration stands in.
    fn function_scope_of(&self, function: &Function<'a>) -> ScopeId {
        let own = function.scope_id.get();
        own.and_then(|own| self.scoping.scope_parent_id(own)).unwrap_or(self.scoping.root_scope_id())
    }

    /// A function in a block that sloppy code could see outside of it, but does not.
    fn stays_in_block(&self, symbol: SymbolId) -> bool {
        let facts = self.facts.symbol(symbol);
        !self.is_script_global(symbol)
            && facts.declarations == 1
            && (facts.uses == 0 || (facts.first_use >= facts.declared_at && facts.last_use < self.block_end))
    }

    /// With names recorded: tells the name and length when Luau would tell others.
    fn record_name(
        &mut self,
        symbol: SymbolId,
        parts: &Parts<'a>,
        func: &Func<'a>,
        original: &'a str,
        lua_name: &str,
    ) {
        let arity = func.parameters.len() - 1;
        if !self.full_names() || (original == lua_name && arity == parts.length()) {
            return;
        }
        let function = self.variable(symbol);
        let length = self.number(parts.length() as f64);
        let call = self.helper("fn", &[function, Ex::string(original), length], Types::OBJECT);
        self.emit(StmtKind::Call(call));
    }

    /// Functions that use `new.target` are registered.
    fn note_new_target(&mut self, symbol: SymbolId, func: &Func<'a>) {
        if Self::last_used_new_target(func) {
            let function = self.variable(symbol);
            let call = self.helper("uses_new_target", &[function], Types::OBJECT);
            self.emit(StmtKind::Call(call));
        }
    }

    /// `const f = function …` or `=> …` as `local function f`.
    pub(super) fn local_function(&mut self, symbol: SymbolId, init: &'a Expression<'a>) -> bool {
        let (parts, role) = match init {
            Expression::ArrowFunctionExpression(arrow) => (Parts::of_arrow(arrow), Role::Arrow),
            Expression::FunctionExpression(function) if function.id.is_none() => {
                (Parts::of_function(function), Role::Plain)
            }
            _ => return false,
        };
        let name = self.name_of(symbol);
        if parts.is_async || parts.is_generator || name.contains('.') || self.is_script_global(symbol) {
            return false;
        }
        if role == Role::Arrow && self.full_names() && self.facts.sees_constructors {
            return false;
        }
        let start = self.position;
        self.bindings[symbol.index()] = Binding::Declared;
        self.identity_free = self.is_only_called(symbol);
        let func = self.function_code(&parts, FunctionContext::new(role));
        self.position = start;
        self.block_locals += 1;
        self.emit(StmtKind::LocalFunction(name, func));
        self.note_new_target(symbol, func);
        let original = self.text(self.scoping.symbol_name(symbol));
        self.record_name(symbol, &parts, func, original, name);
        true
    }

    pub(super) fn function_expression(
        &mut self,
        function: &'a Function<'a>,
        name: &'a str,
        place: Place<'a>,
    ) -> Ex<'a> {
        let parts = Parts::of_function(function);
        let Some(own) = &function.id else {
            return self.function_value(&parts, FunctionContext::new(Role::Plain), name, place);
        };
        let original = own.name.as_str();
        let Some(symbol) = own.symbol_id.get().filter(|symbol| self.facts.symbol(*symbol).uses > 0) else {
            return self.function_value(
                &parts,
                FunctionContext::new(Role::Plain),
                original,
                Place::Anonymous,
            );
        };
        // the function sees its own name: a local before the statement
        let lua_name = self.name_alone(symbol);
        self.bindings[symbol.index()] = Binding::Declared;
        if !parts.is_async && !parts.is_generator {
            let func = self.function_code(&parts, FunctionContext::new(Role::Plain));
            self.block_locals += 1;
            self.emit(StmtKind::LocalFunction(lua_name, func));
            self.record_name(symbol, &parts, func, original, lua_name);
            self.note_new_target(symbol, func);
            return Ex::fixed(lua_name, Types::OBJECT);
        }
        self.emit_local(lua_name, None);
        let value =
            self.function_value(&parts, FunctionContext::new(Role::Plain), original, Place::Anonymous);
        let target = Ex::fixed(lua_name, Types::OBJECT);
        self.emit(StmtKind::Assign(target, value));
        target
    }

    pub(super) fn arrow_function(
        &mut self,
        arrow: &'a ArrowFunctionExpression<'a>,
        name: &'a str,
        place: Place<'a>,
    ) -> Ex<'a> {
        let parts = Parts::of_arrow(arrow);
        self.function_value(&parts, FunctionContext::new(Role::Arrow), name, place)
    }

    /// A function as a value, wrapped as its kind and name need.
    pub(super) fn function_value(
        &mut self,
        parts: &Parts<'a>,
        context: FunctionContext<'a>,
        name: &'a str,
        place: Place<'a>,
    ) -> Ex<'a> {
        let role = context.role;
        let code = self.function_code(parts, context);
        let mut function = Ex::new(Kind::Function(code), Types::OBJECT, Effect::None);
        if role == Role::Plain && Self::last_used_new_target(code) {
            function =
                Ex { effect: Effect::None, ..self.helper("uses_new_target", &[function], Types::OBJECT) };
        }
        let marks = self.full_names() && self.facts.sees_constructors;
        let wrapped = matches!(function.kind, Kind::Helper(..))
            || (marks && matches!(role, Role::Arrow | Role::Method));
        let luau_name = match place {
            Place::Named(name) if !wrapped => name,
            _ => "",
        };
        let differs = name != luau_name || code.parameters.len() - 1 != parts.length();
        let mut arguments = self.room(&[function], 3);
        let named = self.full_names() && (differs || parts.is_async || parts.is_generator);
        if named {
            arguments.push(Ex::string(name));
            arguments.push(self.number(parts.length() as f64));
        }
        let splits = parts.is_generator && !parts.has_simple_parameters();
        if splits {
            while arguments.len() < 3 {
                arguments.push(Ex::NIL);
            }
            arguments.push(Ex::TRUE);
        }
        let helper = match (parts.is_async, parts.is_generator, role) {
            (true, true, _) => "async_generator",
            (true, false, _) => "async",
            (false, true, _) => "generator",
            (_, _, Role::Arrow) if marks => "arrow",
            (_, _, Role::Method) if marks => "method",
            _ if named => "fn",
            _ => return function,
        };
        Ex::new(Kind::Helper(helper, arguments.into_arena_slice()), Types::OBJECT, Effect::None)
    }

    // ---- the code of a function ----

    /// Lowers parameters and body.
    pub(super) fn function_code(&mut self, parts: &Parts<'a>, context: FunctionContext<'a>) -> &'a Func<'a> {
        self.deeper(
            || parts.span,
            self.empty_function(),
            |lowerer| lowerer.function_code_inside(parts, context),
        )
    }

    fn empty_function(&self) -> &'a Func<'a> {
        self.alloc.alloc(Func {
            parameters: self.alloc.alloc_slice_copy(&["this"]),
            vararg: false,
            body: &[],
        })
    }

    fn function_code_inside(&mut self, parts: &Parts<'a>, mut context: FunctionContext<'a>) -> &'a Func<'a> {
        context.is_async = parts.is_async;
        context.is_generator = parts.is_generator;
        context.captured = self.identity(parts.is_async || parts.is_generator, parts.scope);
        context.nesting = self.nesting;
        context.temporaries = context.temporaries.max(self.temporaries());
        context.strict = parts.scope.is_some_and(|scope| self.scoping.scope_flags(scope).is_strict_mode());
        let targets = std::mem::take(&mut self.targets);
        let protected = std::mem::take(&mut self.protected);
        let empty = self.spare.pop().unwrap_or_default();
        let outer_out = std::mem::replace(&mut self.out, empty);
        let locals = std::mem::replace(&mut self.block_locals, 0);
        let position = self.position;
        let destination = self.destination.take();
        let splits = parts.is_generator && !parts.has_simple_parameters();
        self.functions.push(context);
        let mut names = self.parameters(parts);
        self.declared_arguments(parts);
        let prologue = self.out.len();
        if splits {
            let inner = self.nested(|lowerer| lowerer.function_body(parts, 0));
            let body = self.alloc.alloc(Func { parameters: &[], vararg: false, body: inner });
            let body = Ex::new(Kind::Function(body), Types::OBJECT, Effect::None);
            let values = self.list(&[body]);
            self.position = u32::MAX;
            self.emit(StmtKind::Return(values));
        } else {
            self.function_body(parts, prologue);
        }
        let vararg = self.prologue(parts, &mut names);
        super::drop_dead_code(&mut self.out);
        let body = self.take_statements(outer_out);
        self.functions.pop();
        self.targets = targets;
        self.protected = protected;
        self.block_locals = locals;
        self.position = position;
        self.destination = destination;
        self.alloc.alloc(Func { parameters: names.into_arena_slice(), vararg, body })
    }

    fn function_body(&mut self, parts: &Parts<'a>, at: usize) {
        if let Some(scope) = parts.scope
            && self.facts.frames[self.facts.frame_of(scope) as usize].variables > 100
        {
            self.spill_vars(scope);
        }
        match parts.body {
            Body::Statements(body) => self.statements(body, parts.span.end),
            Body::Value(value) => {
                self.position = value.span().start;
                let value = self.expression(value);
                self.position = parts.span.start.max(self.position);
                self.return_value(Some(value));
            }
        }
        self.finish_constructor();
        let hoisted = self.functions.last_mut().map(|function| std::mem::take(&mut function.hoisted));
        if let Some(hoisted) = hoisted.filter(|hoisted| !hoisted.is_empty()) {
            self.insert_hoisted(at, &hoisted);
        }
    }

    fn finish_constructor(&mut self) {
        let derived = self.functions.last().is_some_and(|function| function.role == Role::DerivedConstructor);
        if derived && !ends_in_jump(&self.out) {
            let this = Ex::fixed("this", Types::ANY);
            let values = self.list(&[this]);
            self.position = u32::MAX;
            self.emit(StmtKind::Return(values));
        }
    }

    /// Binds the parameters; returns the names of Luau's parameters.
    fn parameters(&mut self, parts: &Parts<'a>) -> ArenaVec<'a, &'a str> {
        let mut names = ArenaVec::with_capacity_in(parts.parameters.items.len() + 1, &self.alloc);
        names.push(self.this_parameter());
        let mut defaults_before = false;
        for item in &parts.parameters.items {
            let has_default = item.initializer.is_some();
            let name = match &item.pattern {
                BindingPattern::BindingIdentifier(name) if name.symbol_id.get().is_some() => {
                    let symbol = name.symbol_id.get().unwrap_or(SymbolId::new(0));
                    self.bindings[symbol.index()] =
                        if defaults_before || has_default { Binding::Checked } else { Binding::Declared };
                    self.name_of(symbol)
                }
                _ => self.fresh("argument"),
            };
            defaults_before |= has_default || !matches!(item.pattern, BindingPattern::BindingIdentifier(_));
            names.push(name);
        }
        for (item, name) in parts.parameters.items.iter().zip(names.iter().skip(1)) {
            self.position = item.span.start;
            self.bind_parameter(item, name);
        }
        if let Some(rest) = &parts.parameters.rest {
            self.position = rest.span.start;
            let arguments = self.list(&[Ex::new(Kind::Vararg, Types::ANY, Effect::Read)]);
            let value = Ex::new(Kind::Helper("array", arguments), Types::OBJECT, Effect::Read);
            self.bind_lexical(&rest.rest.argument, value);
        }
        names
    }

    fn bind_parameter(&mut self, item: &'a FormalParameter<'a>, name: &'a str) {
        match (&item.pattern, &item.initializer) {
            (BindingPattern::BindingIdentifier(found), Some(default)) => {
                if let Some(symbol) = found.symbol_id.get() {
                    self.default_in_place(symbol, default, found.name.as_str());
                }
            }
            (BindingPattern::BindingIdentifier(_), None) => {}
            (pattern, Some(default)) => {
                let value = Ex::fixed(name, Types::ANY);
                let test = self.is_nil(value);
                let body = self.nested(|lowerer| {
                    let default = lowerer.expression(default);
                    lowerer.emit(StmtKind::Assign(value, default));
                });
                self.emit_if(test, body, None);
                self.bind_lexical(pattern, value);
            }
            (pattern, None) => self.bind_lexical(pattern, Ex::fixed(name, Types::ANY)),
        }
    }

    /// `var arguments` begins as the arguments object.
    fn declared_arguments(&mut self, parts: &Parts<'a>) {
        let found = parts.scope.and_then(|scope| self.scoping.get_binding(scope, "arguments".into()));
        let Some(symbol) = found else { return };
        let flags = self.scoping.symbol_flags(symbol);
        let is_var = flags.contains(SymbolFlags::FunctionScopedVariable) && !flags.is_function();
        let is_arrow = self.functions.last().is_some_and(|function| function.role == Role::Arrow);
        if is_var && !is_arrow && self.bindings[symbol.index()] == Binding::Unseen && self.arguments_object()
        {
            self.bindings[symbol.index()] = Binding::Declared;
            self.names[symbol.index()] = Some("arguments");
        }
    }

    fn this_parameter(&self) -> &'a str {
        match self.functions.last().map(|function| function.role) {
            Some(Role::Arrow) => {
                if self.facts.underscore {
                    "_this"
                } else {
                    "_"
                }
            }
            Some(Role::DerivedConstructor) => "new_target",
            _ => "this",
        }
    }

    /// What must run before the parameters: `this`, `arguments`, `new.target`. True if the function takes `...`.
    fn prologue(&mut self, parts: &Parts<'a>, names: &mut ArenaVec<'a, &'a str>) -> bool {
        let mut first: Vec<StmtKind<'a>> = self.identity_statements();
        let Some(function) = self.functions.last() else { return false };
        let (role, uses_arguments, uses_this) = (function.role, function.uses_arguments, function.uses_this);
        let (strict, new_target) = (function.strict, function.uses_new_target);
        let this = Ex::fixed("this", Types::ANY);
        if role == Role::DerivedConstructor {
            first.push(StmtKind::Local(self.alloc.alloc_slice_copy(&["this"]), &[]));
        }
        if new_target && role != Role::DerivedConstructor && role != Role::Arrow {
            let value = self.helper("new_target", &[], Types::ANY);
            first.push(StmtKind::Local(self.alloc.alloc_slice_copy(&["new_target"]), self.list(&[value])));
        }
        if uses_this && !strict && matches!(role, Role::Plain | Role::Method) {
            let value = self.helper("sloppy_this", &[this], Types::ANY);
            first.push(StmtKind::Assign(this, value));
        }
        let vararg = uses_arguments || parts.parameters.rest.is_some();
        if uses_arguments {
            let dots = Ex::new(Kind::Vararg, Types::ANY, Effect::Read);
            if names.len() > 1 {
                let locals = self.alloc.alloc_slice_copy(&names[1..]);
                first.push(StmtKind::Local(locals, self.list(&[dots])));
                names.truncate(1);
            }
            let value = self.helper("arguments", &[dots], Types::OBJECT);
            first.push(StmtKind::Local(self.alloc.alloc_slice_copy(&["arguments"]), self.list(&[value])));
            if let Some(rest) = &parts.parameters.rest {
                let _ = rest;
                self.rest_behind(parts.parameters.items.len());
            }
        }
        let statements = first.into_iter().map(|kind| Stmt { kind, start: u32::MAX });
        self.out.splice(0..0, statements);
        vararg
    }
}
