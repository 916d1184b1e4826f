//! Calls and `new`.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{Argument, CallExpression, Expression, NewExpression};

use super::Lowerer;
use super::function::Role;
use super::identity::{is_function, only_calls};
use crate::ir::{Ex, Kind, StmtKind};
use crate::names;
use crate::types::{Effect, Types};

/// Arguments beyond this number are passed as an array: a call has 255 registers.
const MOST_ARGUMENTS: usize = 100;

impl<'a> Lowerer<'a, '_> {
    pub(super) fn call(&mut self, call: &'a CallExpression<'a>) -> Ex<'a> {
        let types = self.type_of_call(call);
        let mut value = match &call.callee {
            Expression::Super(_) => self.super_call(&call.arguments),
            Expression::StaticMemberExpression(member) if !matches!(member.object, Expression::Super(_)) => {
                let object = self.expression(&member.object);
                self.method_call(object, member.property.name.as_str(), &call.arguments)
            }
            Expression::ComputedMemberExpression(member)
                if !matches!(member.object, Expression::Super(_)) =>
            {
                let object = self.expression(&member.object);
                let (object, key) = self.operands(object, &member.expression);
                let key = self.property_key(key);
                self.invoke(object, key, &call.arguments)
            }
            callee => {
                self.identity_free = is_function(callee);
                let (callee, this) = self.callee(callee);
                self.call_value(callee, this, &call.arguments)
            }
        };
        if types != Types::ANY {
            value.types = types;
        }
        value
    }

    /// A callee and its receiver.
    pub(super) fn callee(&mut self, callee: &'a Expression<'a>) -> (Ex<'a>, Ex<'a>) {
        match callee {
            Expression::StaticMemberExpression(member) => {
                if matches!(member.object, Expression::Super(_)) {
                    let function = self.super_get(Ex::string(member.property.name.as_str()));
                    return (function, self.this());
                }
                let object = self.expression(&member.object);
                let object = self.settled_fixed(object, "object");
                (self.named_member(object, member.property.name.as_str()), object)
            }
            Expression::ComputedMemberExpression(member) => {
                if matches!(member.object, Expression::Super(_)) {
                    let key = self.expression(&member.expression);
                    let function = self.super_get(key);
                    return (function, self.this());
                }
                let object = self.expression(&member.object);
                let object = self.settled_fixed(object, "object");
                let key = self.expression(&member.expression);
                (self.item(object, key), object)
            }
            Expression::PrivateFieldExpression(member) => {
                let object = self.expression(&member.object);
                let object = self.settled_fixed(object, "object");
                let key = self.private_key(member.field.name.as_str());
                (self.helper("private_get", &[object, key], Types::ANY), object)
            }
            Expression::ChainExpression(chain) => self.chain_callee(chain),
            Expression::Identifier(name)
                if self.symbol_of(name).is_none() && self.is_scope_name(name.name.as_str()) =>
            {
                (self.identifier(name), Ex::NIL)
            }
            other => (self.expression(other), Ex::NIL),
        }
    }

    /// `(a?.b)()`: the receiver is `a`.
    fn chain_callee(&mut self, chain: &'a oxc_ast::ast::ChainExpression<'a>) -> (Ex<'a>, Ex<'a>) {
        use oxc_ast::ast::ChainElement;
        if let ChainElement::StaticMemberExpression(member) = &chain.expression {
            let object = self.chain_object(&member.object);
            let object = self.settled_fixed(object, "object");
            let value = self.named_member(object, member.property.name.as_str());
            let nothing = self.nullish(object);
            let kind = Kind::IfElse(self.boxed(nothing), self.boxed(Ex::NIL), self.boxed(value));
            return (Ex::new(kind, Types::ANY, Effect::Property), object);
        }
        (self.chain_element(&chain.expression, None), Ex::NIL)
    }

    /// `callee(this, arguments)`
    pub(super) fn call_value(
        &mut self,
        callee: Ex<'a>,
        this: Ex<'a>,
        arguments: &'a ArenaVec<'a, Argument<'a>>,
    ) -> Ex<'a> {
        if has_spread(arguments) {
            let mut operands = self.room(&[callee, this], arguments.len());
            let list = self.argument_array(arguments, &mut operands);
            operands.push(list);
            return helper_of("apply", operands, Types::ANY);
        }
        let mut operands = self.room(&[callee, this], arguments.len());
        self.argument_list(arguments, &mut operands);
        call_of_first(operands)
    }

    /// A list that begins with these operands and has room for more.
    pub(super) fn room(&self, first: &[Ex<'a>], more: usize) -> ArenaVec<'a, Ex<'a>> {
        let mut operands = ArenaVec::with_capacity_in(first.len() + more.max(1), &self.alloc);
        operands.extend_from_slice(first);
        operands
    }

    /// `object:name(arguments)`
    pub(super) fn method_call(
        &mut self,
        object: Ex<'a>,
        name: &'a str,
        arguments: &'a ArenaVec<'a, Argument<'a>>,
    ) -> Ex<'a> {
        if !names::is_plain(name) || names::is_string_clash(name) || has_spread(arguments) {
            return self.invoke(object, Ex::string(name), arguments);
        }
        let mut operands = self.room(&[object], arguments.len());
        self.argument_list_of(arguments, &mut operands, only_calls(name));
        let Some((object, arguments)) = operands.into_arena_slice().split_first() else { return Ex::NIL };
        self.method_of(*object, name, arguments)
    }

    fn invoke(&mut self, object: Ex<'a>, key: Ex<'a>, arguments: &'a ArenaVec<'a, Argument<'a>>) -> Ex<'a> {
        let mut operands = self.room(&[object, key], arguments.len());
        if has_spread(arguments) {
            let list = self.argument_array(arguments, &mut operands);
            operands.push(list);
            return helper_of("invoke_apply", operands, Types::ANY);
        }
        let only_called = matches!(key.kind, Kind::Str(name, _) if only_calls(name));
        self.argument_list_of(arguments, &mut operands, only_called);
        helper_of("invoke", operands, Types::ANY)
    }

    /// Lowers arguments behind the operands already there, in order.
    fn argument_list(
        &mut self,
        arguments: &'a ArenaVec<'a, Argument<'a>>,
        operands: &mut ArenaVec<'a, Ex<'a>>,
    ) {
        self.argument_list_of(arguments, operands, false);
    }

    /// `only_called`: the callee calls functions it is given and does no more with them.
    fn argument_list_of(
        &mut self,
        arguments: &'a ArenaVec<'a, Argument<'a>>,
        operands: &mut ArenaVec<'a, Ex<'a>>,
        only_called: bool,
    ) {
        for argument in arguments {
            let mark = self.out.len();
            let argument = argument.to_expression();
            self.identity_free = only_called && is_function(argument);
            let value = self.expression(argument);
            self.spill(operands, mark);
            operands.push(value);
        }
        self.close_last(operands);
        // Luau copies arguments in order, but the callee's object may be a variable that an argument's call writes
        let calls = operands.iter().skip(1).any(|operand| operand.effect == Effect::Call);
        if calls && let Some(first) = operands.first().copied() {
            let last = Ex::new(Kind::Nil, Types::ANY, Effect::Call);
            operands[0] = self.shielded(first, last);
        }
    }

    /// A call in last place would pass on no value at all when its function returns none: parentheses make it one.
    pub(super) fn close_last(&mut self, operands: &mut [Ex<'a>]) {
        if let Some(last) = operands.last_mut()
            && self.may_return_nothing(last)
        {
            last.kind = Kind::Paren(self.boxed(*last));
        }
    }

    /// The expression is a call of a function that may end without `return`.
    fn may_return_nothing(&self, value: &Ex<'a>) -> bool {
        if value.types != Types::ANY {
            return false;
        }
        match value.kind {
            Kind::Helper(name, _) => matches!(name, "invoke" | "invoke_apply" | "apply"),
            Kind::Method(bound, _) => {
                !matches!(bound.object.kind, Kind::Name(name, None) if names::is_known_global(name))
            }
            Kind::Call(callee, _) => match callee.kind {
                Kind::Name(_, Some(symbol)) => {
                    let facts = self.facts.symbol(symbol);
                    let function = facts.function.filter(|_| facts.rewritten == 0);
                    function.is_none_or(|frame| !self.facts.frames[frame as usize].always_returns)
                }
                Kind::Name(name, None) => name != "require" && !names::is_known_global(name),
                _ => true,
            },
            _ => false,
        }
    }

    /// The arguments as one array, for calls with spread.
    fn argument_array(
        &mut self,
        arguments: &'a ArenaVec<'a, Argument<'a>>,
        operands: &mut [Ex<'a>],
    ) -> Ex<'a> {
        let mark = self.out.len();
        let array = self.spread_elements(arguments.iter().map(|argument| match argument {
            Argument::SpreadElement(spread) => (true, &spread.argument),
            other => (false, other.to_expression()),
        }));
        self.spill(operands, mark);
        array
    }

    pub(super) fn new_expression(&mut self, found: &'a NewExpression<'a>) -> Ex<'a> {
        let callee = self.expression(&found.callee);
        let mut operands = self.room(&[callee], found.arguments.len());
        if has_spread(&found.arguments) {
            let list = self.argument_array(&found.arguments, &mut operands);
            operands.push(list);
            return helper_of("new_apply", operands, Types::OBJECT);
        }
        let promise = matches!(&found.callee, Expression::Identifier(name) if name.name == "Promise");
        self.argument_list_of(&found.arguments, &mut operands, promise);
        helper_of("new", operands, Types::OBJECT)
    }

    /// `super(arguments)` in a derived constructor.
    fn super_call(&mut self, arguments: &'a ArenaVec<'a, Argument<'a>>) -> Ex<'a> {
        let in_arrow = self.functions.last().is_some_and(|function| function.role == Role::Arrow);
        let nested = !self.targets.is_empty() || in_arrow;
        let Some(owner) = self.functions.iter_mut().rev().find(|function| function.role != Role::Arrow)
        else {
            return Ex::NIL;
        };
        owner.super_calls += 1;
        let again = nested || owner.super_calls > 1 || owner.super_called;
        let class = owner.class.unwrap_or("nil");
        let mut operands = self
            .room(&[Ex::fixed(class, Types::OBJECT), Ex::fixed("new_target", Types::ANY)], arguments.len());
        let helper = if has_spread(arguments) {
            let list = self.argument_array(arguments, &mut operands);
            operands.push(list);
            "super_apply"
        } else {
            self.argument_list(arguments, &mut operands);
            "super_new"
        };
        let made = helper_of(helper, operands, Types::OBJECT);
        let this = Ex::new(Kind::Name("this", None), Types::OBJECT, Effect::Read);
        if again {
            let made = self.store(made, "made");
            let check = self.helper("super_once", &[this], Types::ANY);
            self.emit(StmtKind::Call(check));
            self.emit(StmtKind::Assign(this, made));
        } else {
            self.emit(StmtKind::Assign(this, made));
            let nesting = self.nesting;
            if let Some(owner) = self.functions.last_mut() {
                owner.super_called |= owner.nesting == nesting;
            }
        }
        this
    }
}

/// A call of the first operand with the others.
pub(super) fn call_of_first<'a>(operands: ArenaVec<'a, Ex<'a>>) -> Ex<'a> {
    let Some((callee, arguments)) = operands.into_arena_slice().split_first() else { return Ex::NIL };
    Ex::new(Kind::Call(callee, arguments), Types::ANY, Effect::Call)
}

fn helper_of<'a>(name: &'static str, operands: ArenaVec<'a, Ex<'a>>, types: Types) -> Ex<'a> {
    Ex::new(Kind::Helper(name, operands.into_arena_slice()), types, Effect::Call)
}

fn has_spread(arguments: &ArenaVec<'_, Argument<'_>>) -> bool {
    arguments.len() > MOST_ARGUMENTS || arguments.iter().any(Argument::is_spread)
}
