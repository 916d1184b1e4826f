//! Unary and binary operators.

use oxc_ast::ast::{BinaryExpression, Expression, PrivateInExpression, UnaryExpression};
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};

use super::Lowerer;
use crate::ir::{Ex, Kind, Op};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    pub(super) fn unary(&mut self, unary: &'a UnaryExpression<'a>) -> Ex<'a> {
        match unary.operator {
            UnaryOperator::LogicalNot => {
                let operand = self.condition(&unary.argument);
                let mut negated = self.not(operand);
                negated.types = Types::BOOLEAN;
                negated
            }
            UnaryOperator::Typeof => self.type_of_operand(&unary.argument),
            UnaryOperator::Void => {
                self.effect(&unary.argument);
                Ex::NIL
            }
            UnaryOperator::Delete => self.delete(&unary.argument),
            UnaryOperator::UnaryNegation => {
                let operand = self.expression(&unary.argument);
                if operand.types.is_number() {
                    return Ex::new(Kind::Minus(self.boxed(operand)), Types::NUMBER, operand.effect);
                }
                self.helper("neg", &[operand], Types::NUMERIC)
            }
            UnaryOperator::UnaryPlus => {
                let operand = self.expression(&unary.argument);
                if operand.types.is_number() {
                    return operand;
                }
                self.helper("plus", &[operand], Types::NUMBER)
            }
            UnaryOperator::BitwiseNot => {
                let operand = self.expression(&unary.argument);
                let types = if operand.types.is_number() { Types::NUMBER } else { Types::NUMERIC };
                self.helper("bnot", &[operand], types)
            }
        }
    }

    fn type_of_operand(&mut self, operand: &'a Expression<'a>) -> Ex<'a> {
        if let Expression::Identifier(name) = operand
            && self.symbol_of(name).is_none()
        {
            let text = name.name.as_str();
            let value = self.global(text);
            if let Kind::Helper("global", arguments) = value.kind {
                return Ex::new(Kind::Helper("typeof_global", arguments), Types::STRING, Effect::Read);
            }
            return self.pure_helper("typeof", &[value], Types::STRING);
        }
        let value = self.expression(operand);
        self.pure_helper("typeof", &[value], Types::STRING)
    }

    pub(super) fn binary(&mut self, binary: &'a BinaryExpression<'a>) -> Ex<'a> {
        // a long chain `a + b + c …` is deep on its left: walk down it in a loop
        let mut chain = vec![binary];
        while let Expression::BinaryExpression(left) = &chain[chain.len() - 1].left {
            chain.push(left);
        }
        let Some(first) = chain.last() else { return Ex::NIL };
        let mut value = self.expression(&first.left);
        while let Some(next) = chain.pop() {
            let (left, right) = self.operands(value, &next.right);
            value = self.binary_value(next.operator, left, right);
            if chain.len() % LONGEST_CHAIN == LONGEST_CHAIN - 1 {
                value = self.store(value, "value");
            }
        }
        value
    }

    /// The operator on two values.
    pub(super) fn binary_value(&mut self, operator: BinaryOperator, left: Ex<'a>, right: Ex<'a>) -> Ex<'a> {
        let types = Self::binary_types(operator, left.types, right.types);
        let numbers = left.types.is_number() && right.types.is_number();
        let plain = |op: Op| {
            let effect = left.effect.max(right.effect);
            Ex::new(Kind::Binary(op, self.boxed(left), self.boxed(right)), types, effect)
        };
        match operator {
            BinaryOperator::StrictEquality => plain(Op::Equal),
            BinaryOperator::StrictInequality => plain(Op::NotEqual),
            BinaryOperator::Equality => self.loose_equal(left, right),
            BinaryOperator::Inequality => {
                let equal = self.loose_equal(left, right);
                self.not(equal)
            }
            BinaryOperator::Addition if numbers => plain(Op::Add),
            BinaryOperator::Addition => self.add(left, right, types),
            BinaryOperator::Subtraction if numbers => plain(Op::Subtract),
            BinaryOperator::Multiplication if numbers => plain(Op::Multiply),
            BinaryOperator::Division if numbers => plain(Op::Divide),
            BinaryOperator::LessThan if numbers => plain(Op::Less),
            BinaryOperator::LessEqualThan if numbers => plain(Op::LessEqual),
            BinaryOperator::GreaterThan if numbers => plain(Op::Greater),
            BinaryOperator::GreaterEqualThan if numbers => plain(Op::GreaterEqual),
            _ => self.helper(helper_of(operator), &[left, right], types),
        }
    }

    fn add(&self, left: Ex<'a>, right: Ex<'a>, types: Types) -> Ex<'a> {
        let effect = left.effect.max(right.effect);
        if left.types.is_string() && right.types.is_string() {
            return Ex::new(Kind::Binary(Op::Concat, self.boxed(left), self.boxed(right)), types, effect);
        }
        // conversion of anything but objects and symbols to text has no effect
        let safe = |types: Types| !types.may_be(Types::OBJECT.union(Types::SYMBOL));
        if types.is_string() && safe(left.types) && safe(right.types) {
            let text = |value: Ex<'a>| {
                if value.types.is_string() {
                    value
                } else {
                    Ex::new(Kind::Helper("str", self.list(&[value])), Types::STRING, value.effect)
                }
            };
            let kind = Kind::Binary(Op::Concat, self.boxed(text(left)), self.boxed(text(right)));
            return Ex::new(kind, types, effect);
        }
        self.helper("add", &[left, right], types)
    }

    fn loose_equal(&mut self, left: Ex<'a>, right: Ex<'a>) -> Ex<'a> {
        let nothing = Types::NULL.union(Types::UNDEFINED);
        let (value, other) = if right.types.within(nothing) || !left.types.within(nothing) {
            (left, right)
        } else {
            (right, left)
        };
        if other.types.within(nothing) && other.effect == Effect::None {
            return self.nullish(value);
        }
        let same_kind = [Types::STRING, Types::NUMBER, Types::BOOLEAN]
            .into_iter()
            .any(|kind| left.types.within(kind) && right.types.within(kind));
        if same_kind {
            return self.compare(Op::Equal, left, right);
        }
        self.helper("eq", &[left, right], Types::BOOLEAN)
    }

    pub(super) fn private_in(&mut self, found: &'a PrivateInExpression<'a>) -> Ex<'a> {
        let object = self.expression(&found.right);
        let key = self.private_key(found.left.name.as_str());
        self.helper("has_private", &[object, key], Types::BOOLEAN)
    }
}

/// Operators after which the value of a long chain is put into a local: Luau limits the depth of expressions.
const LONGEST_CHAIN: usize = 120;

const fn helper_of(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Addition => "add",
        BinaryOperator::Subtraction => "sub",
        BinaryOperator::Multiplication => "mul",
        BinaryOperator::Division => "div",
        BinaryOperator::Remainder => "mod",
        BinaryOperator::Exponential => "pow",
        BinaryOperator::ShiftLeft => "shl",
        BinaryOperator::ShiftRight => "shr",
        BinaryOperator::ShiftRightZeroFill => "ushr",
        BinaryOperator::BitwiseOR => "bor",
        BinaryOperator::BitwiseXOR => "bxor",
        BinaryOperator::BitwiseAnd => "band",
        BinaryOperator::LessThan => "lt",
        BinaryOperator::LessEqualThan => "le",
        BinaryOperator::GreaterThan => "gt",
        BinaryOperator::GreaterEqualThan => "ge",
        BinaryOperator::In => "has",
        BinaryOperator::Instanceof => "instanceof",
        BinaryOperator::Equality | BinaryOperator::StrictEquality => "eq",
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => "ne",
    }
}
