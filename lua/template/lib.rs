//! The template language: `{{ }}` text → literal and expression parts; our additions rewritten to plain JavaScript.
//!
//! Must not know: any VM, what an expression means. Never fails and never panics: what is no template is text.

mod additions;
mod scan;
#[cfg(test)]
mod tests;

pub use additions::{FILTERS, KEY_HELPER, VARIABLES, extend, filter_helper, mentions_self};

/// A piece of an author's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stays.
    Literal(String),
    /// `{{ code }}`.
    Expression {
        /// What is between the braces.
        code: String,
        /// With the braces, as written.
        source: String,
    },
}

/// An author's text, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// No expression in it; `{{{x}}}` has become `{{x}}`.
    Plain(String),
    /// One expression and nothing else: it gives its typed value.
    Whole {
        /// What is between the braces.
        code: String,
        /// The text as written.
        source: String,
    },
    /// Expressions within text: they are joined to one text.
    Mixed(Vec<Part>),
}

/// Quick test: a text without `{{` is no template.
pub fn may_be_template(text: &str) -> bool {
    text.contains("{{")
}

/// Takes a text apart.
pub fn parse(text: &str) -> Template {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let open = at + found;
        literal.push_str(&text[at..open]);
        if let Some(end) = escaped_end(text, open) {
            literal.push_str(&text[open + 1..end - 1]);
            at = end;
        } else if let Some(end) = expression_end(text, open) {
            push_literal(&mut parts, &mut literal);
            let (code, source) = (text[open + 2..end - 2].to_owned(), text[open..end].to_owned());
            parts.push(Part::Expression { code, source });
            at = end;
        } else {
            literal.push_str("{{");
            at = open + 2;
        }
    }
    literal.push_str(&text[at..]);
    push_literal(&mut parts, &mut literal);
    finish(parts)
}

fn push_literal(parts: &mut Vec<Part>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

fn finish(mut parts: Vec<Part>) -> Template {
    match parts.as_mut_slice() {
        [] => Template::Plain(String::new()),
        [Part::Literal(text)] => Template::Plain(std::mem::take(text)),
        [Part::Expression { code, source }] => {
            Template::Whole { code: std::mem::take(code), source: std::mem::take(source) }
        }
        _ => Template::Mixed(parts),
    }
}

/// End of `{{{x}}}`, the way to write braces.
fn escaped_end(text: &str, open: usize) -> Option<usize> {
    if !text[open..].starts_with("{{{") {
        return None;
    }
    let inside = open + 3;
    let end = scan::end_of_expression(text, inside, "}}}").or_else(|| first_end(text, inside, "}}}"))?;
    (end > inside).then_some(end + 3)
}

/// End of `{{x}}`: by JavaScript's rules for quotes and brackets, or else at the first `}}`.
fn expression_end(text: &str, open: usize) -> Option<usize> {
    let inside = open + 2;
    let end = scan::end_of_expression(text, inside, "}}").or_else(|| first_end(text, inside, "}}"))?;
    let blank = text[inside..end].trim().is_empty();
    (!blank).then_some(end + 2)
}

fn first_end(text: &str, inside: usize, close: &str) -> Option<usize> {
    text[inside..].find(close).map(|found| inside + found)
}
