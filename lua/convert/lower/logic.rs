//! Conditions, `&&`, `||`, `??`, `? :`.

use oxc_ast::ast::{ConditionalExpression, Expression, LogicalExpression};
use oxc_syntax::operator::{LogicalOperator, UnaryOperator};

use super::Lowerer;
use crate::ir::{Ex, Kind, Op, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    /// Lowers an expression whose truth alone matters: the result is right as a condition in Luau.
    pub(super) fn condition(&mut self, expression: &'a Expression<'a>) -> Ex<'a> {
        match expression {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                let operand = self.condition(&unary.argument);
                self.not(operand)
            }
            Expression::LogicalExpression(logical) if logical.operator != LogicalOperator::Coalesce => {
                self.logical_condition(logical)
            }
            other => {
                let value = self.expression(other);
                self.truth(value)
            }
        }
    }

    /// The truth of a value, as a condition.
    pub(super) fn truth(&mut self, value: Ex<'a>) -> Ex<'a> {
        if value.types.lua_truthiness() {
            return value;
        }
        match value.kind {
            Kind::Number(text) => {
                return if text.parse().is_ok_and(|number: f64| number == 0.0) {
                    Ex::FALSE
                } else {
                    Ex::TRUE
                };
            }
            Kind::Str(text, _) => return if text.is_empty() { Ex::FALSE } else { Ex::TRUE },
            _ => {}
        }
        if value.types.within(Types::STRING) {
            return self.compare(Op::NotEqual, value, Ex::string(""));
        }
        if value.types.within(Types::INDEX) {
            let zero = self.number(0.0);
            return self.compare(Op::NotEqual, value, zero);
        }
        if value.types.within(Types::NULL.union(Types::UNDEFINED)) {
            return if value.effect <= Effect::Read {
                Ex::FALSE
            } else {
                self.pure_helper("truthy", &[value], Types::BOOLEAN)
            };
        }
        self.pure_helper("truthy", &[value], Types::BOOLEAN)
    }

    pub(super) fn compare(&self, op: Op, left: Ex<'a>, right: Ex<'a>) -> Ex<'a> {
        let kind = Kind::Binary(op, self.boxed(left), self.boxed(right));
        Ex::new(kind, Types::BOOLEAN, left.effect.max(right.effect))
    }

    fn logical_condition(&mut self, logical: &'a LogicalExpression<'a>) -> Ex<'a> {
        let is_and = logical.operator == LogicalOperator::And;
        let left = self.condition(&logical.left);
        let mut right = Ex::NIL;
        let statements = self.nested(|lowerer| right = lowerer.condition(&logical.right));
        if statements.is_empty() {
            let op = if is_and { Op::And } else { Op::Or };
            let types = left.types.union(right.types);
            let effect = left.effect.max(right.effect);
            return Ex::new(Kind::Binary(op, self.boxed(left), self.boxed(right)), types, effect);
        }
        let name = self.fresh("result");
        self.emit_local(name, Some(left));
        let types = if left.types.is_boolean() && right.types.is_boolean() {
            Types::BOOLEAN
        } else {
            Types::BOOLEAN.union(Types::OBJECT).union(Types::UNDEFINED)
        };
        let result = Ex::new(Kind::Name(name, None), types, Effect::None);
        let body = self.nested(|lowerer| {
            lowerer.out.extend_from_slice(statements);
            lowerer.emit(StmtKind::Assign(result, right));
        });
        let test = if is_and { result } else { self.not(result) };
        self.emit_if(test, body, None);
        result
    }

    /// `left op right` for its value.
    pub(super) fn logical(
        &mut self,
        logical: &'a LogicalExpression<'a>,
        destination: Option<&'a str>,
    ) -> Ex<'a> {
        let left = self.expression(&logical.left);
        let mut right = Ex::NIL;
        let locals = self.block_locals;
        let statements = self.nested(|lowerer| right = lowerer.expression(&logical.right));
        self.block_locals = locals;
        let types = Self::logical_types(logical.operator, left.types, right.types);
        if statements.is_empty()
            && let Some(value) = self.logical_expression(logical.operator, left, right, types)
        {
            return value;
        }
        let start = self.position;
        let name = self.result_local(destination);
        self.emit_local(name, Some(left));
        let result = Ex::new(Kind::Name(name, None), left.types, Effect::Read);
        let truth = self.logical_test(logical.operator, result);
        let body = self.nested(|lowerer| {
            lowerer.out.extend_from_slice(statements);
            lowerer.position = start;
            lowerer.emit(StmtKind::Assign(result, right));
        });
        self.emit_if(truth, body, None);
        Ex::new(Kind::Name(name, None), types, Effect::None)
    }

    /// When the right side of the operator is wanted.
    pub(super) fn logical_test(&mut self, operator: LogicalOperator, left: Ex<'a>) -> Ex<'a> {
        match operator {
            LogicalOperator::And => self.truth(left),
            LogicalOperator::Or => {
                let truth = self.truth(left);
                self.not(truth)
            }
            LogicalOperator::Coalesce => self.nullish(left),
        }
    }

    pub(super) fn nullish(&mut self, value: Ex<'a>) -> Ex<'a> {
        if !value.types.may_be(Types::NULL) {
            return self.is_nil(value);
        }
        self.pure_helper("nullish", &[value], Types::BOOLEAN)
    }

    /// The operator as one Luau expression, if that is possible without evaluating anything twice.
    fn logical_expression(
        &mut self,
        operator: LogicalOperator,
        left: Ex<'a>,
        right: Ex<'a>,
        types: Types,
    ) -> Option<Ex<'a>> {
        let effect = left.effect.max(right.effect);
        if left.types.lua_truthiness() && operator != LogicalOperator::Coalesce {
            let op = if operator == LogicalOperator::And { Op::And } else { Op::Or };
            return Some(Ex::new(Kind::Binary(op, self.boxed(left), self.boxed(right)), types, effect));
        }
        if left.is_simple() {
            let (yes, no) = match operator {
                LogicalOperator::And => (right, left),
                LogicalOperator::Or | LogicalOperator::Coalesce => (left, right),
            };
            let test = match operator {
                LogicalOperator::Coalesce => {
                    let nullish = self.nullish(left);
                    self.not(nullish)
                }
                _ => self.truth(left),
            };
            let kind = Kind::IfElse(self.boxed(test), self.boxed(yes), self.boxed(no));
            return Some(Ex::new(kind, types, effect));
        }
        if right.effect <= Effect::Read
            && !matches!(right.kind, Kind::Function(_) | Kind::Object(_) | Kind::Array(_))
        {
            let helper = match operator {
                LogicalOperator::And => "both",
                LogicalOperator::Or => "either",
                LogicalOperator::Coalesce => "default",
            };
            let kind = Kind::Helper(helper, self.list(&[left, right]));
            return Some(Ex::new(kind, types, effect));
        }
        None
    }

    /// `test ? yes : no` for its value.
    pub(super) fn conditional(
        &mut self,
        conditional: &'a ConditionalExpression<'a>,
        destination: Option<&'a str>,
    ) -> Ex<'a> {
        let start = self.position;
        let test = self.condition(&conditional.test);
        let (mut yes, mut no) = (Ex::NIL, Ex::NIL);
        let yes_statements = self.nested(|lowerer| yes = lowerer.expression(&conditional.consequent));
        let no_statements = self.nested(|lowerer| no = lowerer.expression(&conditional.alternate));
        let types = yes.types.union(no.types);
        if yes_statements.is_empty() && no_statements.is_empty() {
            let effect = test.effect.max(yes.effect).max(no.effect);
            let kind = Kind::IfElse(self.boxed(test), self.boxed(yes), self.boxed(no));
            return Ex::new(kind, types, effect);
        }
        let name = self.result_local(destination);
        self.emit_local(name, None);
        let result = Ex::new(Kind::Name(name, None), types, Effect::None);
        let branch = |lowerer: &mut Self, statements: &[_], value| {
            lowerer.nested(|lowerer| {
                lowerer.out.extend_from_slice(statements);
                lowerer.position = start;
                lowerer.emit(StmtKind::Assign(result, value));
            })
        };
        let yes = branch(self, yes_statements, yes);
        let no = branch(self, no_statements, no);
        self.position = start;
        self.emit_if(test, yes, Some(no));
        result
    }

    /// `a && b()` as a statement.
    pub(super) fn logical_statement(&mut self, logical: &'a LogicalExpression<'a>) {
        let start = self.position;
        let test = match logical.operator {
            LogicalOperator::And => self.condition(&logical.left),
            LogicalOperator::Or => {
                let left = self.condition(&logical.left);
                self.not(left)
            }
            LogicalOperator::Coalesce => {
                let left = self.expression(&logical.left);
                self.nullish(left)
            }
        };
        let body = self.nested(|lowerer| lowerer.effect(&logical.right));
        self.position = start;
        self.emit_if(test, body, None);
    }

    /// `a ? b() : c()` as a statement.
    pub(super) fn conditional_statement(&mut self, conditional: &'a ConditionalExpression<'a>) {
        let start = self.position;
        let test = self.condition(&conditional.test);
        let yes = self.nested(|lowerer| lowerer.effect(&conditional.consequent));
        let no = self.nested(|lowerer| lowerer.effect(&conditional.alternate));
        self.position = start;
        self.emit_if(test, yes, Some(no));
    }
}
