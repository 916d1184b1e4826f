//! One compiled pattern with its two engines, and the choice between them for a given text.
//! Must not know Lua; offsets are bytes for `regex` and UTF-16 units for regress.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::names::GroupNames;
use super::translate::{self, Needs, Risk};
use super::{Flags, PatternError, PatternMatch, worker};

/// Steps a backtracking match may cost in the worst case and still run without a worker.
const INLINE_STEPS: f64 = 2e7;
/// Memory a compiled automaton may take; larger patterns go to regress.
const AUTOMATON_BYTES: usize = 4 << 20;

/// What a text holds, which decides where it may be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextKind {
    /// Bytes, characters and UTF-16 units are the same.
    Ascii,
    /// UTF-8 without surrogate pairs: characters and units are the same.
    OneUnit,
    /// UTF-8 with surrogate pairs.
    Pairs,
    /// WTF-8 with lone surrogates.
    Broken,
}

/// A text with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) bytes: &'t [u8],
    pub(crate) kind: TextKind,
}

impl<'t> Text<'t> {
    /// Classifies a text of Lua (WTF-8).
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, kind: TextKind::of(bytes) }
    }
}

impl TextKind {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if bytes.is_ascii() {
            return Self::Ascii;
        }
        match std::str::from_utf8(bytes) {
            Err(_) => Self::Broken,
            Ok(_) if bytes.iter().any(|byte| *byte >= 0xf0) => Self::Pairs,
            Ok(_) => Self::OneUnit,
        }
    }
}

/// Groups of a match, the whole match first; bytes or units by the engine that found it.
pub(crate) type Spans = Vec<Option<Range<usize>>>;

/// A match by the engine that found it.
pub(crate) enum Found {
    Bytes(Spans),
    Units(Spans),
}

/// A pattern compiled for regress at once (that checks its syntax) and for `regex` at first use.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(super) flags: Flags,
    pub(crate) groups: GroupNames,
    source: String,
    reading: OnceLock<translate::Reading>,
    fast: OnceLock<Option<regex::bytes::Regex>>,
    slow: Arc<regress::Regex>,
    source_is_ascii: bool,
    source_is_utf8: bool,
}

impl Compiled {
    pub(super) fn new(source: &[u32], flags: Flags, letters: &str) -> Result<Self, PatternError> {
        let text: String = source.iter().map(|code| char::from_u32(*code).unwrap_or('\u{fffd}')).collect();
        let syntax = |reason: String| PatternError::Syntax {
            source_text: text.clone(),
            flags: letters.to_owned(),
            reason,
        };
        if nesting(source) > translate::MAX_DEPTH {
            return Err(syntax("Regular expression too large".to_owned()));
        }
        let slow = compile_slow(source, flags).map_err(syntax)?;
        Ok(Self {
            flags,
            groups: GroupNames::scan(source),
            source_is_ascii: text.is_ascii(),
            source_is_utf8: source.iter().all(|code| char::from_u32(*code).is_some()),
            reading: OnceLock::new(),
            fast: OnceLock::new(),
            slow: Arc::new(slow),
            source: text,
        })
    }

    fn reading(&self) -> &translate::Reading {
        self.reading.get_or_init(|| {
            let mut reading = translate::read(&self.source, self.flags, self.groups.count);
            if !self.source_is_utf8 {
                reading.regex = None;
            }
            reading
        })
    }

    /// The automaton, when the pattern has one and the text meets its needs.
    fn fast_for(&self, bytes: &[u8], kind: Option<TextKind>) -> Option<&regex::bytes::Regex> {
        let reading = self.reading();
        let regex = self
            .fast
            .get_or_init(|| {
                let builder = |text: &String| {
                    regex::bytes::RegexBuilder::new(text)
                        .size_limit(AUTOMATON_BYTES)
                        .dfa_size_limit(AUTOMATON_BYTES)
                        .build()
                        .ok()
                };
                reading.regex.as_ref().and_then(builder).filter(|r| r.captures_len() == self.groups.count + 1)
            })
            .as_ref()?;
        meets(reading.needs, self.flags, bytes, kind).then_some(regex)
    }

