//! Names: what is a Luau name, how a JavaScript name becomes one, which globals always exist.
//! Knows no syntax tree.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Words that cannot be used as names in Luau.
pub(crate) fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "and"
            | "break"
            | "continue"
            | "do"
            | "else"
            | "elseif"
            | "end"
            | "false"
            | "for"
            | "function"
            | "if"
            | "in"
            | "local"
            | "nil"
            | "not"
            | "or"
            | "repeat"
            | "return"
            | "then"
            | "true"
            | "until"
            | "while"
    )
}

/// Tells most names from keywords by their length and first letter.
fn may_be_keyword(name: &[u8]) -> bool {
    matches!(
        (name.len(), name.first()),
        (2, Some(b'd' | b'i' | b'o'))
            | (3, Some(b'a' | b'e' | b'f' | b'n'))
            | (4, Some(b'e' | b't'))
            | (5, Some(b'b' | b'f' | b'l' | b'u' | b'w'))
            | (6, Some(b'e' | b'r'))
            | (8, Some(b'c' | b'f'))
    )
}

/// Names that converted code itself uses as globals or parameters.
fn is_taken(name: &str) -> bool {
    matches!(name, "js" | "null" | "math" | "_this" | "new_target")
}

/// Bytes of a Luau name.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// The name can stand after a dot or as a variable in Luau.
pub(crate) fn is_plain(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(|first| !first.is_ascii_digit())
        && bytes.iter().all(|byte| WORD[usize::from(*byte)])
        && !(may_be_keyword(bytes) && is_keyword(name))
}

/// A Luau variable name for a JavaScript one; equal to it whenever possible.
pub(crate) fn mangle(name: &str) -> Cow<'_, str> {
    if is_plain(name) && !is_taken(name) {
        return Cow::Borrowed(name);
    }
    let mut mangled = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => mangled.push(character),
            '$' => mangled.push_str("_S"),
            other => {
                // writing to a string cannot fail
                let _ = write!(mangled, "_u{:x}", u32::from(other));
            }
        }
    }
    if is_keyword(&mangled) || is_taken(&mangled) {
        mangled.push('_');
    }
    Cow::Owned(mangled)
}

/// Globals that always exist, so that reading them needs no check.
pub(crate) fn is_known_global(name: &str) -> bool {
    is_language_global(name) || is_host_global(name)
}

fn is_language_global(name: &str) -> bool {
    matches!(
        name,
        "Object"
            | "Function"
            | "Array"
            | "String"
            | "Number"
            | "Boolean"
            | "Symbol"
            | "BigInt"
            | "Math"
            | "JSON"
            | "Map"
            | "Set"
            | "WeakMap"
            | "WeakSet"
            | "WeakRef"
            | "Promise"
            | "Date"
            | "RegExp"
            | "Error"
            | "TypeError"
            | "RangeError"
            | "SyntaxError"
            | "ReferenceError"
            | "EvalError"
            | "URIError"
            | "AggregateError"
            | "Reflect"
            | "NaN"
            | "globalThis"
            | "parseInt"
            | "parseFloat"
            | "isNaN"
            | "isFinite"
            | "encodeURIComponent"
            | "decodeURIComponent"
            | "encodeURI"
            | "decodeURI"
    )
}

fn is_host_global(name: &str) -> bool {
    matches!(
        name,
        "console"
            | "process"
            | "Buffer"
            | "URL"
            | "URLSearchParams"
            | "setTimeout"
            | "clearTimeout"
            | "setInterval"
            | "clearInterval"
            | "setImmediate"
            | "clearImmediate"
            | "queueMicrotask"
            | "structuredClone"
            | "atob"
            | "btoa"
    )
}

/// Method names that Luau's own strings have too with another meaning.
pub(crate) fn is_string_clash(name: &str) -> bool {
    matches!(name, "match" | "split")
}

/// The number that stands for a property name of canonical digits: keys up to 2^53 - 1 are numbers.
pub(crate) fn array_index(name: &str) -> Option<f64> {
    let bytes = name.as_bytes();
    let canonical = bytes == b"0" || (bytes.first().is_some_and(|first| (b'1'..=b'9').contains(first)));
    if !canonical || bytes.len() > 16 {
        return None;
    }
    name.parse().ok().filter(|index: &u64| *index < 1 << 53).map(|index| index as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_when_luau_allows_them() {
        assert_eq!(mangle("installed"), "installed");
        assert_eq!(mangle("end"), "end_");
        assert_eq!(mangle("$el"), "_Sel");
        assert_eq!(mangle("é"), "_ue9");
    }

    #[test]
    fn only_canonical_indexes_are_indexes() {
        assert_eq!(array_index("0"), Some(0.0));
        assert_eq!(array_index("17"), Some(17.0));
        assert_eq!(array_index("01"), None);
        assert_eq!(array_index("9007199254740992"), None);
        assert_eq!(array_index("x"), None);
    }
}
