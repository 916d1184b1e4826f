//! Optional chaining.

use oxc_ast::ast::{CallExpression, ChainElement, ChainExpression, Expression};

use super::Lowerer;
use crate::ir::{Ex, Kind, StmtKind};
use crate::types::{Effect, Types};

/// The conditions met so far in a chain: `nil` for the rest when one of them holds.
struct Link<'a> {
    /// What the chain is at this point.
    value: Ex<'a>,
    /// The value it stops at when that is null or undefined.
    stop: Option<Ex<'a>>,
    /// Receiver for a call of the value.
    this: Option<Ex<'a>>,
}

impl<'a> Lowerer<'a, '_> {
    pub(super) fn chain(&mut self, chain: &'a ChainExpression<'a>, destination: Option<&'a str>) -> Ex<'a> {
        self.chain_element(&chain.expression, destination)
    }

    pub(super) fn chain_element(
        &mut self,
        element: &'a ChainElement<'a>,
        destination: Option<&'a str>,
    ) -> Ex<'a> {
        self.guarded_chain(destination, |lowerer| match element {
            ChainElement::CallExpression(call) => lowerer.link_call(call, false),
            ChainElement::StaticMemberExpression(member) => {
                lowerer.link_member(&member.object, member.optional, |lowerer, object| {
                    lowerer.named_member(object, member.property.name.as_str())
                })
            }
            ChainElement::ComputedMemberExpression(member) => {
                lowerer.link_member(&member.object, member.optional, |lowerer, object| {
                    let (object, key) = lowerer.operands(object, &member.expression);
                    lowerer.item(object, key)
                })
            }
            ChainElement::PrivateFieldExpression(member) => {
                lowerer.link_member(&member.object, member.optional, |lowerer, object| {
                    let key = lowerer.private_key(member.field.name.as_str());
                    lowerer.helper("private_get", &[object, key], Types::ANY)
                })
            }
            ChainElement::TSNonNullExpression(_) => Link { value: Ex::NIL, stop: None, this: None },
        })
    }

    /// Object of a member expression inside a chain, itself part of the chain.
    pub(super) fn chain_object(&mut self, object: &'a Expression<'a>) -> Ex<'a> {
        self.guarded_chain(None, |lowerer| lowerer.link(object, false))
    }

    /// Builds a chain and wraps it: `if stop is nullish then nil else value`.
    fn guarded_chain(
        &mut self,
        destination: Option<&'a str>,
        build: impl FnOnce(&mut Self) -> Link<'a>,
    ) -> Ex<'a> {
        let start = self.position;
        let outer = std::mem::take(&mut self.chain_statements);
        let mark = self.out.len();
        let link = build(self);
        let from = std::mem::replace(&mut self.chain_statements, outer);
        let Some(stop) = link.stop else { return link.value };
        let inside: Vec<_> = from.map_or_else(Vec::new, |from| self.out.drain(from.max(mark)..).collect());
        let nothing = self.nullish(stop);
        if inside.is_empty() {
            let kind = Kind::IfElse(self.boxed(nothing), self.boxed(Ex::NIL), self.boxed(link.value));
            return Ex::new(kind, Types::ANY, link.value.effect.max(Effect::Property));
        }
        let name = self.result_local(destination);
        self.emit_local(name, None);
        let result = Ex::new(Kind::Name(name, None), Types::ANY, Effect::None);
        let body = self.nested(|lowerer| {
            lowerer.out.extend(inside);
            lowerer.position = start;
            lowerer.emit(StmtKind::Assign(result, link.value));
        });
        let something = self.not(nothing);
        self.position = start;
        self.emit_if(something, body, None);
        result
    }

    /// A part of a chain. `callee`: the receiver is needed for a call.
    fn link(&mut self, expression: &'a Expression<'a>, callee: bool) -> Link<'a> {
        match expression {
            Expression::StaticMemberExpression(member) if !matches!(member.object, Expression::Super(_)) => {
                self.link_callee(&member.object, member.optional, callee, |lowerer, object| {
                    lowerer.named_member(object, member.property.name.as_str())
                })
            }
            Expression::ComputedMemberExpression(member)
                if !matches!(member.object, Expression::Super(_)) =>
            {
                self.link_callee(&member.object, member.optional, callee, |lowerer, object| {
                    let (object, key) = lowerer.operands(object, &member.expression);
                    lowerer.item(object, key)
                })
            }
            Expression::PrivateFieldExpression(member) => {
                self.link_callee(&member.object, member.optional, callee, |lowerer, object| {
                    let key = lowerer.private_key(member.field.name.as_str());
                    lowerer.helper("private_get", &[object, key], Types::ANY)
                })
            }
            Expression::CallExpression(call) => self.link_call(call, callee),
            other => {
                if callee {
                    let (value, this) = self.callee(other);
                    return Link { value, stop: None, this: Some(this) };
                }
                Link { value: self.expression(other), stop: None, this: None }
            }
        }
    }

    fn link_member(
        &mut self,
        object: &'a Expression<'a>,
        optional: bool,
        read: impl FnOnce(&mut Self, Ex<'a>) -> Ex<'a>,
    ) -> Link<'a> {
        self.link_callee(object, optional, false, read)
    }

    fn link_callee(
        &mut self,
        object: &'a Expression<'a>,
        optional: bool,
        callee: bool,
        read: impl FnOnce(&mut Self, Ex<'a>) -> Ex<'a>,
    ) -> Link<'a> {
        let mut link = self.link(object, false);
        if optional {
            self.stop_here(&mut link);
        }
        if callee {
            link.value = self.settled_fixed(link.value, "object");
        }
        let this = callee.then_some(link.value);
        let value = read(self, link.value);
        Link { value, stop: link.stop, this }
    }

    /// `?.`: the chain ends here when the value is null or undefined.
    fn stop_here(&mut self, link: &mut Link<'a>) {
        let mut value = link.value;
        if let Some(stop) = link.stop {
            // the part before the first `?.` is nil when that one stops, so one test is enough
            let nothing = self.nullish(stop);
            let kind = Kind::IfElse(self.boxed(nothing), self.boxed(Ex::NIL), self.boxed(value));
            value = Ex::new(kind, Types::ANY, value.effect);
            if let Some(from) = self.chain_statements {
                let inside: Vec<_> = self.out.drain(from..).collect();
                if !inside.is_empty() {
                    let name = self.fresh("object");
                    self.emit_local(name, None);
                    let result = Ex::new(Kind::Name(name, None), Types::ANY, Effect::None);
                    let inner = link.value;
                    let body = self.nested(|lowerer| {
                        lowerer.out.extend(inside);
                        lowerer.emit(StmtKind::Assign(result, inner));
                    });
                    let something = self.not(nothing);
                    self.emit_if(something, body, None);
                    value = result;
                }
            }
        }
        link.value = self.settled_fixed(value, "object");
        link.stop = Some(link.value);
        self.chain_statements = Some(self.out.len());
    }

    fn link_call(&mut self, call: &'a CallExpression<'a>, _callee: bool) -> Link<'a> {
        if !call.optional
            && let Some(link) = self.link_method(call)
        {
            return link;
        }
        let mut link = self.link(&call.callee, true);
        let this = link.this.unwrap_or(Ex::NIL);
        if call.optional {
            link.this = None;
            self.stop_here(&mut link);
        }
        let value = self.call_value(link.value, this, &call.arguments);
        Link { value, stop: link.stop, this: None }
    }

    /// `a?.b.method(x)`: a method call on a part of the chain.
    fn link_method(&mut self, call: &'a CallExpression<'a>) -> Option<Link<'a>> {
        let Expression::StaticMemberExpression(member) = &call.callee else { return None };
        if matches!(member.object, Expression::Super(_)) {
            return None;
        }
        let mut link = self.link(&member.object, false);
        if member.optional {
            self.stop_here(&mut link);
        }
        let value = self.method_call(link.value, member.property.name.as_str(), &call.arguments);
        Some(Link { value, stop: link.stop, this: None })
    }

    /// The value in a name that nothing changes.
    pub(super) fn settled_fixed(&mut self, value: Ex<'a>, stem: &str) -> Ex<'a> {
        if value.effect == Effect::None && value.is_simple() { value } else { self.store(value, stem) }
    }
}
