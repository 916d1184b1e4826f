//! Questions a program puts to its terminal, and marks that only concern the drawing of a screen.
//!
//! Must not know: processes. Works on bytes; a sequence split over reads is held back until it is whole.

use memchr::memmem;

/// "Where is the cursor?"
const CURSOR_QUERY: &[u8] = b"\x1b[6n";
/// "Hold the drawing" and "draw".
const SYNC_MARKS: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

/// Takes those sequences out of the output.
#[derive(Debug, Default)]
pub(crate) struct QueryFilter {
    held: Vec<u8>,
}

impl QueryFilter {
    /// The bytes without the sequences, and how many cursor queries were among them.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) -> (Vec<u8>, usize) {
        let mut joined = if self.held.is_empty() {
            bytes
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&bytes);
            joined
        };
        let keep = joined.len() - partial_tail(&joined);
        self.held = joined.split_off(keep);
        if memchr::memchr(0x1b, &joined).is_none() {
            return (joined, 0);
        }
        let (joined, asked) = without(joined, CURSOR_QUERY);
        let joined = SYNC_MARKS.iter().fold(joined, |bytes, mark| without(bytes, mark).0);
        (joined, asked)
    }

    /// Something is held back.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Gives up waiting for the rest of a sequence.
    pub(crate) fn release(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

/// The bytes without any occurrence of `sequence`, and the number of them.
fn without(bytes: Vec<u8>, sequence: &[u8]) -> (Vec<u8>, usize) {
    let finder = memmem::Finder::new(sequence);
    let Some(first) = finder.find(&bytes) else { return (bytes, 0) };
    let mut kept = bytes[..first].to_vec();
    let (mut from, mut count) = (first + sequence.len(), 1);
    while let Some(at) = finder.find(&bytes[from..]) {
        kept.extend_from_slice(&bytes[from..from + at]);
        from += at + sequence.len();
        count += 1;
    }
    kept.extend_from_slice(&bytes[from..]);
    (kept, count)
}

/// Number of bytes at the end that may be the beginning of one of the sequences.
fn partial_tail(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(SYNC_MARKS[0].len() - 1);
    let Some(start) = memchr::memrchr(0x1b, &bytes[from..]) else { return 0 };
    let tail = &bytes[from + start..];
    let begins = |sequence: &[u8]| tail.len() < sequence.len() && sequence.starts_with(tail);
    if begins(CURSOR_QUERY) || SYNC_MARKS.into_iter().any(begins) { tail.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filtered(parts: &[&[u8]]) -> (Vec<u8>, usize) {
        let mut filter = QueryFilter::default();
        let (mut kept, mut asked) = (Vec::new(), 0);
        for part in parts {
            let (bytes, count) = filter.push(part.to_vec());
            kept.extend(bytes);
            asked += count;
        }
        kept.extend(filter.release());
        (kept, asked)
    }

    #[test]
    fn takes_queries_and_marks_out_and_leaves_colours() {
        let (kept, asked) = filtered(&[b"a\x1b[6nb\x1b[?2026h\x1b[31mc\x1b[?2026l\x1b[6n"]);
        assert_eq!((kept.as_slice(), asked), (b"ab\x1b[31mc".as_slice(), 2));
    }

    #[test]
    fn a_lone_escape_at_the_end_is_not_lost() {
        assert_eq!(filtered(&[b"a\x1b"]), (b"a\x1b".to_vec(), 0));
    }

    proptest! {
        #[test]
        fn a_split_changes_nothing(text in "(a|\u{1b}\\[6n|\u{1b}\\[\\?2026[hl]|\u{1b}|\u{1b}\\[3|n){0,12}", cut in 0usize..64) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            prop_assert_eq!(filtered(&[&bytes[..cut], &bytes[cut..]]), filtered(&[bytes]));
        }
    }
}
