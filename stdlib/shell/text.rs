//! Program output as plain text: no escape sequences, line ends as `\n`; and the last part of it, kept for matching and as the result.
//!
//! Must not know: Lua, handlers.

use vte::{Params, Parser, Perform};

/// How much of the text a result carries.
pub(super) const RESULT_BYTES: usize = 1024 * 1024;

/// Takes escape sequences out and evens line ends; remembers a sequence or line end cut by the end of a chunk.
#[derive(Default)]
pub(super) struct Cleaner {
    parser: Parser,
    /// The last chunk ended inside a sequence.
    open: bool,
    /// The last chunk ended with `\r`, which is already out as `\n`.
    after_return: bool,
}

#[derive(Default)]
struct Printed {
    text: String,
    /// Something came out since this was cleared, so no sequence is open.
    settled: bool,
}

impl Perform for Printed {
    fn print(&mut self, letter: char) {
        self.text.push(letter);
        self.settled = true;
    }

    fn execute(&mut self, byte: u8) {
        self.text.push(char::from(byte));
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, _: char) {}

    fn unhook(&mut self) {
        self.settled = true;
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.settled = true;
    }

    fn csi_dispatch(&mut self, _: &Params, _: &[u8], _: bool, _: char) {
        self.settled = true;
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.settled = true;
    }
}

impl Cleaner {
    /// Appends the chunk to `out` as plain text.
    pub(super) fn clean_into(&mut self, chunk: &str, out: &mut String) {
        if !self.open && memchr::memchr(0x1b, chunk.as_bytes()).is_none() {
            self.even_into(chunk, out);
            return;
        }
        let mut printed = Printed { text: String::with_capacity(chunk.len()), settled: false };
        let bytes = chunk.as_bytes();
        match memchr::memrchr(0x1b, bytes) {
            Some(last) => {
                self.parser.advance(&mut printed, &bytes[..last]);
                printed.settled = false;
                self.parser.advance(&mut printed, &bytes[last..]);
            }
            None => self.parser.advance(&mut printed, bytes),
        }
        self.open = !printed.settled;
        self.even_into(&printed.text, out);
    }

    /// `\r\n` and `\r` become `\n`.
    fn even_into(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        if std::mem::take(&mut self.after_return) {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            self.after_return = text.is_empty();
        }
        while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
            out.push_str(&rest[..at]);
            out.push('\n');
            rest = &rest[at + 1..];
            match rest.strip_prefix('\n') {
                Some(after) => rest = after,
                None => self.after_return = rest.is_empty(),
            }
        }
        out.push_str(rest);
    }
}

/// The last part of the text of a shell, with positions counted from its beginning.
#[derive(Default)]
pub(super) struct Transcript {
    text: String,
    dropped: usize,
}

impl Transcript {
    /// All that is kept.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Position of the first kept byte.
    pub(super) fn start(&self) -> usize {
        self.dropped
    }

    /// Position after the last byte.
    pub(super) fn end(&self) -> usize {
        self.dropped + self.text.len()
    }

    /// For appending.
    pub(super) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    /// Drops the beginning when there is twice as much as a result carries.
    pub(super) fn trim(&mut self) {
        if self.text.len() > 2 * RESULT_BYTES {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let from = self.text.ceil_char_boundary(self.text.len().saturating_sub(RESULT_BYTES));
        self.text.drain(..from);
        self.dropped += from;
    }

    /// The text of the result, and whether its beginning is missing.
    pub(super) fn into_result(mut self) -> (String, bool) {
        self.cut();
        (self.text, self.dropped > 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(chunks: &[&str]) -> String {
        let (mut cleaner, mut out) = (Cleaner::default(), String::new());
        for chunk in chunks {
            cleaner.clean_into(chunk, &mut out);
        }
        out
    }

    #[test]
    fn colours_titles_and_returns_go() {
        assert_eq!(
            cleaned(&["\x1b[1;31mred\x1b[0m\x1b]0;title\x07 \x1b]8;;http://x\x1b\\link\r\n10%\r20%\r\n"]),
            "red link\n10%\n20%\n"
        );
    }

    #[test]
    fn a_sequence_over_chunks_goes_too() {
        assert_eq!(cleaned(&["a\x1b[3", "1mb\x1b", "[0mc\r", "\nd\r", "e"]), "abc\nd\ne");
    }

    #[test]
    fn a_result_keeps_the_end() {
        let mut transcript = Transcript::default();
        for _ in 0..5 {
            transcript.text_mut().push_str(&"é".repeat(RESULT_BYTES / 2));
            transcript.trim();
        }
        assert!(transcript.text().len() <= 2 * RESULT_BYTES);
        assert_eq!(transcript.end(), 5 * RESULT_BYTES);
        let (text, truncated) = transcript.into_result();
        assert_eq!((text.len(), truncated), (RESULT_BYTES, true));
    }

    proptest! {
        #[test]
        fn splits_change_nothing(text in "(a|é|\r|\n|\u{1b}\\[3[0-9]m|\u{1b}\\]0;t\u{7}|\u{1b}|\\[|m){0,16}", cuts in proptest::collection::vec(0usize..80, 0..4)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| text.floor_char_boundary(cut.min(text.len()))).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let parts: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(cleaned(&parts), cleaned(&[&text]));
        }

        #[test]
        fn text_without_sequences_stays(text in "[^\\x00-\\x1f\\x7f-\\x9f]{0,40}") {
            prop_assert_eq!(cleaned(&[&text]), text);
        }
    }
}
