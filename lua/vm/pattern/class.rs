//! Character sets of JavaScript patterns: classes, escapes like `\w`, and their spelling for the `regex` crate.
//! Must not know what surrounds a class.

/// A set of code points, maybe inverted. Ranges are inclusive, unordered.
#[derive(Debug, Clone, Default)]
pub(super) struct ClassSet {
    ranges: Vec<(u32, u32)>,
    inverted: bool,
    /// A character beyond ASCII was named by itself (not through `\\s`, `\\W`, …, which have both cases of everything).
    names_beyond_ascii: bool,
}

/// How far a set goes, which decides where it may be used.
pub(super) struct Reach {
    /// May match half of a surrogate pair.
    pub(super) beyond_one_unit: bool,
    /// Names surrogates, and not only by being large.
    pub(super) surrogates_alone: bool,
    pub(super) empty: bool,
}

/// What one escape stands for.
pub(super) enum Escape {
    Code(u32),
    Set(ClassSet),
}

const DIGITS: &[(u32, u32)] = &[(0x30, 0x39)];
const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];
const SPACE: &[(u32, u32)] = &[
    (0x09, 0x0d),
    (0x20, 0x20),
    (0xa0, 0xa0),
    (0x1680, 0x1680),
    (0x2000, 0x200a),
    (0x2028, 0x2029),
    (0x202f, 0x202f),
    (0x205f, 0x205f),
    (0x3000, 0x3000),
    (0xfeff, 0xfeff),
];

impl ClassSet {
    pub(super) fn add(&mut self, low: u32, high: u32) {
        self.names_beyond_ascii |= high >= 0x80;
        self.ranges.push((low, high));
    }

    fn of(ranges: &[(u32, u32)], inverted: bool) -> Self {
        let ranges = if inverted { complement(ranges) } else { ranges.to_vec() };
        Self { ranges, ..Self::default() }
    }

    /// Closes the set under ASCII case. False when it names other letters, whose folding is not ours to do.
    pub(super) fn fold_ascii_case(&mut self) -> bool {
        let mut folded = Vec::new();
        for &(low, high) in &self.ranges {
            for letter in (low..=high.min(0x7f)).filter_map(char::from_u32).filter(char::is_ascii_alphabetic)
            {
                let (lower, upper) = (letter.to_ascii_lowercase() as u32, letter.to_ascii_uppercase() as u32);
                folded.extend([(upper, upper), (lower, lower)]);
            }
        }
        self.ranges = if self.ranges.len() == 1 && folded.len() == 2 {
            folded
        } else {
            [self.ranges.as_slice(), &folded].concat()
        };
        !self.names_beyond_ascii
    }

    pub(super) fn reach(&self) -> Reach {
        let touches = |low: u32, high: u32| self.ranges.iter().any(|r| r.0 <= high && r.1 >= low);
        Reach {
            beyond_one_unit: self.inverted || touches(0xd800, 0xdfff) || touches(0x1_0000, 0x10_ffff),
            surrogates_alone: self.ranges.iter().any(|r| r.0 <= 0xdfff && r.1 >= 0xd800),
            empty: self.ranges.is_empty(),
        }
    }

    /// A set of one character (or its two cases) as short as possible, so that literal prefixes are found.
    pub(super) fn emit_one(&self, out: &mut String) {
        match self.ranges.as_slice() {
            [(code, _)] => emit_code(*code, out),
            _ => self.emit_class(out),
        }
    }

    pub(super) fn emit_class(&self, out: &mut String) {
        out.push('[');
        if self.inverted {
            out.push('^');
        }
        for &(low, high) in &self.ranges {
            for (low, high) in without_surrogates(low, high) {
                emit_code(low, out);
                if high > low {
                    out.push('-');
                    emit_code(high, out);
                }
            }
        }
        out.push(']');
    }
}

fn without_surrogates(low: u32, high: u32) -> impl Iterator<Item = (u32, u32)> {
    [(low, high.min(0xd7ff)), (low.max(0xe000), high)].into_iter().filter(|r| r.0 <= r.1)
}

fn emit_code(code: u32, out: &mut String) {
    match char::from_u32(code) {
        Some(c) if c.is_ascii_alphanumeric() => out.push(c),
        _ => {
            out.push_str("\\x{");
            push_number(u64::from(code), 16, out);
            out.push('}');
        }
    }
}

/// Appends a number in some radix.
pub(super) fn push_number(number: u64, radix: u32, out: &mut String) {
    if number >= u64::from(radix) {
        push_number(number / u64::from(radix), radix, out);
    }
    out.extend(char::from_digit((number % u64::from(radix)) as u32, radix));
}

