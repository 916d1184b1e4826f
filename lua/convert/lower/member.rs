//! Reading, naming and deleting properties.

use oxc_ast::ast::{
    ChainElement, ComputedMemberExpression, Expression, PrivateFieldExpression, PropertyKey,
    StaticMemberExpression,
};

use super::Lowerer;
use crate::ir::{Ex, Kind};
use crate::names;
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn static_member(&mut self, member: &'a StaticMemberExpression<'a>) -> Ex<'a> {
        let name = member.property.name.as_str();
        if matches!(member.object, Expression::Super(_)) {
            return self.super_get(Ex::string(name));
        }
        let object = self.expression(&member.object);
        let mut value = self.named_member(object, name);
        if let Some(types) = self.record_field(&member.object, name) {
            value.types = types;
        }
        value
    }

    /// `object.name`
    pub(super) fn named_member(&self, object: Ex<'a>, name: &'a str) -> Ex<'a> {
        if name == "__proto__" {
            return self.helper("get", &[object, Ex::string(name)], Types::ANY);
        }
        let kind = if names::is_plain(name) {
            Kind::Field(self.boxed(object), name)
        } else {
            Kind::Item(self.boxed(object), self.boxed(Ex::string(name)))
        };
        Ex::new(kind, Types::ANY, object.effect.max(Effect::Property))
    }

    pub(super) fn computed_member(&mut self, member: &'a ComputedMemberExpression<'a>) -> Ex<'a> {
        if matches!(member.object, Expression::Super(_)) {
            let key = self.expression(&member.expression);
            return self.super_get(key);
        }
        let object = self.expression(&member.object);
        if let Some(name) = static_name(&member.expression) {
            return self.static_key(object, name);
        }
        let (object, key) = self.operands(object, &member.expression);
        self.item(object, key)
    }

    /// A property whose name is written in the source as text.
    fn static_key(&self, object: Ex<'a>, name: &'a str) -> Ex<'a> {
        match names::array_index(name) {
            Some(index) => {
                let key = self.number(index);
                let kind = Kind::Item(self.boxed(object), self.boxed(key));
                Ex::new(kind, Types::ANY, object.effect.max(Effect::Property))
            }
            None => self.named_member(object, name),
        }
    }

    /// `object[key]` for any key.
    pub(super) fn item(&self, object: Ex<'a>, key: Ex<'a>) -> Ex<'a> {
        if let Kind::Str(text, false) = key.kind {
            return self.static_key(object, text);
        }
        let key = self.property_key(key);
        let effect = object.effect.max(key.effect).max(Effect::Property);
        Ex::new(Kind::Item(self.boxed(object), self.boxed(key)), Types::ANY, effect)
    }

    /// A value as a property key: `js.key(value)` unless it is an index.
    pub(super) fn property_key(&self, key: Ex<'a>) -> Ex<'a> {
        if key.types.within(Types::INDEX.union(Types::KEY)) {
            return key;
        }
        if let Kind::Str(text, false) = key.kind {
            return match names::array_index(text) {
                Some(index) => self.number(index),
                None => key,
            };
        }
        let simple = key.types.within(Types::STRING.union(Types::NUMBER).union(Types::SYMBOL));
        let effect = if simple { key.effect.max(Effect::Read) } else { Effect::Call };
        Ex::new(Kind::Helper("key", self.list(&[key])), Types::KEY, effect)
    }

    /// The key of a property definition or pattern, as a Luau key expression.
    pub(super) fn key_of(&mut self, key: &'a PropertyKey<'a>, computed: bool) -> Ex<'a> {
        match key {
            PropertyKey::StaticIdentifier(name) => Ex::string(name.name.as_str()),
            PropertyKey::PrivateIdentifier(name) => self.private_key(name.name.as_str()),
            PropertyKey::StringLiteral(text) if !text.lone_surrogates => {
                self.property_key(Ex::string(text.value.as_str()))
            }
            PropertyKey::NumericLiteral(number) => self.numeric_key(number.value),
            PropertyKey::BigIntLiteral(number) => self.property_key(Ex::string(number.value.as_str())),
            other => {
                let value = self.expression(other.to_expression());
                if computed { self.property_key(value) } else { value }
            }
        }
    }

    /// A number as property name.
    pub(super) fn numeric_key(&self, value: f64) -> Ex<'a> {
        if value >= 0.0 && value.fract() == 0.0 && value < 9_007_199_254_740_992.0 {
            return self.number(value);
        }
        self.property_key(Ex { types: Types::NUMBER, ..self.number(value) })
    }

    pub(super) fn private_member(&mut self, member: &'a PrivateFieldExpression<'a>) -> Ex<'a> {
        let object = self.expression(&member.object);
        let key = self.private_key(member.field.name.as_str());
        self.helper("private_get", &[object, key], Types::ANY)
    }

    /// The key that stands for a private name.
    pub(super) fn private_key(&mut self, name: &str) -> Ex<'a> {
        let found = self.private_names.iter().rev().find(|(source, _)| *source == name);
        found.map_or(Ex::NIL, |(_, key)| Ex::fixed(key, Types::SYMBOL))
    }

    // ---- super ----

    /// Home object and `this` for `super.x`.
    fn super_base(&mut self) -> (Ex<'a>, Ex<'a>) {
        let home = self
            .functions
            .iter()
            .rev()
            .find(|function| function.role != super::function::Role::Arrow)
            .and_then(|function| function.home)
            .unwrap_or(Ex::NIL);
        (home, self.this())
    }

    pub(super) fn super_get(&mut self, key: Ex<'a>) -> Ex<'a> {
        let (home, this) = self.super_base();
        self.helper("super_get", &[home, this, key], Types::ANY)
    }

    pub(super) fn super_set(&mut self, key: Ex<'a>, value: Ex<'a>) -> Ex<'a> {
        let (home, this) = self.super_base();
        self.helper("super_set", &[home, this, key, value], Types::ANY)
    }

    // ---- delete ----

    pub(super) fn delete(&mut self, operand: &'a Expression<'a>) -> Ex<'a> {
        let helper = if self.in_strict_code() { "delete_strict" } else { "delete" };
        match operand {
            Expression::StaticMemberExpression(member) => {
                if matches!(member.object, Expression::Super(_)) {
                    return self.delete_super();
                }
                let object = self.expression(&member.object);
                let key = Ex::string(member.property.name.as_str());
                self.helper(helper, &[object, key], Types::BOOLEAN)
            }
            Expression::ComputedMemberExpression(member) => {
                if matches!(member.object, Expression::Super(_)) {
                    return self.delete_super();
                }
                let object = self.expression(&member.object);
                let (object, key) = self.operands(object, &member.expression);
                let key = self.property_key(key);
                self.helper(helper, &[object, key], Types::BOOLEAN)
            }
            Expression::ChainExpression(chain) => self.delete_chain(&chain.expression, helper),
            Expression::Identifier(name) => match self.symbol_of(name) {
                Some(symbol) if !self.is_script_global(symbol) => Ex::FALSE,
                _ if name.name == "arguments" && self.arguments_object() => Ex::FALSE,
                _ => {
                    let global = Ex::fixed("globalThis", Types::OBJECT);
                    let key = Ex::string(name.name.as_str());
                    self.helper(helper, &[global, key], Types::BOOLEAN)
                }
            },
            other => {
                self.effect(other);
                Ex::TRUE
            }
        }
    }

    fn delete_super(&mut self) -> Ex<'a> {
        let message = Ex::string("Unsupported reference to 'super'");
        let this = self.this();
        if !this.is_simple() {
            self.emit_effect(this);
        }
        self.helper("reference_error_message", &[message], Types::BOOLEAN)
    }

    fn delete_chain(&mut self, chain: &'a ChainElement<'a>, helper: &'static str) -> Ex<'a> {
        let (object, key, optional) = match chain {
            ChainElement::StaticMemberExpression(member) => {
                let object = self.chain_object(&member.object);
                (object, Ex::string(member.property.name.as_str()), member.optional)
            }
            ChainElement::ComputedMemberExpression(member) => {
                let object = self.chain_object(&member.object);
                let (object, key) = self.operands(object, &member.expression);
                (object, self.property_key(key), member.optional)
            }
            other => {
                let value = self.chain_element(other, None);
                self.emit_effect(value);
                return Ex::TRUE;
            }
        };
        let _ = optional;
        let object = self.settled(object, "object");
        let nothing = self.nullish(object);
        let delete = self.helper(helper, &[object, key], Types::BOOLEAN);
        let kind = Kind::IfElse(self.boxed(nothing), self.boxed(Ex::TRUE), self.boxed(delete));
        Ex::new(kind, Types::BOOLEAN, Effect::Call)
    }
}

/// The property name a computed key stands for, when it is a literal.
pub(super) fn static_name<'a>(key: &'a Expression<'a>) -> Option<&'a str> {
    match key {
        Expression::StringLiteral(text) if !text.lone_surrogates => Some(text.value.as_str()),
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            let quasi = template.quasis.first()?;
            quasi.value.cooked.as_ref().filter(|_| !quasi.lone_surrogates).map(oxc_ast::ast::Str::as_str)
        }
        _ => None,
    }
}
