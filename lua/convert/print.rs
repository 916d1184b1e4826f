//! Writes the Luau tree as text, with a stable layout, and notes which line came from where.
//! Knows no JavaScript except the text of comments and the escapes of its strings.

mod expression;
mod text;

use crate::ir::{Block, Ex, Func, Remark, Stmt, StmtKind};

/// The text and, for every line that has one, the source offset of its statement.
pub(crate) struct Printed {
    pub(crate) text: String,
    pub(crate) lines: Vec<(u32, u32)>,
}

/// Fewer bytes than an ordinary line of source has.
const BYTES_A_LINE: usize = 24;

/// Prints a chunk.
pub(crate) fn print(body: Block<'_>, source: &str) -> Printed {
    let mut printer = Printer {
        out: String::with_capacity(source.len() + source.len() / 2 + 256),
        lines: Vec::with_capacity(8 + source.len() / BYTES_A_LINE),
        line: 1,
        indent: 0,
        source,
    };
    printer.block(body);
    Printed { text: printer.out, lines: printer.lines }
}

struct Printer<'s> {
    out: String,
    lines: Vec<(u32, u32)>,
    line: u32,
    indent: usize,
    source: &'s str,
}

const BLANKS: &str = "                                                                ";

impl Printer<'_> {
    fn newline(&mut self) {
        self.out.push('\n');
        self.line += 1;
    }

    fn start_line(&mut self) {
        let mut width = self.indent * 2;
        while width > BLANKS.len() {
            self.out.push_str(BLANKS);
            width -= BLANKS.len();
        }
        self.out.push_str(&BLANKS[..width]);
    }

    /// Notes that the current line was made from the source at `start`.
    fn mark(&mut self, start: u32) {
        if start != u32::MAX && self.lines.last().is_none_or(|last| last.0 != self.line) {
            self.lines.push((self.line, start));
        }
    }

    fn block(&mut self, body: Block<'_>) {
        let mut first = true;
        let mut callable = false;
        for statement in body {
            match statement.kind {
                StmtKind::Blank => {
                    if !first {
                        self.newline();
                    }
                }
                StmtKind::Trailing(remark) => self.trailing(&remark),
                _ => {
                    self.statement(statement, callable);
                    callable |= !matches!(statement.kind, StmtKind::Remark(_));
                    first = false;
                }
            }
        }
    }

    fn nested(&mut self, body: Block<'_>) {
        self.indent += 1;
        self.block(body);
        self.indent -= 1;
        self.start_line();
    }

    /// A comment behind the statement just written: goes before the line break.
    fn trailing(&mut self, remark: &Remark) {
        if self.out.ends_with('\n') && !remark.block {
            self.out.pop();
            self.out.push(' ');
            self.remark_text(remark);
            self.out.push('\n');
        } else {
            self.start_line();
            self.remark_text(remark);
            self.newline();
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>, after_expression: bool) {
        self.start_line();
        self.mark(statement.start);
        match &statement.kind {
            StmtKind::Local(names, values) => self.local(names, values),
            StmtKind::LocalFunction(name, function) => {
                self.out.push_str("local function ");
                self.out.push_str(name);
                self.function_rest(function);
            }
            StmtKind::NamedFunction(name, function) => {
                self.out.push_str("function ");
                self.out.push_str(name);
                self.function_rest(function);
            }
            StmtKind::Assign(target, value) => {
                self.leading(target, after_expression);
                self.out.push_str(" = ");
                self.expression(value);
            }
            StmtKind::Compound(op, target, value) => {
                self.leading(target, after_expression);
                self.out.push(' ');
                self.out.push_str(op.text());
                self.out.push_str("= ");
                self.expression(value);
            }
            StmtKind::Call(call) => self.leading(call, after_expression),
            StmtKind::Return(values) => {
                self.out.push_str("return");
                if !values.is_empty() {
                    self.out.push(' ');
                    self.expressions(values);
                }
            }
            StmtKind::Break => self.out.push_str("break"),
            StmtKind::Continue => self.out.push_str("continue"),
            StmtKind::Remark(remark) => self.remark_text(remark),
            StmtKind::Blank | StmtKind::Trailing(_) => {}
            compound => self.compound(compound),
        }
        self.newline();
    }

    fn compound(&mut self, kind: &StmtKind<'_>) {
        match kind {
            StmtKind::Do(body) => self.wrapped("do", body, "end"),
            StmtKind::Once(body) => self.wrapped("repeat", body, "until true"),
            StmtKind::Repeat(body, condition) => {
                self.wrapped("repeat", body, "until ");
                self.expression(condition);
            }
            StmtKind::While(condition, body) => {
                self.out.push_str("while ");
                self.expression(condition);
                self.wrapped(" do", body, "end");
            }
            StmtKind::NumericFor(name, bounds, body) => {
                self.out.push_str("for ");
                self.out.push_str(name);
                self.out.push_str(" = ");
                self.expressions(*bounds);
                self.wrapped(" do", body, "end");
            }
            StmtKind::GenericFor(index, name, iterator, body) => {
                self.out.push_str("for ");
                self.out.push_str(index);
                self.out.push_str(", ");
                self.out.push_str(name);
                self.out.push_str(" in ");
                self.expression(iterator);
                self.wrapped(" do", body, "end");
            }
            StmtKind::If(arms, otherwise) => self.arms(arms, *otherwise),
            _ => {}
        }
    }

    fn wrapped(&mut self, open: &str, body: Block<'_>, close: &str) {
        self.out.push_str(open);
        self.newline();
        self.nested(body);
        self.out.push_str(close);
    }

    fn arms(&mut self, arms: &[(Ex<'_>, Block<'_>)], otherwise: Option<Block<'_>>) {
        for (index, (condition, body)) in arms.iter().enumerate() {
            self.out.push_str(if index == 0 { "if " } else { "elseif " });
            self.expression(condition);
            self.out.push_str(" then");
            self.newline();
            self.nested(body);
        }
        if let Some(body) = otherwise {
            self.out.push_str("else");
            self.newline();
            self.nested(body);
        }
        self.out.push_str("end");
    }

    fn local(&mut self, names: &[&str], values: &[Ex<'_>]) {
        self.out.push_str("local ");
        for (index, name) in names.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(name);
        }
        if !values.is_empty() {
            self.out.push_str(" = ");
            self.expressions(values);
        }
    }

    /// An expression at the start of a statement: one in parentheses would be taken for the arguments of
    /// the statement before, so it gets a semicolon.
    fn leading(&mut self, expression: &Ex<'_>, after_expression: bool) {
        let start = self.out.len();
        self.expression(expression);
        if after_expression && self.out.as_bytes().get(start) == Some(&b'(') {
            self.out.insert(start, ';');
        }
    }

    fn function_rest(&mut self, function: &Func<'_>) {
        self.out.push('(');
        for (index, name) in function.parameters.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(name);
        }
        if function.vararg {
            self.out.push_str(if function.parameters.is_empty() { "..." } else { ", ..." });
        }
        self.out.push(')');
        if function.body.is_empty() {
            self.out.push_str(" end");
            return;
        }
        self.newline();
        self.nested(function.body);
        self.out.push_str("end");
    }
}
