//! Classes.

use std::collections::HashSet;

use oxc_ast::ast::{
    Class, ClassElement, MethodDefinition, MethodDefinitionKind, PropertyDefinition, PropertyKey,
    StaticBlock, VariableDeclarationKind,
};
use oxc_span::GetSpan;
use oxc_syntax::symbol::SymbolId;

use super::function::{FunctionContext, Parts, Place, Role};
use super::{Binding, Lowerer};
use crate::diagnostics::Refusal;
use crate::ir::{Ex, Func, Kind, Stmt, StmtKind};
use crate::types::{Effect, Types};

/// With more members than this, private names are kept in a table: Luau has 200 locals a function.
const MOST_PRIVATE_LOCALS: usize = 60;

/// A method, accessor or field with its key evaluated.
struct Member<'a> {
    element: &'a ClassElement<'a>,
    key: Ex<'a>,
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn class_declaration(&mut self, class: &'a Class<'a>) {
        let Some(name) = &class.id else { return };
        let Some(symbol) = name.symbol_id.get() else { return };
        let start = self.position;
        // closures inside see the class by its own name, unless the outer variable can change
        let steady = self.facts.symbol(symbol).rewritten == 0
            && matches!(self.bindings[symbol.index()], Binding::Unseen | Binding::Declared)
            && !self.module.is_exported(symbol);
        if !steady {
            let local = self.fresh("class");
            let outer = self.names[symbol.index()];
            let state = self.bindings[symbol.index()];
            self.names[symbol.index()] = Some(local);
            self.bindings[symbol.index()] = Binding::Declared;
            self.class_body(class, local, name.name.as_str());
            self.names[symbol.index()] = outer;
            self.bindings[symbol.index()] = state;
            self.position = start;
            self.declare(symbol, Some(Ex::fixed(local, Types::OBJECT)), VariableDeclarationKind::Let, true);
            return;
        }
        let declared = std::mem::replace(&mut self.bindings[symbol.index()], Binding::Declared);
        let local = self.name_of(symbol);
        self.class_body_in(class, local, name.name.as_str(), declared == Binding::Declared);
    }

    pub(super) fn class_expression(&mut self, class: &'a Class<'a>, name: &'a str) -> Ex<'a> {
        let Some((own, symbol)) = class.id.as_ref().and_then(|own| Some((own, own.symbol_id.get()?))) else {
            let local = self.fresh("class");
            self.class_body(class, local, name);
            return Ex::fixed(local, Types::OBJECT);
        };
        let local = self.name_alone(symbol);
        self.bindings[symbol.index()] = Binding::Declared;
        self.class_body(class, local, own.name.as_str());
        Ex::fixed(local, Types::OBJECT)
    }

    /// Defines the class in the new local `local`.
    fn class_body(&mut self, class: &'a Class<'a>, local: &'a str, name: &'a str) {
        self.class_body_in(class, local, name, false);
    }

    fn class_body_in(&mut self, class: &'a Class<'a>, local: &'a str, name: &'a str, declared: bool) {
        if !class.decorators.is_empty() {
            self.refuse(Refusal::Decorator, class.span);
        }
        let start = self.position;
        let privates = self.private_names.len();
        self.declare_private_names(class);
        let own = class.id.as_ref().and_then(|name| name.symbol_id.get());
        let parent = class
            .heritage
            .as_ref()
            .map(|heritage| self.before_class(own, |lowerer| lowerer.expression(&heritage.expression)));
        let constructor = self.constructor(class, local, parent.is_some());
        let target = Ex::new(Kind::Name(local, None), Types::OBJECT, Effect::Read);
        let mut arguments = vec![Ex::string(name)];
        let length = constructor_length(class);
        if parent.is_some() || constructor.is_some() {
            arguments.push(parent.unwrap_or(Ex::NIL));
            arguments.push(if parent.is_some() { Ex::TRUE } else { Ex::FALSE });
        }
        if let Some(constructor) = constructor {
            arguments.push(constructor);
            arguments.push(self.number(length as f64));
        }
        let made = self.helper("class", &arguments, Types::OBJECT);
        self.position = start;
        if declared {
            self.emit(StmtKind::Assign(target, made));
        } else if constructor.is_some() {
            self.emit_local(local, None);
            self.emit(StmtKind::Assign(target, made));
        } else {
            self.emit_local(local, Some(made));
        }
        self.members(class, Ex::fixed(local, Types::OBJECT));
        self.private_names.truncate(privates);
        self.position = start;
    }

    /// The parent and the keys are evaluated before the class exists under its name.
    fn before_class(&mut self, own: Option<SymbolId>, evaluate: impl FnOnce(&mut Self) -> Ex<'a>) -> Ex<'a> {
        let Some(own) = own else { return evaluate(self) };
        let state = std::mem::replace(&mut self.bindings[own.index()], Binding::Checked);
        let value = evaluate(self);
        self.bindings[own.index()] = state;
        value
    }

    fn declare_private_names(&mut self, class: &'a Class<'a>) {
        let mut seen: HashSet<&str> = HashSet::new();
        let crowded = class.body.body.len() > MOST_PRIVATE_LOCALS;
        let table = crowded.then(|| {
            let table = self.unique("private_names");
            self.emit_local(table, Some(Ex::new(Kind::Table(&[]), Types::OBJECT, Effect::None)));
            table
        });
        for element in &class.body.body {
            let key = match element {
                ClassElement::MethodDefinition(method) => &method.key,
                ClassElement::PropertyDefinition(field) => &field.key,
                _ => continue,
            };
            let PropertyKey::PrivateIdentifier(name) = key else { continue };
            let source = name.name.as_str();
            if !seen.insert(source) {
                continue;
            }
            let text = Ex::string(self.text(&format!("#{source}")));
            let made = self.helper("private", &[text], Types::SYMBOL);
            let mangled = crate::names::mangle(source);
            let local = if let Some(table) = table {
                let local = self.text(&format!("{table}.{mangled}"));
                self.emit(StmtKind::Assign(Ex::fixed(local, Types::SYMBOL), made));
                local
            } else {
                let local = self.unique(&format!("private_{mangled}"));
                self.emit_local(local, Some(made));
                local
            };
            self.private_names.push((source, local));
        }
    }

    fn constructor(&mut self, class: &'a Class<'a>, local: &'a str, derived: bool) -> Option<Ex<'a>> {
        let method = constructor_of(class)?;
        let role = if derived { Role::DerivedConstructor } else { Role::Constructor };
        let mut context = FunctionContext::new(role);
        context.class = Some(local);
        context.home = Some(self.prototype(local));
        self.skip_comments(method.span.start);
        let code = self.function_code(&Parts::of_function(&method.value), context);
        let function = Ex::new(Kind::Function(code), Types::OBJECT, Effect::None);
        if Self::last_used_new_target(code) {
            return Some(self.helper("uses_new_target", &[function], Types::OBJECT));
        }
        Some(function)
    }

    /// `Class.prototype`, which never changes.
    fn prototype(&self, local: &'a str) -> Ex<'a> {
        Ex { effect: Effect::None, ..self.field(Ex::fixed(local, Types::OBJECT), "prototype") }
    }

    /// Evaluates all keys in order, defines methods and accessors, then static fields and blocks.
    fn members(&mut self, class: &'a Class<'a>, local: Ex<'a>) {
        let own = class.id.as_ref().and_then(|name| name.symbol_id.get());
        let mut members = Vec::new();
        for element in &class.body.body {
            self.leading_comments(element.span().start);
            self.position = element.span().start;
            let key = self.member_key(element, own);
            let member = Member { element, key };
            self.define_member(&member, local);
            self.trailing_comment(element.span().end);
            members.push(member);
        }
        for member in &members {
            self.position = member.element.span().start;
            match member.element {
                ClassElement::PropertyDefinition(field) if field.r#static => {
                    self.static_field(field, member.key, local);
                }
                ClassElement::StaticBlock(block) => self.static_block(block, local),
                _ => {}
            }
        }
    }

    fn member_key(&mut self, element: &'a ClassElement<'a>, own: Option<SymbolId>) -> Ex<'a> {
        let (key, computed, later) = match element {
            ClassElement::MethodDefinition(method) => (&method.key, method.computed, false),
            ClassElement::PropertyDefinition(field) => (&field.key, field.computed, true),
            _ => return Ex::NIL,
        };
        let key = if computed {
            self.before_class(own, |lowerer| lowerer.key_of(key, computed))
        } else {
            self.key_of(key, computed)
        };
        // the key of a field is evaluated with the class, its value later
        if computed && later { self.settled_fixed(key, "key") } else { key }
    }

    fn define_member(&mut self, member: &Member<'a>, local: Ex<'a>) {
        match member.element {
            ClassElement::MethodDefinition(method) if method.kind != MethodDefinitionKind::Constructor => {
                self.define_method(method, member.key, local);
            }
            ClassElement::PropertyDefinition(field) => {
                if !field.decorators.is_empty() {
                    self.refuse(Refusal::Decorator, field.span);
                }
                if !field.r#static {
                    self.instance_field(field, member.key, local);
                }
            }
            ClassElement::AccessorProperty(field) => {
                self.refuse(Refusal::AutoAccessor, field.span);
            }
            ClassElement::TSIndexSignature(found) => {
                self.refuse(Refusal::TypeScript, found.span);
            }
            ClassElement::MethodDefinition(_) | ClassElement::StaticBlock(_) => {}
        }
    }

    fn define_method(&mut self, method: &'a MethodDefinition<'a>, key: Ex<'a>, local: Ex<'a>) {
        if !method.decorators.is_empty() {
            self.refuse(Refusal::Decorator, method.span);
        }
        let mut context = FunctionContext::new(Role::Method);
        let class_name = match local.kind {
            Kind::Name(name, _) => name,
            _ => "",
        };
        context.home = Some(if method.r#static { local } else { self.prototype(class_name) });
        let private = matches!(method.key, PropertyKey::PrivateIdentifier(_));
        let text = method_name(&method.key, key);
        let name = match method.kind {
            MethodDefinitionKind::Get if !text.is_empty() => self.text(&format!("get {text}")),
            MethodDefinitionKind::Set if !text.is_empty() => self.text(&format!("set {text}")),
            _ => self.text(&text),
        };
        let value = self.function_value(&Parts::of_function(&method.value), context, name, Place::Anonymous);
        let placed = if method.r#static { Ex::TRUE } else { Ex::FALSE };
        let call = match (private, method.kind) {
            (true, MethodDefinitionKind::Get) => {
                self.helper("private_accessor", &[local, placed, key, value], Types::ANY)
            }
            (true, MethodDefinitionKind::Set) => {
                self.helper("private_accessor", &[local, placed, key, Ex::NIL, value], Types::ANY)
            }
            (true, _) => self.helper("private_method", &[local, placed, key, value], Types::ANY),
            (false, MethodDefinitionKind::Get) => {
                self.helper("class_getter", &[local, placed, key, value], Types::ANY)
            }
            (false, MethodDefinitionKind::Set) => {
                self.helper("class_setter", &[local, placed, key, value], Types::ANY)
            }
            (false, _) => self.helper("class_method", &[local, placed, key, value], Types::ANY),
        };
        self.emit(StmtKind::Call(call));
    }

    /// `js.class_field(C, key, function(this) return value end)`
    fn instance_field(&mut self, field: &'a PropertyDefinition<'a>, key: Ex<'a>, local: Ex<'a>) {
        let mut arguments = vec![local, key];
        if let Some(value) = &field.value {
            let mut context = FunctionContext::new(Role::Field);
            context.temporaries = self.temporaries();
            context.home = Some(match local.kind {
                Kind::Name(name, _) => self.prototype(name),
                _ => local,
            });
            let name = field_name(&field.key, key);
            let targets = std::mem::take(&mut self.targets);
            self.functions.push(context);
            let body = self.nested(|lowerer| {
                let value = lowerer.named_value(value, name, Place::Anonymous);
                let values = lowerer.list(&[value]);
                lowerer.emit(StmtKind::Return(values));
            });
            self.functions.pop();
            self.targets = targets;
            let parameters = self.alloc.alloc_slice_copy(&["this"]);
            let function = self.alloc.alloc(Func { parameters, vararg: false, body });
            arguments.push(Ex::new(Kind::Function(function), Types::OBJECT, Effect::None));
        }
        let call = self.helper("class_field", &arguments, Types::ANY);
        self.emit(StmtKind::Call(call));
    }

    fn static_context(&mut self, local: Ex<'a>) -> FunctionContext<'a> {
        let mut context = FunctionContext::new(Role::Field);
        context.temporaries = self.temporaries();
        context.home = Some(local);
        if let Kind::Name(name, _) = local.kind {
            context.this_name = name;
        }
        context
    }

    /// Leaves the context of static code, whose temporaries stand beside those of the code around it.
    fn leave_context(&mut self) {
        let made = self.functions.pop().map_or(0, |context| context.temporaries);
        if let Some(outer) = self.functions.last_mut() {
            outer.temporaries = made;
        }
    }

    fn static_field(&mut self, field: &'a PropertyDefinition<'a>, key: Ex<'a>, local: Ex<'a>) {
        let mut arguments = vec![local, key];
        if let Some(value) = &field.value {
            let context = self.static_context(local);
            self.functions.push(context);
            let name = field_name(&field.key, key);
            arguments.push(self.named_value(value, name, Place::Anonymous));
            self.leave_context();
        }
        let call = self.helper("class_static_field", &arguments, Types::ANY);
        self.emit(StmtKind::Call(call));
    }

    fn static_block(&mut self, block: &'a StaticBlock<'a>, local: Ex<'a>) {
        let targets = std::mem::take(&mut self.targets);
        let context = self.static_context(local);
        self.functions.push(context);
        let body = self.nested(|lowerer| {
            lowerer.statements(&block.body, block.span.end);
            let hoisted = lowerer.functions.last_mut().map(|function| std::mem::take(&mut function.hoisted));
            if let Some(hoisted) = hoisted {
                lowerer.insert_hoisted(0, &hoisted);
            }
        });
        self.leave_context();
        self.targets = targets;
        self.out.push(Stmt { kind: StmtKind::Do(body), start: block.span.start });
    }
}

fn constructor_of<'a>(class: &'a Class<'a>) -> Option<&'a MethodDefinition<'a>> {
    class.body.body.iter().find_map(|element| match element {
        ClassElement::MethodDefinition(method)
            if method.kind == MethodDefinitionKind::Constructor && method.value.body.is_some() =>
        {
            Some(&**method)
        }
        _ => None,
    })
}

fn constructor_length<'a>(class: &'a Class<'a>) -> usize {
    constructor_of(class).map_or(0, |method| Parts::of_function(&method.value).length())
}

/// The name a method shows, as far as it is known.
fn method_name(key: &PropertyKey<'_>, value: Ex<'_>) -> String {
    match key {
        PropertyKey::PrivateIdentifier(name) => format!("#{}", name.name),
        _ => match value.kind {
            Kind::Str(text, _) | Kind::Number(text) => text.to_owned(),
            _ => String::new(),
        },
    }
}

fn field_name<'a>(key: &PropertyKey<'a>, value: Ex<'a>) -> &'a str {
    match key {
        PropertyKey::PrivateIdentifier(name) => name.name.as_str(),
        _ => match value.kind {
            Kind::Str(text, _) | Kind::Number(text) => text,
            _ => "",
        },
    }
}
