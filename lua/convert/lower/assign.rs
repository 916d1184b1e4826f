//! Assignments and updates.

use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, Expression, IdentifierReference, SimpleAssignmentTarget,
    UpdateExpression,
};
use oxc_syntax::operator::{AssignmentOperator, BinaryOperator, UpdateOperator};
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::function::Place;
use super::member::static_name;
use super::{Binding, Lowerer};
use crate::ir::{Ex, Kind, Op, StmtKind};
use crate::types::{Effect, Types};

/// Where a value can be stored, with everything before the value evaluated.
#[derive(Clone, Copy)]
pub(super) enum Slot<'a> {
    Variable(&'a IdentifierReference<'a>),
    /// Object and key.
    Member(Ex<'a>, Ex<'a>),
    Private(Ex<'a>, Ex<'a>),
    Super(Ex<'a>),
}

impl<'a> Lowerer<'a, '_> {
    // ---- statements ----

    pub(super) fn assignment_statement(&mut self, assignment: &'a AssignmentExpression<'a>) {
        let start = self.position;
        if let Some(pattern) = assignment.left.as_assignment_target_pattern() {
            let value = self.expression(&assignment.right);
            self.position = start;
            self.assign_pattern(pattern, value);
            return;
        }
        self.compound = assignment.operator != AssignmentOperator::Assign;
        let slot = self.slot(&assignment.left);
        self.compound = false;
        if assignment.operator == AssignmentOperator::Assign {
            let (slot, value) = self.slot_and_value(slot, assignment);
            self.position = start;
            self.write(slot, value);
            return;
        }
        self.compound_assignment(slot, assignment, false);
    }

    /// An assignment used as a value.
    pub(super) fn assignment(&mut self, assignment: &'a AssignmentExpression<'a>) -> Ex<'a> {
        if let Some(pattern) = assignment.left.as_assignment_target_pattern() {
            let value = self.expression(&assignment.right);
            let value = self.settled_fixed(value, "value");
            self.assign_pattern(pattern, value);
            return value;
        }
        self.compound = assignment.operator != AssignmentOperator::Assign;
        let slot = self.slot(&assignment.left);
        self.compound = false;
        if assignment.operator != AssignmentOperator::Assign {
            return self.compound_assignment(slot, assignment, true);
        }
        let (slot, value) = self.slot_and_value(slot, assignment);
        let value = self.settled_fixed(value, "value");
        self.write(slot, value);
        value
    }

    /// Evaluates the place on the left up to, but not including, reading or writing it.
    fn slot(&mut self, target: &'a AssignmentTarget<'a>) -> Slot<'a> {
        match target.as_simple_assignment_target() {
            Some(simple) => self.simple_slot(simple),
            None => Slot::Super(Ex::NIL),
        }
    }

    fn simple_slot(&mut self, target: &'a SimpleAssignmentTarget<'a>) -> Slot<'a> {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => Slot::Variable(name),
            SimpleAssignmentTarget::StaticMemberExpression(member) => {
                let key = Ex::string(member.property.name.as_str());
                if matches!(member.object, Expression::Super(_)) {
                    return Slot::Super(key);
                }
                Slot::Member(self.expression(&member.object), key)
            }
            SimpleAssignmentTarget::ComputedMemberExpression(member) => {
                if matches!(member.object, Expression::Super(_)) {
                    let key = self.expression(&member.expression);
                    return Slot::Super(key);
                }
                let object = self.expression(&member.object);
                if let Some(name) = static_name(&member.expression) {
                    return Slot::Member(object, self.property_key(Ex::string(name)));
                }
                let (mut object, mut key) = self.operands(object, &member.expression);
                if self.full_names() && self.compound && key.types.may_be(Types::OBJECT) {
                    // a missing object is found before the key is converted
                    let mark = self.out.len();
                    key = self.settled_fixed(key, "key");
                    let mut first = [object];
                    self.spill(&mut first, mark);
                    object = self.settled(first[0], "object");
                    let check = self.helper("require_object", &[object], Types::ANY);
                    self.emit(StmtKind::Call(check));
                }
                Slot::Member(object, self.property_key(key))
            }
            SimpleAssignmentTarget::PrivateFieldExpression(member) => {
                let object = self.expression(&member.object);
                Slot::Private(object, self.private_key(member.field.name.as_str()))
            }
            _ => Slot::Super(Ex::NIL),
        }
    }

    /// Lowers the right side; the parts of the left side keep their place in the order.
    fn slot_and_value(
        &mut self,
        slot: Slot<'a>,
        assignment: &'a AssignmentExpression<'a>,
    ) -> (Slot<'a>, Ex<'a>) {
        let mark = self.out.len();
        let right = &assignment.right;
        let value = match slot {
            // a name in parentheses does not name the function
            Slot::Variable(name) if name.span.start == assignment.span.start => {
                self.named_value(right, name.name.as_str(), Place::Anonymous)
            }
            _ => self.expression(right),
        };
        let slot = match slot {
            Slot::Variable(_) => slot,
            Slot::Member(object, key) => {
                let mut parts = [object, key];
                self.spill(&mut parts, mark);
                // the statement evaluates object and key before the value, but reads locals after it
                Slot::Member(self.shielded(parts[0], value), self.shielded(parts[1], value))
            }
            Slot::Private(object, key) => {
                let mut parts = [object];
                self.spill(&mut parts, mark);
                Slot::Private(parts[0], key)
            }
            Slot::Super(key) => {
                let mut parts = [key];
                self.spill(&mut parts, mark);
                Slot::Super(parts[0])
            }
        };
        (slot, value)
    }

    // ---- writing ----

    /// Emits the statement that stores the value.
    fn write(&mut self, slot: Slot<'a>, value: Ex<'a>) {
        match slot {
            Slot::Variable(name) => self.write_variable(name, value),
            Slot::Member(object, key) => self.write_member(object, key, value),
            Slot::Private(object, key) => {
                let set = self.helper("private_set", &[object, key, value], Types::ANY);
                self.emit(StmtKind::Call(set));
            }
            Slot::Super(key) => {
                let set = self.super_set(key, value);
                self.emit(StmtKind::Call(set));
            }
        }
    }

    fn write_member(&mut self, object: Ex<'a>, key: Ex<'a>, value: Ex<'a>) {
        let call = match key.kind {
            Kind::Str("length", false) => self.helper("set_length", &[object, value], Types::ANY),
            Kind::Str("__proto__", false) => self.helper("set", &[object, key, value], Types::ANY),
            Kind::Str(_, false) if !matches!(value.kind, Kind::Nil) => {
                let target = self.item(object, key);
                self.emit(StmtKind::Assign(target, value));
                return;
            }
            _ if key.types.within(Types::INDEX) && !matches!(value.kind, Kind::Nil) => {
                let kind = Kind::Item(self.boxed(object), self.boxed(key));
                self.emit(StmtKind::Assign(Ex::new(kind, Types::ANY, Effect::Property), value));
                return;
            }
            _ => self.helper("set", &[object, key, value], Types::ANY),
        };
        self.emit(StmtKind::Call(call));
    }

    /// Stores into a variable or global.
    pub(super) fn write_variable(&mut self, name: &'a IdentifierReference<'a>, value: Ex<'a>) {
        let Some(symbol) = self.symbol_of(name) else {
            self.write_global(name.name.as_str(), value);
            return;
        };
        let text = Ex::string(name.name.as_str());
        self.check_before_write(name, symbol);
        let flags = self.scoping.symbol_flags(symbol);
        if self.is_constant(symbol) {
            self.emit_effect(value);
            let error = self.helper("const_assign", &[text], Types::ANY);
            self.emit(StmtKind::Call(error));
        } else if flags.contains(SymbolFlags::FunctionExpression) {
            self.emit_effect(value);
            if self.in_strict_code() {
                let error = self.helper("const_assign", &[text], Types::ANY);
                self.emit(StmtKind::Call(error));
            }
        } else {
            self.assign_variable(symbol, value);
        }
    }

    /// Assigning before the declaration has run is an error, too.
    fn check_before_write(&mut self, name: &'a IdentifierReference<'a>, symbol: SymbolId) {
        if !matches!(self.bindings[symbol.index()], Binding::Checked | Binding::Guarded) {
            return;
        }
        let read = self.identifier(name);
        if let Kind::Helper(..) = read.kind {
            self.emit(StmtKind::Call(read));
        }
    }

    fn write_global(&mut self, name: &str, value: Ex<'a>) {
        let text = self.text(name);
        if self.is_module_name(name) || (name == "arguments" && self.arguments_object()) {
            self.module.uses(name);
            self.emit(StmtKind::Assign(Ex::fixed(text, Types::ANY), value));
            return;
        }
        let strict = self.in_strict_code();
        if !strict
            && crate::names::is_plain(name)
            && !matches!(name, "undefined" | "NaN" | "Infinity" | "js" | "math")
        {
            self.emit(StmtKind::Assign(Ex::fixed(text, Types::ANY), value));
            return;
        }
        let mut arguments = vec![Ex::string(text), value];
        if strict {
            arguments.push(Ex::TRUE);
        }
        let set = self.helper("set_global", &arguments, Types::ANY);
        self.emit(StmtKind::Call(set));
    }

    /// Stores a value into any target, as destructuring and loop heads do.
    pub(super) fn assign_target(&mut self, target: &'a AssignmentTarget<'a>, value: Ex<'a>) {
        if let Some(pattern) = target.as_assignment_target_pattern() {
            self.assign_pattern(pattern, value);
            return;
        }
        let slot = self.slot(target);
        self.write(slot, value);
    }

    /// Evaluates a target before the value that is stored there is read.
    pub(super) fn early_slot(&mut self, target: &'a AssignmentTarget<'a>) -> Option<Slot<'a>> {
        let simple = target.as_simple_assignment_target()?;
        Some(match self.simple_slot(simple) {
            Slot::Member(object, key) => {
                let object = self.settled_fixed(object, "object");
                Slot::Member(object, self.settled_fixed(key, "key"))
            }
            Slot::Private(object, key) => Slot::Private(self.settled_fixed(object, "object"), key),
            Slot::Super(key) => Slot::Super(self.settled_fixed(key, "key")),
            variable @ Slot::Variable(_) => variable,
        })
    }

    pub(super) fn write_slot(&mut self, slot: Slot<'a>, value: Ex<'a>) {
        self.write(slot, value);
    }

    // ---- compound assignments ----

    /// The slot in a form that can be read and written without evaluating its parts twice. With `quiet`, nothing
    /// between the two can write the variables in it.
    fn steady(&mut self, slot: Slot<'a>, quiet: bool) -> Slot<'a> {
        let mut settle = |value: Ex<'a>, stem| {
            if quiet { self.settled(value, stem) } else { self.settled_fixed(value, stem) }
        };
        match slot {
            Slot::Variable(_) => slot,
            Slot::Member(object, key) => {
                let object = settle(object, "object");
                Slot::Member(object, settle(key, "key"))
            }
            Slot::Private(object, key) => Slot::Private(settle(object, "object"), key),
            Slot::Super(key) => Slot::Super(settle(key, "key")),
        }
    }

    fn read(&mut self, slot: Slot<'a>) -> Ex<'a> {
        match slot {
            Slot::Variable(name) => self.identifier(name),
            Slot::Member(object, key) => self.item(object, key),
            Slot::Private(object, key) => self.helper("private_get", &[object, key], Types::ANY),
            Slot::Super(key) => self.super_get(key),
        }
    }

    fn compound_assignment(
        &mut self,
        slot: Slot<'a>,
        assignment: &'a AssignmentExpression<'a>,
        wanted: bool,
    ) -> Ex<'a> {
        let start = self.position;
        let slot = self.steady(slot, writes_nothing(&assignment.right));
        if let Some(operator) = assignment.operator.to_logical_operator() {
            return self.logical_assignment(slot, operator, assignment, wanted);
        }
        let operator = assignment.operator.to_binary_operator().unwrap_or(BinaryOperator::Addition);
        let old = self.read(slot);
        let (old, right) = self.operands(old, &assignment.right);
        self.position = start;
        if !wanted && self.compound_statement(slot, operator, old, right) {
            return Ex::NIL;
        }
        let value = self.binary_value(operator, old, right);
        if !wanted {
            self.write(slot, value);
            return Ex::NIL;
        }
        let value = self.settled_fixed(value, "value");
        self.write(slot, value);
        value
    }

    /// `x += 1` on numbers and `x ..= "…"` on strings.
    fn compound_statement(
        &mut self,
        slot: Slot<'a>,
        operator: BinaryOperator,
        old: Ex<'a>,
        right: Ex<'a>,
    ) -> bool {
        let Slot::Variable(name) = slot else { return false };
        let Some(symbol) = self.symbol_of(name) else { return false };
        // an old value that was put aside is no longer the variable
        let is_variable = matches!(old.kind, Kind::Name(_, Some(found)) if found == symbol);
        if !is_variable || self.is_constant(symbol) || !self.is_plain_variable(symbol) {
            return false;
        }
        if self.scoping.symbol_flags(symbol).contains(SymbolFlags::FunctionExpression) {
            return false;
        }
        let numbers = old.types.is_number() && right.types.is_number();
        let op = match operator {
            BinaryOperator::Addition if numbers => Op::Add,
            BinaryOperator::Addition if old.types.is_string() && right.types.is_string() => Op::Concat,
            BinaryOperator::Subtraction if numbers => Op::Subtract,
            BinaryOperator::Multiplication if numbers => Op::Multiply,
            BinaryOperator::Division if numbers => Op::Divide,
            _ => return false,
        };
        self.emit(StmtKind::Compound(op, old, right));
        true
    }

    fn logical_assignment(
        &mut self,
        slot: Slot<'a>,
        operator: oxc_syntax::operator::LogicalOperator,
        assignment: &'a AssignmentExpression<'a>,
        wanted: bool,
    ) -> Ex<'a> {
        let start = self.position;
        let old = self.read(slot);
        let result = if wanted || !old.is_name() { self.store(old, "value") } else { old };
        let result = Ex { types: old.types, effect: Effect::Read, ..result };
        let test = self.logical_test(operator, result);
        let body = self.nested(|lowerer| {
            let (slot, value) = lowerer.slot_and_value(slot, assignment);
            lowerer.position = start;
            if wanted {
                lowerer.emit(StmtKind::Assign(result, value));
                lowerer.write(slot, result);
            } else {
                lowerer.write(slot, value);
            }
        });
        self.position = start;
        self.emit_if(test, body, None);
        Ex { types: Types::ANY, effect: Effect::None, ..result }
    }

    // ---- ++ and -- ----

    pub(super) fn update_statement(&mut self, update: &'a UpdateExpression<'a>) {
        self.updated(update, false);
    }

    pub(super) fn update(&mut self, update: &'a UpdateExpression<'a>) -> Ex<'a> {
        self.updated(update, true)
    }

    fn updated(&mut self, update: &'a UpdateExpression<'a>, wanted: bool) -> Ex<'a> {
        let start = self.position;
        self.compound = true;
        let slot = self.simple_slot(&update.argument);
        self.compound = false;
        let slot = self.steady(slot, true);
        let old = self.read(slot);
        let one = self.number(1.0);
        let (operator, helper) = match update.operator {
            UpdateOperator::Increment => (BinaryOperator::Addition, "inc"),
            UpdateOperator::Decrement => (BinaryOperator::Subtraction, "dec"),
        };
        self.position = start;
        if old.types.is_number() && !wanted && self.compound_statement(slot, operator, old, one) {
            return Ex::NIL;
        }
        let numeric = old.types.is_number();
        let before = if wanted && !update.prefix {
            let types = if numeric { old.types } else { Types::NUMERIC };
            let value = if numeric { old } else { self.helper("numeric", &[old], types) };
            self.store(value, "value")
        } else {
            old
        };
        let value = if numeric {
            self.binary_value(operator, before, one)
        } else {
            self.helper(helper, &[before], Types::NUMERIC)
        };
        if wanted && update.prefix {
            let value = self.settled_fixed(value, "value");
            self.write(slot, value);
            return value;
        }
        self.write(slot, value);
        before
    }
}

/// Evaluating the expression surely writes no variable.
fn writes_nothing(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::Identifier(_) | Expression::ThisExpression(_) => true,
        Expression::TemplateLiteral(template) => template.expressions.iter().all(writes_nothing),
        Expression::StaticMemberExpression(member) => writes_nothing(&member.object),
        Expression::ComputedMemberExpression(member) => {
            writes_nothing(&member.object) && writes_nothing(&member.expression)
        }
        Expression::UnaryExpression(unary) => writes_nothing(&unary.argument),
        Expression::BinaryExpression(binary) => writes_nothing(&binary.left) && writes_nothing(&binary.right),
        other => other.is_literal(),
    }
}
