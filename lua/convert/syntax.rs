//! Runs the parser, the checker, the lowering and the printer in turn, and gathers their messages.
//! Knows no node of the syntax tree.

use oxc_allocator::Allocator;
use oxc_ast::ast::{Program, Statement};
use oxc_diagnostics::Diagnostics;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{SemanticBuilder, Stats};
use oxc_span::{GetSpan, SourceType};

use crate::diagnostics::Severity;
use crate::lower::{Lowered, lower};
use crate::{Conversion, Diagnostic, Form, Names, Options, SourceMap, facts, print};

/// Converts a module or script.
pub(crate) fn convert_file(allocator: &Allocator, source: &str, path: &str, options: Options) -> Conversion {
    let source_type = match options.form {
        Form::CommonJs => SourceType::cjs(),
        Form::EsModule => SourceType::mjs(),
        Form::Script => SourceType::script(),
        Form::Auto => return convert_auto(allocator, source, path, options.names),
    };
    convert_as(allocator, source, path, source_type, options)
}

/// Files without a declared form: an ES module if it parses as nothing else.
fn convert_auto(allocator: &Allocator, source: &str, path: &str, names: Names) -> Conversion {
    let module = Options { form: Form::EsModule, names };
    let common = Options { form: Form::CommonJs, names };
    if !looks_like_module(source) {
        let result = convert_as(allocator, source, path, SourceType::cjs(), common);
        if result.lua.is_some() || !(source.contains("import") || source.contains("export")) {
            return result;
        }
    }
    let as_module = convert_as(&Allocator::default(), source, path, SourceType::mjs(), module);
    if as_module.lua.is_some() {
        return as_module;
    }
    let as_common = convert_as(&Allocator::default(), source, path, SourceType::cjs(), common);
    if as_common.lua.is_some() || !looks_like_module(source) { as_common } else { as_module }
}

/// A line begins with `import` or `export`.
fn looks_like_module(source: &str) -> bool {
    source.lines().any(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("import").or_else(|| line.strip_prefix("export"));
        rest.is_some_and(|rest| rest.starts_with([' ', '{', '*', '"', '\'']))
    })
}

fn parse_options() -> ParseOptions {
    ParseOptions { parse_regular_expression: true, preserve_parens: false, ..ParseOptions::default() }
}

fn convert_as(
    allocator: &Allocator,
    source: &str,
    path: &str,
    source_type: SourceType,
    options: Options,
) -> Conversion {
    let parsed = Parser::new(allocator, source, source_type).with_options(parse_options()).parse();
    let mut messages = syntax_errors(&parsed.diagnostics, source, path);
    if messages.is_empty() && parsed.panicked {
        messages.push(Diagnostic::early_error(
            "invalid or unexpected token",
            parsed.program.span,
            source,
            path,
        ));
    }
    if !messages.is_empty() {
        return Conversion { diagnostics: messages, ..Conversion::default() };
    }
    let program = allocator.alloc(parsed.program);
    finish(allocator, program, source, path, options, None)
}

fn syntax_errors(found: &Diagnostics, source: &str, path: &str) -> Vec<Diagnostic> {
    found.errors().map(|error| Diagnostic::syntax(error, source, path)).collect()
}

/// A guess of what the checker will find, so that its tables seldom grow; counting would be a walk of its own.
fn expected(source: &str) -> Stats {
    let bytes = source.len() as u32;
    Stats { nodes: 0, scopes: 8 + bytes / 128, symbols: 8 + bytes / 128, references: 16 + bytes / 48 }
}

/// Checks, lowers and prints a parsed program.
fn finish<'a>(
    allocator: &'a Allocator,
    program: &'a Program<'a>,
    source: &str,
    path: &str,
    options: Options,
    scope_names: Option<&[&str]>,
) -> Conversion {
    let builder = SemanticBuilder::new_compiler().with_stats(expected(source));
    let checked = builder.build(program);
    let messages = syntax_errors(&checked.diagnostics, source, path);
    if !messages.is_empty() {
        return Conversion { diagnostics: messages, ..Conversion::default() };
    }
    let scoping = checked.semantic.into_scoping();
    let facts = facts::gather(program, &scoping, allocator);
    let Lowered { body, diagnostics, has_top_level_await, strict } =
        lower(allocator, program, path, &scoping, &facts, options, scope_names);
    if diagnostics.iter().any(|message| message.severity == Severity::Error) {
        return Conversion { diagnostics, ..Conversion::default() };
    }
    let printed = print::print(body, program.source_text);
    let map = SourceMap::new(printed.lines, program.source_text);
    Conversion { lua: Some(printed.text), map, diagnostics, form: options.form, strict, has_top_level_await }
}

/// Converts one expression. The text is parsed in parentheses, so that nothing but an expression fits.
pub(crate) fn convert_expression(allocator: &Allocator, source: &str, scope_names: &[&str]) -> Conversion {
    let wrapped = allocator.alloc_str(&format!("({source}\n)"));
    let path = "expression";
    let parsed = Parser::new(allocator, wrapped, SourceType::script()).with_options(parse_options()).parse();
    let mut messages = syntax_errors(&parsed.diagnostics, wrapped, path);
    // the parentheses of the wrapping must be around the whole expression: "a) + (b" is none
    let single = match parsed.program.body.as_slice() {
        [Statement::ExpressionStatement(found)] => {
            let inner = found.expression.span();
            found.span.start < inner.start && inner.end < found.span.end
        }
        _ => false,
    };
    if messages.is_empty() && (parsed.panicked || !single || !parsed.program.directives.is_empty()) {
        messages.push(Diagnostic::early_error("expected one expression", parsed.program.span, wrapped, path));
    }
    if !messages.is_empty() {
        return Conversion { diagnostics: messages, ..Conversion::default() };
    }
    let program = allocator.alloc(parsed.program);
    let options = Options { form: Form::Script, names: Names::Full };
    finish(allocator, program, wrapped, path, options, Some(scope_names))
}
