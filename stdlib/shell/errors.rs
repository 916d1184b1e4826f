//! Automatic error detection: error text in the output, unless a handler disarms it.
//!
//! Must not know: Lua, shells. Text is looked at line by line and, for text that a program wrapped, with its lines glued together.

use std::ops::Range;

use pino_vm::{Pattern, PatternError};

/// A disarming pattern that spans lines is looked for this far around the line in question.
const CONTEXT_BYTES: usize = 1024;

/// The patterns of a step that mean an error, and those that disarm.
#[derive(Debug, Default)]
pub(super) struct ErrorRules {
    pub(super) breaks: Vec<Pattern>,
    pub(super) disarms: Vec<Pattern>,
}

impl ErrorRules {
    /// The match at `found` is an error: its line still matches when what is disarmed has been taken out.
    pub(super) fn is_real(
        &self,
        pattern: &Pattern,
        text: &str,
        found: &Range<usize>,
    ) -> Result<bool, PatternError> {
        let line = line_around(text, found);
        let rest = self.without_disarmed(text, &line)?;
        pattern.is_match_at(&rest, 0)
    }

    /// All error texts in `text`, the shortest distinct ones, in the order of the text.
    pub(super) fn find(&self, text: &str) -> Result<Vec<String>, PatternError> {
        let mut found = self.in_lines(text)?;
        self.in_glued_lines(text, &mut found)?;
        Ok(shortest(found))
    }

    fn in_lines(&self, text: &str) -> Result<Vec<String>, PatternError> {
        let mut found: Vec<(usize, String)> = Vec::new();
        for pattern in &self.breaks {
            let mut at = 0;
            while let Some(hit) = pattern.find_at(text, at)? {
                let line = line_around(text, &hit.range);
                let rest = self.without_disarmed(text, &line)?;
                all_matches(pattern, &rest, |range| found.push((line.start, rest[range].to_owned())))?;
                at = line.end.max(next_boundary(text, hit.range.end));
                if at >= text.len() {
                    break;
                }
            }
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, text)| text).collect())
    }

    /// Error text a program broke over two lines.
    fn in_glued_lines(&self, text: &str, found: &mut Vec<String>) -> Result<(), PatternError> {
        let glued = glue(text);
        for pattern in &self.breaks {
            if !found.is_empty() || !pattern.is_match_at(&glued, 0)? {
                continue;
            }
            let rest = self.without_disarmed(text, &(0..text.len()))?;
            let rest = glue(&rest);
            all_matches(pattern, &rest, |range| found.push(rest[range].to_owned()))?;
        }
        Ok(())
    }

    /// The part of the text without what a disarming pattern matches.
    fn without_disarmed(&self, text: &str, part: &Range<usize>) -> Result<String, PatternError> {
        let around = text.floor_char_boundary(part.start.saturating_sub(CONTEXT_BYTES))
            ..text.ceil_char_boundary((part.end + CONTEXT_BYTES).min(text.len()));
        let mut ranges = Vec::new();
        for pattern in &self.disarms {
            all_matches(pattern, &text[around.clone()], |range| {
                ranges.push(around.start + range.start..around.start + range.end);
            })?;
            all_matches(pattern, &text[part.clone()], |range| {
                ranges.push(part.start + range.start..part.start + range.end);
            })?;
        }
        ranges.retain(|range| range.start < part.end && range.end > part.start);
        ranges.sort_by_key(|range| range.start);
        let (mut rest, mut from) = (String::new(), part.start);
        for range in &ranges {
            if range.start > from {
                rest.push_str(&text[from..range.start]);
            }
            from = from.max(range.end.min(part.end));
        }
        rest.push_str(&text[from..part.end]);
        Ok(rest)
    }
}

/// The lines the range lies in, without the last line end.
pub(super) fn line_around(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..range.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text.as_bytes()[range.end..]).map_or(text.len(), |at| range.end + at);
    start..end
}

/// The end of the first character after `at`.
pub(super) fn next_boundary(text: &str, at: usize) -> usize {
    if at >= text.len() { text.len() + 1 } else { text.ceil_char_boundary(at + 1) }
}

fn all_matches(
    pattern: &Pattern,
    text: &str,
    mut visit: impl FnMut(Range<usize>),
) -> Result<(), PatternError> {
    let mut at = 0;
    while at <= text.len() {
        let Some(found) = pattern.find_at(text, at)? else { return Ok(()) };
        at = if found.range.is_empty() { next_boundary(text, found.range.end) } else { found.range.end };
        if !found.range.is_empty() {
            visit(found.range);
        }
    }
    Ok(())
}

fn glue(text: &str) -> String {
    text.split('\n').collect()
}

/// Each text once, and none that contains another.
fn shortest(found: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in found {
        if kept.iter().any(|other| text.contains(other.as_str())) {
            continue;
        }
        kept.retain(|other| !other.contains(text.as_str()));
        kept.push(text);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str) -> Pattern {
        Pattern::compile(source, "i").unwrap_or_else(|error| panic!("{error}"))
    }

    fn found(disarms: &[&str], text: &str) -> Vec<String> {
        let breaks = vec![pattern("error:"), pattern("errno ")];
        let disarms =
            disarms.iter().map(|source| pattern(source)).chain([pattern("error:.*triton")]).collect();
        ErrorRules { breaks, disarms }.find(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn error_text_is_found_once_each() {
        assert_eq!(found(&[], "fine\nValueError: bad\nTypeError: x\n[Errno 2] no\n"), ["Error:", "Errno "]);
        assert!(found(&[], "0 errors\nno error here\n").is_empty());
    }

    #[test]
    fn triton_is_harmless_within_a_line_only() {
        assert!(found(&[], "Error: no module named triton\n").is_empty());
        assert_eq!(found(&[], "Error: out of memory\nimporting triton\n"), ["Error:"]);
    }

    #[test]
    fn a_handler_disarms_its_text_and_nothing_else() {
        assert!(found(&["error:"], "ERROR: a\n").is_empty());
        assert_eq!(found(&["error: optional"], "error: optional\nerror: real\n"), ["error:"]);
        assert_eq!(found(&["error: optional"], "error: optional error: real\n"), ["error:"]);
        assert!(found(&["error:\\s+optional"], "error:\n  optional\n").is_empty());
    }

    #[test]
    fn wrapped_error_text_is_found() {
        assert_eq!(found(&[], "some er\nror: text"), ["error:"]);
    }
}