fn complement(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut next = 0;
    let mut result = Vec::new();
    for &(low, high) in ranges {
        if low > next {
            result.push((next, low - 1));
        }
        next = high + 1;
    }
    result.push((next, 0x10_ffff));
    result
}

/// The escape after a backslash at `at`; `None` for what this reader does not know (legacy octals, `\p`, `\k`, …).
pub(super) fn read_escape(chars: &[char], at: &mut usize, unicode: bool) -> Option<Escape> {
    let c = *chars.get(*at)?;
    *at += 1;
    Some(match c {
        'd' => Escape::Set(ClassSet::of(DIGITS, false)),
        'D' => Escape::Set(ClassSet::of(DIGITS, true)),
        'w' => Escape::Set(ClassSet::of(WORD, false)),
        'W' => Escape::Set(ClassSet::of(WORD, true)),
        's' => Escape::Set(ClassSet::of(SPACE, false)),
        'S' => Escape::Set(ClassSet::of(SPACE, true)),
        't' => Escape::Code(9),
        'n' => Escape::Code(10),
        'v' => Escape::Code(11),
        'f' => Escape::Code(12),
        'r' => Escape::Code(13),
        '0' if !chars.get(*at).is_some_and(char::is_ascii_digit) => Escape::Code(0),
        'c' => {
            let letter = chars.get(*at).filter(|c| c.is_ascii_alphabetic())?;
            *at += 1;
            Escape::Code(*letter as u32 % 32)
        }
        'x' => Escape::Code(hex(chars, at, 2)?),
        'u' if chars.get(*at) == Some(&'{') => Escape::Code(braced(chars, at, unicode)?),
        'u' => Escape::Code(unit_or_pair(chars, at, unicode)?),
        c if c.is_ascii_alphanumeric() => return None,
        c => Escape::Code(c as u32),
    })
}

fn hex(chars: &[char], at: &mut usize, digits: usize) -> Option<u32> {
    let text: String = chars.get(*at..*at + digits)?.iter().collect();
    let value =
        u32::from_str_radix(&text, 16).ok().filter(|_| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    *at += digits;
    Some(value)
}

fn braced(chars: &[char], at: &mut usize, unicode: bool) -> Option<u32> {
    if !unicode {
        return None;
    }
    let end = chars[*at..].iter().position(|c| *c == '}')? + *at;
    let text: String = chars[*at + 1..end].iter().collect();
    *at = end + 1;
    u32::from_str_radix(&text, 16).ok().filter(|code| *code <= 0x10_ffff)
}

fn unit_or_pair(chars: &[char], at: &mut usize, unicode: bool) -> Option<u32> {
    let high = hex(chars, at, 4)?;
    if !unicode || !(0xd800..0xdc00).contains(&high) || chars.get(*at..*at + 2) != Some(&['\\', 'u']) {
        return Some(high);
    }
    let mut next = *at + 2;
    match hex(chars, &mut next, 4) {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            *at = next;
            Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        }
        _ => Some(high),
    }
}

/// A class whose `[` has been read; leaves `at` behind its `]`.
pub(super) fn read_class(chars: &[char], at: &mut usize, unicode: bool) -> Option<ClassSet> {
    let mut set = ClassSet { inverted: chars.get(*at) == Some(&'^'), ..ClassSet::default() };
    *at += usize::from(set.inverted);
    loop {
        if *chars.get(*at)? == ']' {
            *at += 1;
            return Some(set);
        }
        let low = class_atom(chars, at, unicode)?;
        let is_range = chars.get(*at) == Some(&'-') && chars.get(*at + 1).is_some_and(|c| *c != ']');
        match low {
            Escape::Set(inner) if is_range => {
                // `[\w-a]`: the dash is a character of its own (Annex B).
                set.ranges.extend(inner.ranges);
            }
            Escape::Set(inner) => set.ranges.extend(inner.ranges),
            Escape::Code(low) if is_range => {
                *at += 1;
                match class_atom(chars, at, unicode)? {
                    Escape::Code(high) if high >= low => set.add(low, high),
                    Escape::Code(_) => return None,
                    Escape::Set(inner) => {
                        set.ranges.extend(inner.ranges);
                        set.add(low, low);
                        set.add('-' as u32, '-' as u32);
                    }
                }
            }
            Escape::Code(code) => set.add(code, code),
        }
    }
}

fn class_atom(chars: &[char], at: &mut usize, unicode: bool) -> Option<Escape> {
    let c = *chars.get(*at)?;
    *at += 1;
    if c != '\\' {
        return Some(Escape::Code(c as u32));
    }
    match chars.get(*at)? {
        'b' => {
            *at += 1;
            Some(Escape::Code(8))
        }
        '-' => {
            *at += 1;
            Some(Escape::Code('-' as u32))
        }
        _ => read_escape(chars, at, unicode),
    }
}