    /// The first match at or after `start`, which counts bytes; a match is told in the engine's own units.
    pub(crate) fn find(&self, text: Text<'_>, start: Start<'_>) -> Result<Option<Found>, PatternError> {
        if let Some(regex) = self.fast_for(text.bytes, Some(text.kind)) {
            return Ok(find_fast(regex, self.groups.count, text.bytes, start.byte).map(Found::Bytes));
        }
        self.find_slow(text, start).map(|found| found.map(Found::Units))
    }

    /// Whether there is a match; `None` when only the slow engine can say.
    pub(crate) fn is_match_fast(&self, text: Text<'_>, start_byte: usize) -> Option<bool> {
        self.fast_for(text.bytes, Some(text.kind)).map(|regex| regex.is_match_at(text.bytes, start_byte))
    }

    fn find_slow(&self, text: Text<'_>, start: Start<'_>) -> Result<Option<Spans>, PatternError> {
        let ascii_engine = text.kind == TextKind::Ascii
            && (self.source_is_ascii || !self.flags.ignore_case)
            && !(self.flags.by_code_points() && self.flags.ignore_case);
        let length = text.bytes.len();
        let inline = match self.reading().risk {
            Risk::Exponential => length == 0,
            Risk::Polynomial(degree) => ((length + 1) as f64).powi(degree as i32) <= INLINE_STEPS,
        };
        let by_code_points = self.flags.by_code_points();
        let timed_out = || PatternError::Budget { source_text: self.source.clone() };
        match (ascii_engine, inline) {
            (true, true) => Ok(find_ascii(&self.slow, text.bytes, start.byte)),
            (true, false) => {
                let (regex, bytes, at) = (Arc::clone(&self.slow), text.bytes.to_vec(), start.byte);
                worker::run_limited(worker::MATCH_LIMIT, move || find_ascii(&regex, &bytes, at))
                    .ok_or_else(timed_out)
            }
            (false, true) => Ok(find_units(&self.slow, &start.units(text.bytes), start.unit, by_code_points)),
            (false, false) => {
                let (regex, units, at) = (Arc::clone(&self.slow), start.units(text.bytes), start.unit);
                worker::run_limited(worker::MATCH_LIMIT, move || {
                    find_units(&regex, &units, at, by_code_points)
                })
                .ok_or_else(timed_out)
            }
        }
    }

    pub(super) fn is_match_in_str(&self, text: &str, start: usize) -> Result<bool, PatternError> {
        if let Some(regex) = self.fast_for(text.as_bytes(), None) {
            return Ok(start <= text.len() && regex.is_match_at(text.as_bytes(), start));
        }
        self.find_in_str(text, start).map(|found| found.is_some())
    }

    pub(super) fn find_in_str(&self, text: &str, start: usize) -> Result<Option<PatternMatch>, PatternError> {
        if start > text.len() {
            return Ok(None);
        }
        let spans = if let Some(regex) = self.fast_for(text.as_bytes(), None) {
            find_fast(regex, self.groups.count, text.as_bytes(), start)
        } else {
            let unit = text[..start].encode_utf16().count();
            let text = Text::new(text.as_bytes());
            let found = self.find_slow(text, Start { byte: start, unit, units: None })?;
            found.map(|spans| spans_to_bytes(text, &spans))
        };
        Ok(spans.map(|mut spans| PatternMatch {
            range: spans.first().cloned().flatten().unwrap_or(start..start),
            groups: spans.drain(1..).collect(),
            names: Arc::clone(&self.groups.names),
        }))
    }
}

/// Where a search begins, in both countings, and the text as UTF-16 if the caller has it at hand.
#[derive(Clone, Copy)]
pub(crate) struct Start<'t> {
    pub(crate) byte: usize,
    pub(crate) unit: usize,
    pub(crate) units: Option<&'t Arc<[u16]>>,
}

impl Start<'_> {
    fn units(&self, bytes: &[u8]) -> Arc<[u16]> {
        self.units.map_or_else(|| crate::native::wtf8::to_units(bytes).into(), Arc::clone)
    }
}

