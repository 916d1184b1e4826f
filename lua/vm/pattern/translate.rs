//! Reads a JavaScript pattern and says two things: the same pattern in the syntax of the `regex` crate, only when it provably
//! means the same there, and how badly a backtracking engine may behave on it.
//!
//! Not the same, hence left to regress: look-around, back-references, captures that a loop has to reset, loops over a body that
//! can be empty, `u`+`i` folding, property escapes, the `v` flag and anything this reader does not know.

use super::Flags;
use super::class::{ClassSet, Escape, push_number};

/// Deeper nesting is refused: both engines' parsers are recursive.
pub(super) const MAX_DEPTH: usize = 200;
/// Larger counted repetitions are left to regress, `regex` would unroll them.
const MAX_REPEAT: u32 = 1000;
/// A counted repetition above this is as bad as an unbounded one.
const LONG_REPEAT: u32 = 8;

/// What the text must be like so that a translated pattern means the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// No surrogate pairs in the text: the pattern may match half of one.
    pub(super) whole_units: bool,
    /// No `\r`, U+2028, U+2029: `^` and `$` of the `m` flag stop there in JavaScript.
    pub(super) plain_line_ends: bool,
}

/// Worst case of a backtracking match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Risk {
    /// About `length ^ n` steps.
    Polynomial(u32),
    /// Not bounded in any useful way, or not known.
    Exponential,
}

/// What is known of a pattern after reading it.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) regex: Option<String>,
    pub(super) needs: Needs,
    pub(super) risk: Risk,
}

/// The reader met something it does not know; the pattern goes to regress with [`Risk::Exponential`].
struct Unknown;

/// What a quantifier has to know of the thing before it.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts that a quantifier combines")]
struct Shape {
    can_be_empty: bool,
    /// Number of unbounded loops in a row.
    loops: u32,
    /// Has alternatives, optional parts or loops.
    choices: bool,
    captures: bool,
    /// Has captures that a successful match may leave out.
    optional_captures: bool,
    exponential: bool,
}

impl Shape {
    fn then(self, next: Self) -> Self {
        Self {
            can_be_empty: self.can_be_empty && next.can_be_empty,
            loops: self.loops + next.loops,
            choices: self.choices || next.choices,
            captures: self.captures || next.captures,
            optional_captures: self.optional_captures || next.optional_captures,
            exponential: self.exponential || next.exponential,
        }
    }

    fn or(self, other: Self) -> Self {
        let captures = self.captures || other.captures;
        Self {
            can_be_empty: self.can_be_empty || other.can_be_empty,
            loops: self.loops + other.loops,
            choices: true,
            captures,
            optional_captures: captures,
            exponential: self.exponential || other.exponential,
        }
    }
}

