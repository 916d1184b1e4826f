//! Printing of strings and comments.

use super::Printer;
use crate::ir::Remark;

/// All bytes stand for themselves in a quoted string. Eight at a time, for most are.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let plain = |byte: &u8| *byte >= 0x20 && !matches!(byte, b'"' | b'\\' | 0x7f);
    words.iter().all(|word| !has_special(u64::from_ne_bytes(*word))) && rest.iter().all(plain)
}

/// Some byte of the word is a control character, a quote or a backslash.
const fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES * limit as u64) & !word
    }
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    let delete = below(word ^ (ONES * 0x7f), 1);
    (below(word, 0x20) | quote | backslash | delete) & TOPS != 0
}

impl Printer<'_> {
    /// A quoted string. With `lone`, oxc's form of lone surrogates (`\u{FFFD}` and four hex digits) is undone.
    pub(super) fn string(&mut self, text: &str, lone: bool) {
        self.out.push('"');
        self.characters(text, lone);
        self.out.push('"');
    }

    /// Words in one quoted string, separated by blanks.
    pub(super) fn words(&mut self, words: &[&str], quoted: bool) {
        self.out.push('"');
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.out.push(' ');
            }
            if quoted {
                self.characters(word, false);
            } else {
                self.out.push_str(word);
            }
        }
        self.out.push('"');
    }

    /// What stands between the quotes.
    fn characters(&mut self, text: &str, lone: bool) {
        let bytes = text.as_bytes();
        if !lone && is_plain(bytes) {
            self.out.push_str(text);
            return;
        }
        let mut start = 0;
        let mut index = 0;
        while index < bytes.len() {
            let byte = bytes[index];
            if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f && !(lone && byte == 0xEF) {
                index += 1;
                continue;
            }
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                _ => "",
            };
            self.out.push_str(&text[start..index]);
            if !escape.is_empty() {
                self.out.push_str(escape);
                index += 1;
            } else if byte == 0xEF {
                index = self.surrogate(text, index);
            } else {
                self.byte(byte);
                index += 1;
            }
            start = index;
        }
        self.out.push_str(&text[start..]);
    }

    fn byte(&mut self, byte: u8) {
        self.out.push('\\');
        for digit in [byte / 100, byte / 10 % 10, byte % 10] {
            self.out.push(char::from(b'0' + digit));
        }
    }

    /// Writes the lone surrogate (or U+FFFD) encoded at `index`; returns the index behind it.
    fn surrogate(&mut self, text: &str, index: usize) -> usize {
        let digits = text.get(index + 3..index + 7);
        let is_mark = text.get(index..index + 3) == Some("\u{FFFD}");
        let Some(unit) = digits.filter(|_| is_mark).and_then(|digits| u32::from_str_radix(digits, 16).ok())
        else {
            let width = text[index..].chars().next().map_or(1, char::len_utf8);
            self.out.push_str(&text[index..index + width]);
            return index + width;
        };
        if let Some(character) = char::from_u32(unit) {
            self.out.push(character);
        } else {
            self.byte(0xE0 | (unit >> 12) as u8);
            self.byte(0x80 | (unit >> 6 & 0x3F) as u8);
            self.byte(0x80 | (unit & 0x3F) as u8);
        }
        index + 7
    }

    pub(super) fn remark_text(&mut self, remark: &Remark) {
        let source = self.source;
        let text = source.get(remark.start as usize..remark.end as usize).unwrap_or_default();
        if !remark.block {
            let content = text.strip_prefix("//").unwrap_or(text);
            self.out.push_str("--");
            // `--[[` would open a block comment
            if content.starts_with('[') {
                self.out.push(' ');
            }
            self.out.push_str(content.trim_end());
            return;
        }
        let content = text.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")).unwrap_or(text);
        self.block_remark(content);
    }

    fn block_remark(&mut self, content: &str) {
        if !content.contains('\n') {
            self.out.push_str("-- ");
            self.out.push_str(content.trim_matches(|c: char| c == '*' || c.is_whitespace()));
            return;
        }
        let mut level = 0;
        while content.contains(&format!("]{}]", "=".repeat(level))) || (level == 0 && content.ends_with(']'))
        {
            level += 1;
        }
        let marks = "=".repeat(level);
        self.out.push_str("--[");
        self.out.push_str(&marks);
        self.out.push('[');
        for line in content.split('\n') {
            self.out.push_str(line.trim_end_matches('\r'));
            self.newline();
        }
        self.out.pop();
        self.line -= 1;
        self.out.push(']');
        self.out.push_str(&marks);
        self.out.push(']');
    }
}
