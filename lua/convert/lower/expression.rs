//! Expressions: the dispatch, and those that are simple.

use oxc_ast::ast::{
    AwaitExpression, Expression, ImportExpression, Program, SequenceExpression, Statement, StringLiteral,
    YieldExpression,
};
use oxc_span::GetSpan;

use super::Lowerer;
use super::function::{FunctionContext, Place, Role};
use crate::diagnostics::Refusal;
use crate::ir::{Block, Ex, Kind, StmtKind};
use crate::types::{Effect, Types};

impl<'a> Lowerer<'a, '_> {
    /// Lowers an expression for its value.
    pub(super) fn expression(&mut self, expression: &'a Expression<'a>) -> Ex<'a> {
        let destination = self.destination.take();
        if let Expression::StringLiteral(literal) = expression {
            return string_literal(literal);
        }
        self.deeper(|| expression.span(), Ex::NIL, |lowerer| lowerer.any_expression(expression, destination))
    }

    fn any_expression(&mut self, expression: &'a Expression<'a>, destination: Option<&'a str>) -> Ex<'a> {
        match expression {
            Expression::BooleanLiteral(literal) => {
                if literal.value {
                    Ex::TRUE
                } else {
                    Ex::FALSE
                }
            }
            Expression::NullLiteral(_) => Ex::NULL,
            Expression::NumericLiteral(literal) => self.numeric_literal(literal),
            Expression::StringLiteral(literal) => string_literal(literal),
            Expression::BigIntLiteral(literal) => {
                let text = Ex::string(literal.value.as_str());
                Ex::new(Kind::Helper("bigint", self.list(&[text])), Types::BIGINT, Effect::None)
            }
            Expression::RegExpLiteral(literal) => self.regexp_literal(literal),
            Expression::TemplateLiteral(template) => self.template_literal(template),
            Expression::TaggedTemplateExpression(tagged) => self.tagged_template(tagged),
            Expression::Identifier(name) => self.identifier(name),
            Expression::ThisExpression(_) => self.this(),
            Expression::ArrayExpression(array) => self.array_literal(array),
            Expression::ObjectExpression(object) => self.object_literal(object),
            Expression::ArrowFunctionExpression(arrow) => self.arrow_function(arrow, "", Place::Anonymous),
            Expression::FunctionExpression(function) => {
                self.function_expression(function, "", Place::Anonymous)
            }
            Expression::ClassExpression(class) => self.class_expression(class, ""),
            Expression::AssignmentExpression(assignment) => self.assignment(assignment),
            Expression::UpdateExpression(update) => self.update(update),
            Expression::UnaryExpression(unary) => self.unary(unary),
            Expression::BinaryExpression(binary) => self.binary(binary),
            Expression::LogicalExpression(logical) => self.logical(logical, destination),
            Expression::ConditionalExpression(conditional) => self.conditional(conditional, destination),
            Expression::SequenceExpression(sequence) => self.sequence(sequence),
            Expression::CallExpression(call) => self.call(call),
            Expression::NewExpression(found) => self.new_expression(found),
            Expression::ChainExpression(chain) => self.chain(chain, destination),
            Expression::StaticMemberExpression(member) => self.static_member(member),
            Expression::ComputedMemberExpression(member) => self.computed_member(member),
            Expression::PrivateFieldExpression(member) => self.private_member(member),
            Expression::PrivateInExpression(found) => self.private_in(found),
            Expression::AwaitExpression(found) => self.await_expression(found),
            Expression::YieldExpression(found) => self.yield_expression(found),
            Expression::ImportExpression(found) => self.import_expression(found),
            Expression::ImportMeta(_) => self.import_meta(),
            Expression::NewTarget(_) => self.new_target(),
            Expression::ParenthesizedExpression(inner) => self.expression(&inner.expression),
            other => self.unsupported(other),
        }
    }

    fn unsupported(&mut self, expression: &'a Expression<'a>) -> Ex<'a> {
        let refusal = match expression {
            Expression::JSXElement(_) | Expression::JSXFragment(_) => Refusal::Jsx,
            Expression::V8IntrinsicExpression(_) => Refusal::Intrinsic,
            _ => Refusal::TypeScript,
        };
        self.refuse(refusal, expression.span())
    }

    /// An expression whose value gets a name, which anonymous functions and classes take.
    pub(super) fn named_value(
        &mut self,
        expression: &'a Expression<'a>,
        name: &'a str,
        place: Place<'a>,
    ) -> Ex<'a> {
        match expression {
            Expression::ArrowFunctionExpression(arrow) => {
                self.destination = None;
                self.arrow_function(arrow, name, place)
            }
            Expression::FunctionExpression(function) if function.id.is_none() => {
                self.destination = None;
                self.function_expression(function, name, place)
            }
            Expression::ClassExpression(class) if class.id.is_none() => {
                self.destination = None;
                self.class_expression(class, name)
            }
            other => self.expression(other),
        }
    }

    /// An expression statement.
    pub(super) fn effect(&mut self, expression: &'a Expression<'a>) {
        match expression {
            Expression::AssignmentExpression(assignment) => self.assignment_statement(assignment),
            Expression::UpdateExpression(update) => self.update_statement(update),
            Expression::SequenceExpression(sequence) => {
                for expression in &sequence.expressions {
                    self.effect(expression);
                }
            }
            Expression::LogicalExpression(logical) => self.logical_statement(logical),
            Expression::ConditionalExpression(conditional) => self.conditional_statement(conditional),
            Expression::UnaryExpression(unary)
                if unary.operator == oxc_syntax::operator::UnaryOperator::Void =>
            {
                self.effect(&unary.argument);
            }
            other => {
                let start = self.position;
                let value = self.expression(other);
                self.position = start;
                self.emit_effect(value);
            }
        }
    }

    fn sequence(&mut self, sequence: &'a SequenceExpression<'a>) -> Ex<'a> {
        let Some((last, rest)) = sequence.expressions.split_last() else { return Ex::NIL };
        for expression in rest {
            self.effect(expression);
        }
        self.expression(last)
    }

    fn await_expression(&mut self, found: &'a AwaitExpression<'a>) -> Ex<'a> {
        if self.functions.last().is_some_and(|function| function.role == Role::Chunk) {
            self.has_top_level_await = true;
        }
        let value = self.expression(&found.argument);
        self.helper("await", &[value], Types::ANY)
    }

    fn yield_expression(&mut self, found: &'a YieldExpression<'a>) -> Ex<'a> {
        let value = found.argument.as_ref().map_or(Ex::NIL, |argument| self.expression(argument));
        let helper = if found.delegate { "yield_star" } else { "yield" };
        self.helper(helper, &[value], Types::ANY)
    }

    fn import_expression(&mut self, found: &'a ImportExpression<'a>) -> Ex<'a> {
        if found.phase.is_some() {
            return self.refuse(Refusal::ImportPhase, found.span);
        }
        self.module.uses("require");
        let specifier = self.expression(&found.source);
        let require = Ex::fixed("require", Types::OBJECT);
        self.helper("import_dynamic", &[require, specifier], Types::OBJECT)
    }

    fn import_meta(&mut self) -> Ex<'a> {
        self.module.uses("module");
        self.module.uses("__filename");
        let module = Ex::fixed("module", Types::OBJECT);
        let file = Ex::fixed("__filename", Types::STRING);
        self.helper("import_meta", &[module, file], Types::OBJECT)
    }

    /// Lowers several operands in order; earlier ones are put aside when later ones need statements.
    pub(super) fn operands(&mut self, first: Ex<'a>, second: &'a Expression<'a>) -> (Ex<'a>, Ex<'a>) {
        let mark = self.out.len();
        let second = self.expression(second);
        let mut first = [first];
        self.spill(&mut first, mark);
        (self.shielded(first[0], second), second)
    }

    /// Luau reads a local operand after the call in a later operand has run: a variable that closures write
    /// is copied first.
    pub(super) fn shielded(&mut self, first: Ex<'a>, second: Ex<'a>) -> Ex<'a> {
        if let Kind::Name(_, Some(symbol)) = first.kind
            && second.effect == Effect::Call
            && self.facts.symbol(symbol).written_inside
        {
            return self.store(first, "value");
        }
        first
    }

    /// A chunk that returns the value of one expression.
    pub(super) fn expression_chunk(&mut self, program: &'a Program<'a>) -> Block<'a> {
        self.functions.push(FunctionContext::new(Role::Chunk));
        let scope = self.alloc.alloc_slice_copy(&["scope"]);
        let dots = self.list(&[Ex::new(Kind::Vararg, Types::ANY, Effect::Read)]);
        if self.scope_names.is_some_and(|names| !names.is_empty()) {
            self.emit(StmtKind::Local(scope, dots));
        }
        if let [Statement::ExpressionStatement(found)] = program.body.as_slice() {
            self.skip_comments(program.span.end);
            self.position = found.span.start;
            let value = self.expression(&found.expression);
            let values = self.list(&[value]);
            let sites = self.module.template_site_locals(self.alloc);
            self.out.splice(0..0, sites);
            self.emit(StmtKind::Return(values));
        }
        let body = std::mem::take(&mut self.out);
        self.alloc.alloc_slice_copy(&body)
    }
}

fn string_literal<'a>(literal: &'a StringLiteral<'a>) -> Ex<'a> {
    Ex::new(Kind::Str(literal.value.as_str(), literal.lone_surrogates), Types::STRING, Effect::None)
}
