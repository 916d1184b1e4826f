//! Types of variables and expressions before they are lowered, from all that is ever written to a variable.

use oxc_ast::ast::{Argument, CallExpression, Expression, ObjectPropertyKind, PropertyKey, PropertyKind};
use oxc_syntax::operator::{AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator};
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::Lowerer;
use crate::facts::{Early, SymbolFacts, Write};
use crate::types::Types;

/// Variables that depend on one another are followed this far.
const DEEPEST_INFERENCE: usize = 12;

/// Variables with more writes than this have any type.
const MOST_WRITES: usize = 12;

impl<'a> Lowerer<'a, '_> {
    /// All types a variable can have.
    pub(super) fn type_of_symbol(&mut self, symbol: SymbolId) -> Types {
        if let Some(types) = self.symbol_types[symbol.index()] {
            return types;
        }
        if self.inferring.contains(&symbol) {
            return Types::NONE;
        }
        if self.inferring.len() >= DEEPEST_INFERENCE {
            return Types::ANY;
        }
        self.inferring.push(symbol);
        let types = self.infer(symbol);
        self.inferring.pop();
        let types = if types == Types::NONE { Types::ANY } else { types };
        // inside the inference of another variable the answer may rest on an assumption
        if self.inferring.is_empty() {
            self.symbol_types[symbol.index()] = Some(types);
        }
        types
    }

    fn infer(&mut self, symbol: SymbolId) -> Types {
        let facts: &SymbolFacts<'a> = self.facts.symbol(symbol);
        let flags = self.scoping.symbol_flags(symbol);
        if facts.opaque || facts.writes.len() > MOST_WRITES || self.is_script_global(symbol) {
            return Types::ANY;
        }
        if flags.intersects(SymbolFlags::Function | SymbolFlags::Class) {
            return if facts.writes.is_empty() && facts.declarations == 1 {
                Types::OBJECT
            } else {
                Types::ANY
            };
        }
        if !flags.is_variable() {
            return Types::ANY;
        }
        let mut types = Types::NONE;
        if flags.contains(SymbolFlags::FunctionScopedVariable)
            && (facts.declarations > 1 || self.facts.early(self.scoping, symbol) != Early::Never)
        {
            types = Types::UNDEFINED;
        }
        for write in &facts.writes {
            types = types.union(self.written(*write, symbol));
        }
        types
    }

    fn written(&mut self, write: Write<'a>, symbol: SymbolId) -> Types {
        match write {
            Write::Value(value) => self.type_of(value),
            Write::Undefined => Types::UNDEFINED,
            Write::Key => Types::STRING,
            Write::Unknown => Types::ANY,
            Write::Increment => match self.type_of_symbol(symbol) {
                Types::NONE => Types::NONE,
                types if types.within(Types::INDEX) => Types::INDEX,
                types if types.is_number() => Types::NUMBER,
                _ => Types::NUMERIC,
            },
            Write::Decrement => match self.type_of_symbol(symbol) {
                Types::NONE => Types::NUMBER,
                types if types.is_number() => Types::NUMBER,
                _ => Types::NUMERIC,
            },
            Write::Compound(operator, value) => {
                let left = self.type_of_symbol(symbol);
                let right = self.type_of(value);
                Self::compound(operator, left, right)
            }
        }
    }

    fn compound(operator: AssignmentOperator, left: Types, right: Types) -> Types {
        if left == Types::NONE {
            // the variable itself: whatever else is written decides, together with the right side
            return match operator {
                AssignmentOperator::Addition if right.is_number() => Types::NONE.union(Types::NUMBER),
                AssignmentOperator::Addition if right.is_string() => Types::STRING,
                _ => Types::ANY,
            };
        }
        match operator.to_binary_operator() {
            Some(operator) => Self::binary_types(operator, left, right),
            None => left.union(right),
        }
    }

    /// Types of a binary operator's result.
    pub(super) fn binary_types(operator: BinaryOperator, left: Types, right: Types) -> Types {
        let numbers = left.is_number() && right.is_number();
        match operator {
            BinaryOperator::Addition if left.is_string() || right.is_string() => Types::STRING,
            BinaryOperator::Addition if left.within(Types::INDEX) && right.within(Types::INDEX) => {
                Types::INDEX
            }
            BinaryOperator::Addition if numbers => Types::NUMBER,
            BinaryOperator::Addition => Types::NUMERIC.union(Types::STRING),
            BinaryOperator::Subtraction
            | BinaryOperator::Multiplication
            | BinaryOperator::Division
            | BinaryOperator::Remainder
            | BinaryOperator::Exponential
            | BinaryOperator::ShiftLeft
            | BinaryOperator::ShiftRight
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOR
            | BinaryOperator::BitwiseXOR => {
                if numbers
                    || !left.may_be(Types::BIGINT.union(Types::OBJECT))
                    || !right.may_be(Types::BIGINT.union(Types::OBJECT))
                {
                    Types::NUMBER
                } else {
                    Types::NUMERIC
                }
            }
            BinaryOperator::ShiftRightZeroFill => Types::NUMBER,
            _ => Types::BOOLEAN,
        }
    }

    /// Types of an expression's value.
    pub(super) fn type_of(&mut self, expression: &'a Expression<'a>) -> Types {
        match expression {
            Expression::BooleanLiteral(_) | Expression::PrivateInExpression(_) => Types::BOOLEAN,
            Expression::NullLiteral(_) => Types::NULL,
            Expression::NumericLiteral(literal) => self.number(literal.value).types,
            Expression::BigIntLiteral(_) => Types::BIGINT,
            Expression::StringLiteral(_) | Expression::TemplateLiteral(_) => Types::STRING,
            Expression::RegExpLiteral(_)
            | Expression::ArrayExpression(_)
            | Expression::ObjectExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::ClassExpression(_)
            | Expression::NewExpression(_)
            | Expression::ImportExpression(_) => Types::OBJECT,
            Expression::Identifier(name) if name.name == "undefined" => Types::UNDEFINED,
            Expression::Identifier(name) => match self.symbol_of(name) {
                Some(symbol) => self.type_of_symbol(symbol),
                None => Types::ANY,
            },
            Expression::UnaryExpression(unary) => match unary.operator {
                UnaryOperator::LogicalNot | UnaryOperator::Delete => Types::BOOLEAN,
                UnaryOperator::Typeof => Types::STRING,
                UnaryOperator::Void => Types::UNDEFINED,
                UnaryOperator::UnaryPlus => Types::NUMBER,
                UnaryOperator::UnaryNegation | UnaryOperator::BitwiseNot => {
                    if self.type_of(&unary.argument).is_number() { Types::NUMBER } else { Types::NUMERIC }
                }
            },
            Expression::BinaryExpression(binary) => {
                let left = self.type_of(&binary.left);
                let right = self.type_of(&binary.right);
                if left == Types::NONE || right == Types::NONE {
                    return if binary.operator.is_compare() || binary.operator.is_equality() {
                        Types::BOOLEAN
                    } else {
                        Types::ANY
                    };
                }
                Self::binary_types(binary.operator, left, right)
            }
            Expression::LogicalExpression(logical) => {
                let left = self.type_of(&logical.left);
                let right = self.type_of(&logical.right);
                Self::logical_types(logical.operator, left, right)
            }
            Expression::ConditionalExpression(conditional) => {
                let yes = self.type_of(&conditional.consequent);
                let no = self.type_of(&conditional.alternate);
                if yes == Types::NONE || no == Types::NONE { Types::ANY } else { yes.union(no) }
            }
            Expression::AssignmentExpression(assignment)
                if assignment.operator == AssignmentOperator::Assign =>
            {
                self.type_of(&assignment.right)
            }
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.last().map_or(Types::ANY, |last| self.type_of(last))
            }
            Expression::UpdateExpression(_) => Types::NUMERIC,
            Expression::CallExpression(call) => self.type_of_call(call),
            Expression::StaticMemberExpression(member) => {
                self.record_field(&member.object, member.property.name.as_str()).unwrap_or(Types::ANY)
            }
            _ => Types::ANY,
        }
    }

    /// Types of `left op right`.
    pub(super) fn logical_types(operator: LogicalOperator, left: Types, right: Types) -> Types {
        if left == Types::NONE || right == Types::NONE {
            return Types::ANY;
        }
        match operator {
            // the left side is the result only when it is false
            LogicalOperator::And => left.without(Types::OBJECT.union(Types::SYMBOL)).union(right),
            LogicalOperator::Or | LogicalOperator::Coalesce => {
                left.without(Types::UNDEFINED.union(Types::NULL)).union(right)
            }
        }
    }

    /// Results of calls that are the same whatever the arguments.
    pub(super) fn type_of_call(&self, call: &CallExpression<'a>) -> Types {
        if call.optional {
            return Types::ANY;
        }
        match &call.callee {
            Expression::StaticMemberExpression(member) if !member.optional => {
                let Expression::Identifier(object) = &member.object else { return Types::ANY };
                let method = member.property.name.as_str();
                match self.symbol_of(object) {
                    Some(symbol) => self.type_of_method(symbol, method),
                    None => global_method_type(object.name.as_str(), method),
                }
            }
            Expression::Identifier(name) if self.symbol_of(name).is_none() => match name.name.as_str() {
                "Boolean" | "isNaN" | "isFinite" => Types::BOOLEAN,
                "String" | "encodeURIComponent" | "decodeURIComponent" | "encodeURI" | "decodeURI" => {
                    Types::STRING
                }
                "Number" | "parseInt" | "parseFloat" => Types::NUMBER,
                _ => Types::ANY,
            },
            _ => Types::ANY,
        }
    }

    /// `info` of a launcher answers its questions with booleans; so do Node's file checks.
    fn type_of_method(&self, symbol: SymbolId, method: &str) -> Types {
        let facts = self.facts.symbol(symbol);
        if facts.rewritten > 0 {
            return Types::ANY;
        }
        if facts.launcher_info && matches!(method, "exists" | "running" | "ready") {
            return Types::BOOLEAN;
        }
        if let [Write::Value(Expression::CallExpression(call))] = facts.writes.as_slice()
            && let Expression::Identifier(callee) = &call.callee
            && callee.name == "require"
            && self.symbol_of(callee).is_none()
            && let [Argument::StringLiteral(module)] = call.arguments.as_slice()
        {
            return node_method_type(module.value.as_str(), method);
        }
        Types::ANY
    }

    /// The type of a field of an object that is only ever read: `const running = { install: … }`.
    pub(super) fn record_field(&mut self, object: &Expression<'a>, field: &str) -> Option<Types> {
        let Expression::Identifier(name) = object else { return None };
        let symbol = self.symbol_of(name)?;
        let facts: &SymbolFacts<'a> = self.facts.symbol(symbol);
        if facts.rewritten > 0 || facts.uses != facts.member_reads || self.is_script_global(symbol) {
            return None;
        }
        let [Write::Value(Expression::ObjectExpression(literal))] = facts.writes.as_slice() else {
            return None;
        };
        let mut found = None;
        for property in &literal.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { return None };
            if property.computed || property.kind != PropertyKind::Init {
                return None;
            }
            let PropertyKey::StaticIdentifier(key) = &property.key else { continue };
            if key.name == field {
                found = Some(&property.value);
            }
        }
        let types = found.map(|value| self.type_of(value))?;
        (types != Types::NONE).then_some(types)
    }
}

