//! Our additions to the template language, rewritten to plain JavaScript that calls helpers by name:
//! `env.{{platform}}_PATH`, `value | filter(…)`, `gpu.memory` and its like.
//!
//! Must not know: what the helpers do. A text that uses none of the additions is returned unchanged.

use std::{borrow::Cow, fmt::Write as _};

use crate::scan::{self, Kind, Token};

/// Makes a property key of its parts and checks that it is one.
pub const KEY_HELPER: &str = "$pino_key";

/// Names that may stand to the right of `|`.
pub const FILTERS: [&str; 13] = [
    "replace", "join", "match", "split", "upper", "lower", "trim", "default", "first", "last", "json",
    "basename", "dirname",
];

/// What the replacements of `port.next`, `cloud.gpu` and `cloud.storage` are called: variables the engine provides.
pub const VARIABLES: [&str; 3] = ["$pino_port_next", "$pino_cloud_gpu", "$pino_cloud_storage"];

/// True when the expression reads the script object.
pub fn mentions_self(code: &str) -> bool {
    let Some(tokens) = scan::tokens(code) else { return false };
    tokens.iter().enumerate().any(|(index, token)| {
        text(code, token) == "self" && (index == 0 || text(code, &tokens[index - 1]) != ".")
    })
}

/// Members that are resolved when an expression is compiled: the object itself stays what scripts know it as.
const MEMBERS: [(&str, &str, &str); 5] = [
    ("gpu", "memory", "vram"),
    ("gpu", "compute", "$pino_compute(gpu_target)"),
    ("port", "next", "$pino_port_next"),
    ("cloud", "gpu", "$pino_cloud_gpu"),
    ("cloud", "storage", "$pino_cloud_storage"),
];

/// Name of the helper that applies a filter.
pub fn filter_helper(filter: &str) -> String {
    format!("$pino_{filter}")
}

/// Rewrites the additions in an expression.
pub fn extend(code: &str) -> Cow<'_, str> {
    let Some(tokens) = scan::tokens(code) else { return Cow::Borrowed(code) };
    let used = tokens.iter().enumerate().any(|(index, token)| {
        token.kind == Kind::Nested
            || member_at(code, &tokens, index).is_some()
            || is_bar(code, &tokens, index)
    });
    if !used {
        return Cow::Borrowed(code);
    }
    let rewritten = piped(code, &tokens);
    if rewritten == code { Cow::Borrowed(code) } else { Cow::Owned(rewritten) }
}

fn text<'a>(code: &'a str, token: &Token) -> &'a str {
    &code[token.start..token.end]
}

/// A `|` that is no `||` and no `|=`.
fn is_bar(code: &str, tokens: &[Token], index: usize) -> bool {
    let token = &tokens[index];
    let bytes = code.as_bytes();
    token.depth == 0
        && token.kind == Kind::Sign
        && text(code, token) == "|"
        && !matches!(bytes.get(token.end), Some(b'|' | b'='))
        && (token.start == 0 || bytes[token.start - 1] != b'|')
}

/// Splits at the bars; from the left, what is right of a bar is a filter or part of a bit-or.
fn piped(code: &str, tokens: &[Token]) -> String {
    let bars: Vec<usize> = (0..tokens.len()).filter(|index| is_bar(code, tokens, *index)).collect();
    let mut result = String::new();
    let mut from = 0;
    for end in bars.iter().copied().chain([tokens.len()]) {
        let part = &tokens[from..end];
        let filter = if from == 0 { None } else { filter_of(code, part) };
        if let Some((name, arguments)) = filter {
            let comma = if arguments.is_empty() { "" } else { ", " };
            result = format!("{}(({result}){comma}{})", filter_helper(name), rewrite(code, arguments));
        } else {
            if from != 0 {
                result.push_str(" | ");
            }
            result.push_str(&rewrite(code, part));
        }
        from = end + 1;
    }
    result
}

/// `name` or `name(arguments)` with a name of the list.
fn filter_of<'a>(code: &'a str, part: &'a [Token]) -> Option<(&'a str, &'a [Token])> {
    let (first, rest) = part.split_first()?;
    let name = text(code, first);
    if first.kind != Kind::Name || !FILTERS.contains(&name) {
        return None;
    }
    match rest {
        [] => Some((name, &[])),
        [open, inside @ .., close] if text(code, open) == "(" && text(code, close) == ")" => {
            let closes_early = inside.iter().any(|token| token.depth == open.depth);
            (!closes_early).then_some((name, inside))
        }
        _ => None,
    }
}

/// The text of these tokens with nested keys and special members replaced.
fn rewrite(code: &str, tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut index = 0;
    let mut copied = tokens.first().map_or(0, |token| token.start);
    while index < tokens.len() {
        let found = nested_key(code, tokens, index).or_else(|| special_member(code, tokens, index));
        let Some((replacement, count)) = found else {
            index += 1;
            continue;
        };
        out.push_str(&code[copied..tokens[index].start]);
        out.push_str(&replacement);
        copied = tokens[index + count - 1].end;
        index += count;
    }
    let end = tokens.last().map_or(copied, |token| token.end);
    out.push_str(&code[copied..end]);
    out
}

/// `.` followed by names and `{{…}}` without blanks between them: a computed key.
fn nested_key(code: &str, tokens: &[Token], index: usize) -> Option<(String, usize)> {
    if text(code, &tokens[index]) != "." {
        return None;
    }
    let mut count = 1;
    let joined = |at: usize| tokens.get(at).filter(|next| next.start == tokens[at - 1].end);
    while joined(index + count)
        .is_some_and(|next| matches!(next.kind, Kind::Name | Kind::Nested | Kind::Value))
    {
        count += 1;
    }
    let parts = &tokens[index + 1..index + count];
    if !parts.iter().any(|part| part.kind == Kind::Nested) {
        return None;
    }
    let mut key = format!("[{KEY_HELPER}(");
    for (number, part) in parts.iter().enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        // writing to a String cannot fail
        let _ = match part.kind {
            Kind::Nested => {
                let inner = &code[part.start + 2..part.end - 2];
                write!(key, "{comma}({})", extend(inner))
            }
            _ => write!(key, "{comma}{:?}", text(code, part)),
        };
    }
    key.push_str(")]");
    Some((key, count))
}

fn special_member(code: &str, tokens: &[Token], index: usize) -> Option<(String, usize)> {
    member_at(code, tokens, index).map(|helper| (helper.to_owned(), 3))
}

/// `gpu.memory` and its like, not as part of a longer chain to the left.
fn member_at(code: &str, tokens: &[Token], index: usize) -> Option<&'static str> {
    let [object, dot, member] = tokens.get(index..index + 3)? else { return None };
    if object.kind != Kind::Name || text(code, dot) != "." || member.kind != Kind::Name {
        return None;
    }
    if index > 0 && text(code, &tokens[index - 1]) == "." {
        return None;
    }
    let (object, member) = (text(code, object), text(code, member));
    MEMBERS.iter().find(|(known, name, _)| *known == object && *name == member).map(|(.., helper)| *helper)
}
