//! What the converter does not even try: sources too large or nested too deeply for the stack.

/// Largest source accepted.
pub(crate) const LARGEST_SOURCE_BYTES: usize = 16 * 1024 * 1024;

/// Stack that one level of nesting can need, over parsing, checking and lowering.
const STACK_BYTES_A_LEVEL: usize = if cfg!(debug_assertions) { 16 * 1024 } else { 4 * 1024 };

/// Levels for which the stack of a main thread is enough: no need to look closer.
const FEW_LEVELS: usize = if cfg!(debug_assertions) { 350 } else { 1700 };

/// Most stack that is reserved (it is only address space until it is used).
const LARGEST_STACK_BYTES: usize = 1024 * 1024 * 1024;

/// Nesting of lowered code that Luau's own compiler still accepts.
pub(crate) const DEEPEST_NESTING: u32 = 180;

/// Stack needed at most to convert the text, or `None` when it is beyond all limits.
pub(crate) fn stack_bytes(source: &str) -> Option<usize> {
    let rough = rough_bound(source);
    let levels = if rough <= FEW_LEVELS { rough } else { nesting_bound(source) } + 64;
    let bytes = levels.saturating_mul(STACK_BYTES_A_LEVEL);
    (bytes <= LARGEST_STACK_BYTES).then_some(bytes)
}

/// A higher bound that is quick to find: signs and beginnings of words.
fn rough_bound(source: &str) -> usize {
    let bytes = source.as_bytes();
    let following = bytes.get(1..).unwrap_or_default();
    // counted in lanes, which the compiler makes vectors of; the last byte opens nothing
    let (these, rest) = bytes.as_chunks::<LANES>();
    let (next, _) = following.as_chunks::<LANES>();
    let counted = these.chunks(LARGEST_LANE).zip(next.chunks(LARGEST_LANE)).map(|(these, next)| {
        let mut lanes = [0_u8; LANES];
        for (these, next) in these.iter().zip(next) {
            for lane in 0..LANES {
                lanes[lane] += levels(these[lane], next[lane]);
            }
        }
        lanes.iter().map(|lane| usize::from(*lane)).sum::<usize>()
    });
    // the bytes behind the last whole chunk count in full
    counted.sum::<usize>() + rest.len() + LANES
}

const LANES: usize = 32;

/// One level at most for each byte, so the sum of this many fits into a lane.
const LARGEST_LANE: usize = 255;

/// 1 for a sign, and for a blank that something follows, perhaps a word.
fn levels(byte: u8, next: u8) -> u8 {
    u8::from(!is_word(byte)) & u8::from(byte.max(next) > b' ')
}

fn is_word(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10
}

/// An upper bound of how deeply the syntax tree can be nested: every level of it needs at least one bracket,
/// operator or keyword of its own.
fn nesting_bound(source: &str) -> usize {
    let bytes = source.as_bytes();
    let mut levels = 0;
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if byte.is_ascii_alphabetic() {
            let start = index;
            while index < bytes.len() && bytes[index].is_ascii_alphanumeric() {
                index += 1;
            }
            levels += usize::from(INITIAL[usize::from(byte)] && nests(&bytes[start..index]));
            continue;
        }
        levels += usize::from(NESTING[byte as usize]);
        index += 1;
    }
    levels
}

/// Bytes that can open a level: openers, operators, template quotes, member dots.
const NESTING: [bool; 256] = {
    let mut table = [false; 256];
    let openers = b"([{?:=>!~+-*/%&|^<`.@\\";
    let mut index = 0;
    while index < openers.len() {
        table[openers[index] as usize] = true;
        index += 1;
    }
    table
};

/// First letters of the words that open a level.
const INITIAL: [bool; 256] = {
    let mut table = [false; 256];
    let letters = b"tvdnayeifwocl";
    let mut index = 0;
    while index < letters.len() {
        table[letters[index] as usize] = true;
        index += 1;
    }
    table
};

fn nests(word: &[u8]) -> bool {
    matches!(
        word,
        b"typeof"
            | b"void"
            | b"delete"
            | b"new"
            | b"await"
            | b"yield"
            | b"else"
            | b"if"
            | b"for"
            | b"while"
            | b"do"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"async"
            | b"class"
            | b"extends"
            | b"function"
            | b"try"
            | b"with"
            | b"case"
            | b"label"
            | b"import"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_needs_little_and_brackets_need_more() {
        assert!(nesting_bound("const a = 1;") < 3);
        assert_eq!(nesting_bound(&"(".repeat(1000)), 1000);
        assert!(rough_bound("a ? typeof b : (c)") >= nesting_bound("a ? typeof b : (c)"));
        assert_eq!(stack_bytes(&"(".repeat(10_000_000)), None);
    }
}