fn global_method_type(object: &str, method: &str) -> Types {
    match (object, method) {
        ("Array", "isArray")
        | ("Number", "isInteger" | "isFinite" | "isNaN" | "isSafeInteger")
        | ("Object", "is" | "isFrozen" | "isSealed" | "isExtensible" | "hasOwn") => Types::BOOLEAN,
        ("Object", "keys" | "values" | "entries" | "assign" | "create" | "fromEntries" | "freeze")
        | ("Promise", _)
        | ("Array", "from" | "of") => Types::OBJECT,
        ("Math", _) | ("Date", "now" | "parse" | "UTC") | ("Number", "parseInt" | "parseFloat") => {
            Types::NUMBER
        }
        ("String", "fromCharCode" | "fromCodePoint" | "raw") => Types::STRING,
        _ => Types::ANY,
    }
}

fn node_method_type(module: &str, method: &str) -> Types {
    match (module.strip_prefix("node:").unwrap_or(module), method) {
        ("fs", "existsSync") | ("path", "isAbsolute") => Types::BOOLEAN,
        ("path", "join" | "resolve" | "basename" | "dirname" | "extname" | "normalize" | "relative")
        | ("os", "platform" | "arch" | "homedir" | "tmpdir" | "hostname" | "type") => Types::STRING,
        _ => Types::ANY,
    }
}
