//! Printing of expressions: precedence, parentheses, literals over several lines.

use super::Printer;
use crate::ir::{Entry, EntryKey, Ex, Kind, List, Op, Remark};

impl Op {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "~=",
            Self::Concat => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual
            | Self::Equal
            | Self::NotEqual => 3,
            Self::Concat => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
        }
    }
}

const UNARY: u8 = 7;

/// Longest object or array that stays on one line although the source has it on several.
const ONE_LINE_ENTRIES: usize = 0;

impl Printer<'_> {
    pub(super) fn expressions(&mut self, values: &[Ex<'_>]) {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.expression(value);
        }
    }

    pub(super) fn expression(&mut self, expression: &Ex<'_>) {
        self.at(expression, 0);
    }

    /// Prints an operand; parentheses when it binds less tightly than `level`.
    fn at(&mut self, expression: &Ex<'_>, level: u8) {
        let own = match expression.kind {
            Kind::IfElse(..) => 0,
            Kind::Binary(op, ..) => op.precedence(),
            Kind::Not(_) | Kind::Minus(_) => UNARY,
            _ => u8::MAX,
        };
        if own < level {
            self.out.push('(');
            self.bare(expression);
            self.out.push(')');
        } else {
            self.bare(expression);
        }
    }

    fn bare(&mut self, expression: &Ex<'_>) {
        match expression.kind {
            Kind::Nil => self.out.push_str("nil"),
            Kind::True => self.out.push_str("true"),
            Kind::False => self.out.push_str("false"),
            Kind::Vararg => self.out.push_str("..."),
            Kind::Number(text) | Kind::Name(text, _) => self.out.push_str(text),
            Kind::Str(text, lone) => self.string(text, lone),
            Kind::HelperValue(name) => {
                self.out.push_str("js.");
                self.out.push_str(name);
            }
            Kind::Function(function) => {
                self.out.push_str("function");
                self.function_rest(function);
            }
            Kind::Not(operand) => {
                self.out.push_str("not ");
                self.at(operand, UNARY);
            }
            Kind::Minus(operand) => {
                self.out.push('-');
                let start = self.out.len();
                self.at(operand, UNARY + 1);
                if self.out.as_bytes().get(start) == Some(&b'-') {
                    self.out.insert(start, ' ');
                }
            }
            Kind::Binary(op, left, right) => self.binary(op, left, right),
            Kind::IfElse(test, yes, no) => {
                self.out.push_str("if ");
                self.expression(test);
                self.out.push_str(" then ");
                self.expression(yes);
                self.out.push_str(" else ");
                self.expression(no);
            }
            Kind::Paren(inner) => {
                self.out.push('(');
                self.bare(inner);
                self.out.push(')');
            }
            _ => self.suffixed(expression),
        }
    }

    fn suffixed(&mut self, expression: &Ex<'_>) {
        match expression.kind {
            Kind::Field(object, name) => {
                self.prefix(object);
                self.out.push('.');
                self.out.push_str(name);
            }
            Kind::Item(object, key) => {
                self.prefix(object);
                self.out.push('[');
                self.expression(key);
                self.out.push(']');
            }
            Kind::Call(callee, arguments) => {
                self.prefix(callee);
                self.arguments(arguments);
            }
            Kind::Method(bound, arguments) => {
                self.prefix(&bound.object);
                self.out.push(':');
                self.out.push_str(bound.method);
                self.arguments(arguments);
            }
            Kind::Helper(name, arguments) => {
                self.out.push_str("js.");
                self.out.push_str(name);
                self.arguments(arguments);
            }
            Kind::Object(list) => self.object(list),
            Kind::Array(list) => self.array(list),
            Kind::Table(values) => {
                self.out.push_str("{ ");
                self.expressions(values);
                self.out.push_str(" }");
            }
            _ => {}
        }
    }

    fn arguments(&mut self, values: &[Ex<'_>]) {
        self.out.push('(');
        self.expressions(values);
        self.out.push(')');
    }

    /// What stands before `.`, `[`, `:` or `(` must be a name, a call or an index; else parentheses.
    fn prefix(&mut self, expression: &Ex<'_>) {
        let plain = matches!(
            expression.kind,
            Kind::Name(..)
                | Kind::Field(..)
                | Kind::Item(..)
                | Kind::Call(..)
                | Kind::Method(..)
                | Kind::Helper(..)
                | Kind::HelperValue(_)
                | Kind::Object(_)
                | Kind::Array(_)
        );
        if plain {
            self.bare(expression);
        } else {
            self.out.push('(');
            self.expression(expression);
            self.out.push(')');
        }
    }

    fn binary(&mut self, op: Op, left: &Ex<'_>, right: &Ex<'_>) {
        let level = op.precedence();
        // `..` groups to the right, comparisons do not chain, the rest groups to the left
        let (left_level, right_level) = match op {
            Op::Concat => (level + 1, level),
            Op::And | Op::Or | Op::Add | Op::Multiply | Op::Subtract | Op::Divide => (level, level + 1),
            _ => (level + 1, level + 1),
        };
        let right_level = if matches!(op, Op::And | Op::Or) { level } else { right_level };
        self.at(left, left_level);
        self.out.push(' ');
        self.out.push_str(op.text());
        self.out.push(' ');
        self.at(right, right_level);
    }

    fn object(&mut self, list: &List<'_>) {
        if list.entries.is_empty() && list.tail.is_empty() {
            self.out.push_str("js.object()");
            return;
        }
        self.out.push_str("js.object(");
        self.entries(list, ["{ ", " }"], ["{", "}"]);
        self.out.push_str(", ");
        self.words(list.keys, list.quoted);
        self.out.push(')');
    }

    /// Above this many elements an array is built from a table: calls have 255 registers.
    const LONGEST_ARGUMENT_LIST: usize = 40;

    fn array(&mut self, list: &List<'_>) {
        if list.entries.len() < Self::LONGEST_ARGUMENT_LIST {
            self.out.push_str("js.array");
            self.entries(list, ["(", ")"], ["(", ")"]);
        } else {
            self.out.push_str("js.array_of(");
            self.out.push_str(&list.entries.len().to_string());
            self.out.push_str(", ");
            self.entries(list, ["{ ", " }"], ["{", "}"]);
            self.out.push(')');
        }
    }

    fn entries(&mut self, list: &List<'_>, short: [&str; 2], long: [&str; 2]) {
        let lines = list.lines && list.entries.len() + list.tail.len() > ONE_LINE_ENTRIES;
        self.out.push_str(if lines { long[0] } else { short[0] });
        if lines {
            self.newline();
            self.indent += 1;
        }
        let count = list.entries.len();
        for (index, entry) in list.entries.iter().enumerate() {
            self.entry(entry, index + 1 == count, lines);
        }
        if lines {
            self.remarks(list.tail);
            self.indent -= 1;
            self.start_line();
        }
        self.out.push_str(if lines { long[1] } else { short[1] });
    }

    fn entry(&mut self, entry: &Entry<'_>, last: bool, lines: bool) {
        if lines {
            if let Some(remarks) = entry.remarks {
                self.remarks(remarks.before);
            }
            self.start_line();
            self.mark(entry.start);
        }
        match entry.key {
            EntryKey::Name(name) => {
                self.out.push_str(name);
                self.out.push_str(" = ");
            }
            EntryKey::Text(text, lone) => {
                self.out.push('[');
                self.string(text, lone);
                self.out.push_str("] = ");
            }
            EntryKey::Number(text) => {
                self.out.push('[');
                self.out.push_str(text);
                self.out.push_str("] = ");
            }
            EntryKey::None => {}
        }
        match entry.value.kind {
            Kind::Str(text, lone) => self.string(text, lone),
            _ => self.expression(&entry.value),
        }
        if !last {
            self.out.push_str(if lines { "," } else { ", " });
        }
        if lines {
            self.line_end(entry.remarks.and_then(|remarks| remarks.after));
        }
    }

    /// The comment behind an entry, then the line break.
    fn line_end(&mut self, remark: Option<Remark>) {
        if let Some(remark) = remark {
            self.out.push(' ');
            self.remark_text(&remark);
        }
        self.newline();
    }

    fn remarks(&mut self, remarks: &[Remark]) {
        for remark in remarks {
            if remark.gap {
                self.newline();
            }
            self.start_line();
            self.remark_text(remark);
            self.newline();
        }
    }
}
