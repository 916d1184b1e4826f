//! Variables: their Luau names, and reading them.

use std::collections::HashMap;

use oxc_ast::ast::IdentifierReference;
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::{Binding, Lowerer};
use crate::Form;
use crate::ir::{Ex, Kind};
use crate::names;
use crate::types::{Effect, Types};

impl<'a, 'f> Lowerer<'a, 'f> {
    /// The name is used by the source or was made up before.
    pub(super) fn is_taken(&mut self, name: &str) -> bool {
        if self.made.contains(name) {
            return true;
        }
        let scoping: &'f oxc_semantic::Scoping = self.scoping;
        let taken = self.taken.get_or_insert_with(|| {
            let unresolved = scoping.root_unresolved_references().keys().map(oxc_ast::ast::Ident::as_str);
            scoping.symbol_names().chain(unresolved).collect()
        });
        taken.contains(name)
    }

    /// A name like `base` that nothing else has.
    pub(super) fn unique(&mut self, base: &str) -> &'a str {
        let mut candidate = base.to_owned();
        let mut number = 1;
        while self.is_taken(&candidate) || names::is_keyword(&candidate) {
            number += 1;
            candidate = format!("{base}_{number}");
        }
        let name = self.text(&candidate);
        self.made.insert(name);
        name
    }

    /// The Luau name of a variable.
    pub(super) fn name_of(&mut self, symbol: SymbolId) -> &'a str {
        if let Some(name) = self.names[symbol.index()] {
            return name;
        }
        let scoping: &'f oxc_semantic::Scoping = self.scoping;
        let original = scoping.symbol_name(symbol);
        let mangled = names::mangle(original);
        let clashes = self.protected.contains(&&*mangled);
        let name = if clashes || (mangled != original && self.is_taken(&mangled)) {
            self.unique(&mangled)
        } else {
            let name = self.text(&mangled);
            if mangled != original {
                self.made.insert(name);
            }
            name
        };
        self.names[symbol.index()] = Some(name);
        name
    }

    /// Gives a variable a name of its own when another variable or global of that name could be meant.
    pub(super) fn name_alone(&mut self, symbol: SymbolId) -> &'a str {
        let scoping: &'f oxc_semantic::Scoping = self.scoping;
        let original = scoping.symbol_name(symbol);
        let counts = self.name_counts.get_or_insert_with(|| {
            let unresolved = scoping.root_unresolved_references().keys().map(oxc_ast::ast::Ident::as_str);
            let mut counts = HashMap::new();
            for name in scoping.symbol_names().chain(unresolved) {
                *counts.entry(name).or_insert(0) += 1;
            }
            counts
        });
        let shared = counts.get(original).is_some_and(|count| *count > 1);
        if shared && self.names[symbol.index()].is_none() {
            let name = self.unique(&names::mangle(original));
            self.names[symbol.index()] = Some(name);
        }
        self.name_of(symbol)
    }

    pub(super) fn symbol_of(&self, reference: &IdentifierReference<'a>) -> Option<SymbolId> {
        self.scoping.get_reference(reference.reference_id.get()?).symbol_id()
    }

    /// Reads a variable.
    pub(super) fn identifier(&mut self, reference: &IdentifierReference<'a>) -> Ex<'a> {
        let Some(symbol) = self.symbol_of(reference) else {
            return self.global(reference.name.as_str());
        };
        if let Some(import) = self.module.import_of(symbol) {
            return import;
        }
        let value = self.variable(symbol);
        match self.bindings[symbol.index()] {
            Binding::Unseen | Binding::Declared => value,
            Binding::Checked => self.checked(reference, symbol, value),
            Binding::Guarded => self.guarded(reference, value),
        }
    }

    /// A read that may come before the declaration has run.
    fn checked(&mut self, reference: &IdentifierReference<'a>, symbol: SymbolId, value: Ex<'a>) -> Ex<'a> {
        let Some(id) = reference.reference_id.get() else { return value };
        let found = self.facts.uses[id.index()];
        let name = Ex::string(self.text(reference.name.as_str()));
        if self.facts.use_is_too_early(found.frame, found.position, symbol) {
            return self.helper("tdz_error", &[name], Types::ANY);
        }
        if !self.facts.use_is_early(found.frame, found.position, symbol) {
            return value;
        }
        self.guarded(reference, value)
    }

    fn guarded(&self, reference: &IdentifierReference<'a>, value: Ex<'a>) -> Ex<'a> {
        let name = Ex::string(self.text(reference.name.as_str()));
        let types = value.types;
        Ex::new(Kind::Helper("tdz", self.list(&[value, name])), types, Effect::Property)
    }

    /// The variable itself, without checks.
    pub(super) fn variable(&mut self, symbol: SymbolId) -> Ex<'a> {
        let name = self.name_of(symbol);
        let types = self.type_of_symbol(symbol);
        let effect = if self.facts.symbol(symbol).rewritten == 0 { Effect::None } else { Effect::Read };
        let original = self.scoping.symbol_name(symbol);
        if name != original && self.is_script_global(symbol) {
            let key = Ex::string(self.text(original));
            return Ex::new(Kind::Helper("global", self.list(&[key])), types, Effect::Property);
        }
        Ex::new(Kind::Name(name, Some(symbol)), types, effect)
    }

    /// Reads a name that no declaration of the source explains.
    pub(super) fn global(&mut self, name: &str) -> Ex<'a> {
        if self.is_scope_name(name) {
            return self.scope_member(name);
        }
        match name {
            "undefined" => return Ex::NIL,
            "Infinity" => return Ex::new(Kind::Name("math.huge", None), Types::NUMBER, Effect::None),
            "NaN" => return Ex::new(Kind::Name("NaN", None), Types::NUMBER, Effect::None),
            "arguments" if self.arguments_object() => {
                return Ex::new(Kind::Name("arguments", None), Types::OBJECT, Effect::None);
            }
            _ => {}
        }
        if self.is_module_name(name) {
            self.module.uses(name);
            let effect = if name == "exports" || name == "module" { Effect::Read } else { Effect::None };
            return Ex::new(Kind::Name(self.text(name), None), Types::ANY, effect);
        }
        if names::is_known_global(name) {
            let is_object = !matches!(name, "NaN");
            let types = if is_object { Types::ANY } else { Types::NUMBER };
            return Ex::new(Kind::Name(self.text(name), None), types, Effect::Read);
        }
        let name = Ex::string(self.text(name));
        Ex::new(Kind::Helper("global", self.list(&[name])), Types::ANY, Effect::Property)
    }

    /// The name is a member of the scope of an expression.
    pub(super) fn is_scope_name(&self, name: &str) -> bool {
        self.scope_names.is_some_and(|names| names.contains(&name))
    }

    fn scope_member(&self, name: &str) -> Ex<'a> {
        let scope = Ex::fixed("scope", Types::OBJECT);
        if names::is_plain(name) {
            return Ex::new(Kind::Field(self.boxed(scope), self.text(name)), Types::ANY, Effect::Read);
        }
        let key = Ex::string(self.text(name));
        Ex::new(Kind::Item(self.boxed(scope), self.boxed(key)), Types::ANY, Effect::Read)
    }

    /// Names that a module's chunk gets as arguments.
    pub(super) fn is_module_name(&self, name: &str) -> bool {
        match name {
            "module" | "exports" | "require" | "__filename" | "__dirname" => {
                self.options.form != Form::EsModule && self.scope_names.is_none()
            }
            _ => false,
        }
    }

    /// The variable cannot be assigned (a `const`, or the name of a class inside it).
    pub(super) fn is_constant(&self, symbol: SymbolId) -> bool {
        self.scoping.symbol_flags(symbol).intersects(SymbolFlags::ConstVariable | SymbolFlags::Import)
    }

    /// A `var` or function at the top of a script: a property of the global object.
    pub(super) fn is_script_global(&self, symbol: SymbolId) -> bool {
        self.options.form == Form::Script
            && self.scoping.symbol_scope_id(symbol) == self.scoping.root_scope_id()
            && self
                .scoping
                .symbol_flags(symbol)
                .intersects(SymbolFlags::FunctionScopedVariable | SymbolFlags::Function)
    }

    pub(super) fn is_strict(&self) -> bool {
        self.scoping.scope_flags(self.scoping.root_scope_id()).is_strict_mode()
    }
}