/// Nesting of groups, by a plain count of parentheses.
fn nesting(source: &[u32]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for code in source {
        match *code {
            0x28 => depth += 1,
            0x29 => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn compile_slow(source: &[u32], flags: Flags) -> Result<regress::Regex, String> {
    let options = regress::Flags {
        icase: flags.ignore_case,
        multiline: flags.multiline,
        dot_all: flags.dot_all,
        no_opt: false,
        unicode: flags.unicode,
        unicode_sets: flags.unicode_sets,
    };
    let result = if flags.by_code_points() {
        regress::Regex::from_unicode(source.iter().copied(), options)
    } else {
        let units = split_pairs(source);
        regress::Regex::from_unicode(units.into_iter(), options)
    };
    result.map_err(|error| error.text)
}

/// Without `u` a character beyond the basic plane is its two halves, except in the name of a group.
fn split_pairs(source: &[u32]) -> Vec<u32> {
    let mut units = Vec::with_capacity(source.len());
    let mut in_name = false;
    for (index, code) in source.iter().enumerate() {
        let follows = |text: &str| units.ends_with(&text.chars().map(u32::from).collect::<Vec<_>>());
        in_name = match char::from_u32(*code) {
            Some('>') => false,
            Some('<') if follows("(?") => !matches!(source.get(index + 1), Some(0x21 | 0x3d)),
            Some('<') if follows("\\k") => true,
            _ => in_name,
        };
        match char::from_u32(*code) {
            Some(c) if !in_name => {
                units.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| u32::from(*unit)));
            }
            _ => units.push(*code),
        }
    }
    units
}

fn meets(needs: Needs, flags: Flags, bytes: &[u8], kind: Option<TextKind>) -> bool {
    let whole = match kind {
        Some(TextKind::Pairs) => !needs.whole_units,
        Some(TextKind::Broken) => !needs.whole_units && !flags.by_code_points(),
        // A caller without a kind has UTF-8 and thinks in characters.
        Some(TextKind::Ascii | TextKind::OneUnit) | None => true,
    };
    whole && (!needs.plain_line_ends || plain_line_ends(bytes))
}

fn plain_line_ends(bytes: &[u8]) -> bool {
    !bytes.contains(&b'\r')
        && (bytes.is_ascii() || !bytes.windows(3).any(|w| w == b"\xe2\x80\xa8" || w == b"\xe2\x80\xa9"))
}

fn find_fast(regex: &regex::bytes::Regex, groups: usize, bytes: &[u8], start: usize) -> Option<Spans> {
    if groups == 0 {
        return regex.find_at(bytes, start).map(|m| vec![Some(m.range())]);
    }
    let captures = regex.captures_at(bytes, start)?;
    Some((0..=groups).map(|index| captures.get(index).map(|m| m.range())).collect())
}

fn find_ascii(regex: &regress::Regex, bytes: &[u8], start: usize) -> Option<Spans> {
    let text = std::str::from_utf8(bytes).ok()?;
    regex.find_from_ascii(text, start).next().map(|m| spans_of(&m))
}

fn find_units(regex: &regress::Regex, units: &[u16], start: usize, by_code_points: bool) -> Option<Spans> {
    let found = if by_code_points {
        regex.find_from_utf16(units, start).next()
    } else {
        regex.find_from_ucs2(units, start).next()
    };
    found.map(|m| spans_of(&m))
}

fn spans_of(found: &regress::Match) -> Spans {
    (0..=found.captures.len()).map(|index| found.group(index)).collect()
}

/// Ranges in UTF-16 units as ranges in bytes.
fn spans_to_bytes(text: Text<'_>, spans: &Spans) -> Spans {
    if text.kind == TextKind::Ascii {
        return spans.clone();
    }
    let map = crate::native::wtf8::byte_offsets(text.bytes);
    let at = |unit: usize| map.get(unit).copied().unwrap_or(text.bytes.len());
    spans.iter().map(|span| span.as_ref().map(|span| at(span.start)..at(span.end))).collect()
}
