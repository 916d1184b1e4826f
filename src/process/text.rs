//! Bytes to text: chunks end between characters, bytes that are not UTF-8 become U+FFFD.
//!
//! Must not know: where the bytes come from.

/// Joins bytes over reads; holds back the beginning of a character until its end arrives.
#[derive(Debug, Default)]
pub(crate) struct Utf8Joiner {
    held: Vec<u8>,
}

impl Utf8Joiner {
    /// Text of the held bytes and these, without a character that is still incomplete.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) -> String {
        let mut joined = if self.held.is_empty() {
            bytes
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&bytes);
            joined
        };
        let keep = joined.len() - incomplete_tail(&joined);
        self.held = joined.split_off(keep);
        lossy(joined)
    }

    /// What is left at the end, as U+FFFD.
    pub(crate) fn finish(&mut self) -> String {
        lossy(std::mem::take(&mut self.held))
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Number of bytes at the end that begin a character whose rest is missing.
fn incomplete_tail(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(3);
    for start in (from..bytes.len()).rev() {
        let byte = bytes[start];
        if byte & 0b1100_0000 == 0b1000_0000 {
            continue; // inside a character: its first byte is further left
        }
        let tail = &bytes[start..];
        let incomplete = matches!(std::str::from_utf8(tail), Err(error) if error.valid_up_to() == 0 && error.error_len().is_none());
        return if incomplete { tail.len() } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(parts: &[&[u8]]) -> String {
        let mut joiner = Utf8Joiner::default();
        let mut text: String = parts.iter().map(|part| joiner.push(part.to_vec())).collect();
        text.push_str(&joiner.finish());
        text
    }

    #[test]
    fn a_character_split_over_reads_stays_whole() {
        assert_eq!(joined(&[b"a\xe2", b"\x82", b"\xacb"]), "a€b");
    }

    #[test]
    fn broken_bytes_become_replacement_characters() {
        assert_eq!(joined(&[b"a\xff", b"b\xe2\x82"]), "a\u{fffd}b\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_text_of_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..64), cuts in proptest::collection::vec(0usize..64, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let parts: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(joined(&parts), String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn valid_text_split_anywhere_stays_the_same(text in "\\PC{0,32}", cut in 0usize..128) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            prop_assert_eq!(joined(&[&bytes[..cut], &bytes[cut..]]), text);
        }
    }
}