/// Reads `source`; never fails, what is not understood is only not translated.
pub(super) fn read(source: &str, flags: Flags, group_count: usize) -> Reading {
    let mut reader = Reader {
        chars: source.chars().collect(),
        at: 0,
        flags,
        group_count,
        out: String::with_capacity(source.len() + 16),
        same: !(flags.unicode_sets || flags.unicode && flags.ignore_case),
        needs: Needs::default(),
    };
    if !flags.unicode && reader.chars.iter().any(|c| *c as u32 > 0xffff) {
        reader.same = false;
    }
    let shape = reader.disjunction(0);
    let complete = reader.at == reader.chars.len();
    match shape {
        Ok(shape) if complete => Reading {
            regex: reader.same.then_some(reader.out),
            needs: reader.needs,
            risk: if shape.exponential { Risk::Exponential } else { Risk::Polynomial(shape.loops + 1) },
        },
        _ => Reading { regex: None, needs: Needs::default(), risk: Risk::Exponential },
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    flags: Flags,
    group_count: usize,
    out: String,
    same: bool,
    needs: Needs,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let hit = self.peek() == Some(wanted);
        self.at += usize::from(hit);
        hit
    }

    fn eat_text(&mut self, wanted: &str) -> bool {
        let hit = wanted.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c));
        if hit {
            self.at += wanted.chars().count();
        }
        hit
    }

    fn disjunction(&mut self, depth: usize) -> Result<Shape, Unknown> {
        if depth > MAX_DEPTH {
            return Err(Unknown);
        }
        let mut shape = self.alternative(depth)?;
        while self.eat('|') {
            self.out.push('|');
            shape = shape.or(self.alternative(depth)?);
        }
        Ok(shape)
    }

    fn alternative(&mut self, depth: usize) -> Result<Shape, Unknown> {
        let mut shape = Shape { can_be_empty: true, ..Shape::default() };
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            let start = self.out.len();
            let (atom, quantifiable) = self.atom(depth)?;
            let term = if quantifiable { self.quantified(atom, start)? } else { atom };
            shape = shape.then(term);
        }
        Ok(shape)
    }

    /// One atom or assertion, and whether a quantifier may follow.
    fn atom(&mut self, depth: usize) -> Result<(Shape, bool), Unknown> {
        let Some(c) = self.peek() else { return Err(Unknown) };
        self.at += 1;
        let assertion = Shape { can_be_empty: true, ..Shape::default() };
        match c {
            '^' => {
                self.line_anchor(r"\A", "(?m:^)");
                Ok((assertion, false))
            }
            '$' => {
                self.line_anchor(r"\z", "(?m:$)");
                Ok((assertion, false))
            }
            '.' => {
                self.needs.whole_units |= !self.flags.unicode;
                self.out.push_str(if self.flags.dot_all { "(?s:.)" } else { r"[^\n\r\x{2028}\x{2029}]" });
                Ok((Shape::default(), true))
            }
            '(' => self.group(depth).map(|shape| (shape, true)),
            '[' => self.class().map(|()| (Shape::default(), true)),
            '\\' => self.escape(),
            '*' | '+' | '?' | ')' => Err(Unknown),
            _ => {
                self.literal(c);
                Ok((Shape::default(), true))
            }
        }
    }

    fn line_anchor(&mut self, whole_text: &str, each_line: &str) {
        self.needs.plain_line_ends |= self.flags.multiline;
        self.out.push_str(if self.flags.multiline { each_line } else { whole_text });
    }

    fn literal(&mut self, c: char) {
        let mut set = ClassSet::default();
        set.add(c as u32, c as u32);
        if self.flags.ignore_case && !set.fold_ascii_case() {
            self.same = false;
        }
        set.emit_one(&mut self.out);
    }

    fn group(&mut self, depth: usize) -> Result<Shape, Unknown> {
        let mut look_around = false;
        let mut capture = false;
        if self.eat_text("?:") {
            self.out.push_str("(?:");
        } else if self.eat_text("?=") || self.eat_text("?!") || self.eat_text("?<=") || self.eat_text("?<!") {
            look_around = true;
            self.same = false;
        } else if self.eat_text("?<") {
            while self.peek().is_some_and(|c| c != '>') {
                self.at += 1;
            }
            capture = self.eat('>');
            self.out.push('(');
        } else if self.peek() == Some('?') {
            return Err(Unknown);
        } else {
            capture = true;
            self.out.push('(');
        }
        let mut shape = self.disjunction(depth + 1)?;
        if !self.eat(')') {
            return Err(Unknown);
        }
        self.out.push(')');
        shape.captures |= capture;
        shape.can_be_empty |= look_around;
        Ok(shape)
    }

    fn class(&mut self) -> Result<(), Unknown> {
        let set = super::class::read_class(&self.chars, &mut self.at, self.flags.unicode).ok_or(Unknown)?;
        self.emit_set(set);
        Ok(())
    }

    fn emit_set(&mut self, mut set: ClassSet) {
        if self.flags.ignore_case && !set.fold_ascii_case() {
            self.same = false;
        }
        let reach = set.reach();
        self.needs.whole_units |= reach.beyond_one_unit && !self.flags.unicode;
        if reach.empty || (reach.surrogates_alone && self.flags.unicode) {
            self.same = false;
        }
        set.emit_class(&mut self.out);
    }

    fn escape(&mut self) -> Result<(Shape, bool), Unknown> {
        let assertion = Shape { can_be_empty: true, ..Shape::default() };
        let Some(c) = self.peek() else { return Err(Unknown) };
        match c {
            'b' => {
                self.at += 1;
                self.out.push_str(r"(?-u:\b)");
                return Ok((assertion, false));
            }
            'B' => {
                self.at += 1;
                self.same = false;
                return Ok((assertion, false));
            }
            'k' | '1'..='9' => return self.back_reference(c),
            'p' | 'P' if self.flags.unicode => return self.property(),
            _ => {}
        }
        match super::class::read_escape(&self.chars, &mut self.at, self.flags.unicode).ok_or(Unknown)? {
            Escape::Set(set) => self.emit_set(set),
            Escape::Code(code) => match char::from_u32(code) {
                Some(c) if code <= 0xffff || self.flags.unicode => self.literal(c),
                _ => self.same = false,
            },
        }
        Ok((Shape::default(), true))
    }

    fn back_reference(&mut self, first: char) -> Result<(Shape, bool), Unknown> {
        self.same = false;
        self.at += 1;
        if first == 'k' {
            if !self.eat('<') {
                return Err(Unknown);
            }
            while self.peek().is_some_and(|c| c != '>') {
                self.at += 1;
            }
            self.at += 1;
        } else {
            let mut number = first.to_digit(10).unwrap_or(0) as usize;
            while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                number = number.saturating_mul(10).saturating_add(digit as usize);
                self.at += 1;
            }
            if number > self.group_count {
                return Err(Unknown);
            }
        }
        Ok((Shape { can_be_empty: true, loops: 1, choices: true, ..Shape::default() }, true))
    }

    fn property(&mut self) -> Result<(Shape, bool), Unknown> {
        self.same = false;
        while self.peek().is_some_and(|c| c != '}') {
            self.at += 1;
        }
        if self.eat('}') { Ok((Shape::default(), true)) } else { Err(Unknown) }
    }

    /// The quantifier after an atom whose translation begins at `start`, if there is one.
    fn quantified(&mut self, atom: Shape, start: usize) -> Result<Shape, Unknown> {
        let Some((min, max)) = self.quantifier() else { return Ok(atom) };
        let lazy = self.eat('?');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(Unknown);
        }
        let repeated = max.is_none_or(|max| max > 1);
        if atom.can_be_empty || (repeated && atom.optional_captures) {
            self.same = false;
        }
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT) {
            self.same = false;
        }
        if self.out.len() == start {
            self.same = false;
        }
        self.out.push('{');
        push_number(u64::from(min), 10, &mut self.out);
        self.out.push(',');
        if let Some(max) = max {
            push_number(u64::from(max), 10, &mut self.out);
        }
        self.out.push('}');
        if lazy {
            self.out.push('?');
        }
        let long = max.is_none_or(|max| max > LONG_REPEAT);
        Ok(Shape {
            can_be_empty: atom.can_be_empty || min == 0,
            loops: atom.loops + u32::from(long),
            choices: true,
            captures: atom.captures,
            optional_captures: atom.optional_captures || (atom.captures && min == 0),
            exponential: atom.exponential || (repeated && (atom.choices || atom.can_be_empty)),
        })
    }

    fn quantifier(&mut self) -> Option<(u32, Option<u32>)> {
        let range = match self.peek()? {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => return self.counted(),
            _ => return None,
        };
        self.at += 1;
        Some(range)
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else after `{` is a literal brace (Annex B).
    fn counted(&mut self) -> Option<(u32, Option<u32>)> {
        let text: String = self.chars[self.at + 1..].iter().take_while(|c| **c != '}').collect();
        if self.chars.get(self.at + 1 + text.chars().count()) != Some(&'}') {
            return None;
        }
        let (low, high) = match text.split_once(',') {
            None => (text.as_str(), Some(text.as_str())),
            Some((low, "")) => (low, None),
            Some((low, high)) => (low, Some(high)),
        };
        let parse = |digits: &str| {
            let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            all_digits.then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
        };
        let min = parse(low)?;
        let max = match high {
            None => None,
            Some(high) => Some(parse(high)?),
        };
        self.at += text.chars().count() + 2;
        Some((min, max))
    }
}
