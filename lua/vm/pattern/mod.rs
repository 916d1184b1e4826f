//! JavaScript patterns: the linear-time `regex` crate whenever a pattern provably means the same there, regress otherwise.
//!
//! regress has no step limit and nothing can interrupt it, so a pattern whose worst case is not bounded by a small polynomial
//! of the text's length runs on a worker thread that is abandoned when the limit is over (see `worker.rs` for why).
//! Must not know Lua or scripts. `native/regexp.rs` gives it to scripts, the shell's `on` handlers use [`Pattern::find_at`].

mod class;
mod engine;
mod names;
mod translate;
mod worker;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use engine::{Found, Spans, Start, Text, TextKind};

/// The flags a pattern may carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag letter of JavaScript")]
pub struct Flags {
    /// `d`: indices are wanted.
    pub has_indices: bool,
    /// `g`
    pub global: bool,
    /// `i`
    pub ignore_case: bool,
    /// `m`
    pub multiline: bool,
    /// `s`
    pub dot_all: bool,
    /// `u`
    pub unicode: bool,
    /// `v`
    pub unicode_sets: bool,
    /// `y`
    pub sticky: bool,
}

impl Flags {
    /// Reads flag letters; `None` for an unknown or repeated one, or `u` with `v`.
    pub fn parse(letters: &str) -> Option<Self> {
        let mut flags = Self::default();
        for letter in letters.chars() {
            let flag = match letter {
                'd' => &mut flags.has_indices,
                'g' => &mut flags.global,
                'i' => &mut flags.ignore_case,
                'm' => &mut flags.multiline,
                's' => &mut flags.dot_all,
                'u' => &mut flags.unicode,
                'v' => &mut flags.unicode_sets,
                'y' => &mut flags.sticky,
                _ => return None,
            };
            if std::mem::replace(flag, true) {
                return None;
            }
        }
        (!(flags.unicode && flags.unicode_sets)).then_some(flags)
    }

    /// `u` or `v`: the text is read by code points.
    pub(crate) fn by_code_points(self) -> bool {
        self.unicode || self.unicode_sets
    }
}

/// Why a pattern cannot be made or matched.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern is not JavaScript.
    #[error("Invalid regular expression: /{source_text}/{flags}: {reason}")]
    Syntax {
        /// The pattern's text.
        source_text: String,
        /// Its flags.
        flags: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Unknown, repeated or contradicting flags.
    #[error("Invalid flags supplied to RegExp constructor '{flags}'")]
    Flags {
        /// The letters as given.
        flags: String,
    },
    /// A text of the form `/pattern/flags` was expected.
    #[error("expected a pattern written as /pattern/flags, got {text}")]
    NotSlashed {
        /// What was there instead.
        text: String,
    },
    /// The match took longer than its limit and was given up.
    #[error("the pattern /{source_text}/ takes too long on this text; make its repetitions less ambiguous")]
    Budget {
        /// The pattern's text.
        source_text: String,
    },
}

/// One match in a UTF-8 text; ranges are in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternMatch {
    /// The whole match.
    pub range: Range<usize>,
    /// The groups from number one on; `None` for a group that took no part.
    pub groups: Vec<Option<Range<usize>>>,
    /// Names with their group numbers, in the order of the pattern.
    pub names: Arc<[(String, usize)]>,
}

/// A compiled JavaScript pattern, cheap to clone.
#[derive(Debug, Clone)]
pub struct Pattern {
    inner: Arc<engine::Compiled>,
}

impl Pattern {
    /// Compiles `source` with JavaScript flag letters.
    pub fn compile(source: &str, flags: &str) -> Result<Self, PatternError> {
        let parsed = Flags::parse(flags).ok_or_else(|| PatternError::Flags { flags: flags.to_owned() })?;
        Self::from_code_points(source.chars().map(u32::from).collect(), parsed, flags)
    }

    /// Compiles a pattern that may hold lone surrogates.
    pub(crate) fn from_code_points(
        source: Vec<u32>,
        flags: Flags,
        letters: &str,
    ) -> Result<Self, PatternError> {
        engine::Compiled::new(&source, flags, letters).map(|inner| Self { inner: Arc::new(inner) })
    }

    /// Compiles the text of a literal, `/pattern/flags`.
    pub fn parse_slashed(text: &str) -> Result<Self, PatternError> {
        let not_slashed = || PatternError::NotSlashed { text: text.chars().take(80).collect() };
        let (source, flags) = text
            .trim()
            .strip_prefix('/')
            .and_then(|rest| rest.rsplit_once('/'))
            .filter(|(source, flags)| !source.is_empty() && flags.chars().all(|c| c.is_ascii_alphabetic()))
            .ok_or_else(not_slashed)?;
        Self::compile(source, flags)
    }

    /// The flags it was compiled with.
    pub fn flags(&self) -> Flags {
        self.inner.flags
    }

    /// The first match at or after byte `start` (on a character boundary). Allocates only when there is a match,
    /// as long as the pattern is one for the `regex` crate.
    pub fn find_at(&self, text: &str, start: usize) -> Result<Option<PatternMatch>, PatternError> {
        self.inner.find_in_str(text, start)
    }

    /// Whether the text has a match at or after byte `start`; never allocates for patterns of the `regex` crate.
    pub fn is_match_at(&self, text: &str, start: usize) -> Result<bool, PatternError> {
        self.inner.is_match_in_str(text, start)
    }

    pub(crate) fn compiled(&self) -> &engine::Compiled {
        &self.inner
    }
}

#[cfg(test)]
mod tests;
