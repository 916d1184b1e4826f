//! WTF-8 (how strings are stored) ↔ UTF-16 (how JavaScript counts them).
//! Must not know Lua.

/// Decodes the character at `at`: its code point (lone surrogates included) and its length. A stray byte is U+FFFD of length one.
fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let continuation = |offset: usize| {
        bytes.get(at + offset).filter(|byte| **byte & 0xc0 == 0x80).map(|byte| u32::from(byte & 0x3f))
    };
    let first = bytes[at];
    let decoded = match first {
        0..0x80 => Some((u32::from(first), 1)),
        0xc2..0xe0 => continuation(1).map(|a| ((u32::from(first & 0x1f) << 6) | a, 2)),
        0xe0..0xf0 => match (continuation(1), continuation(2)) {
            (Some(a), Some(b)) => Some(((u32::from(first & 0x0f) << 12) | (a << 6) | b, 3)),
            _ => None,
        },
        0xf0..0xf5 => match (continuation(1), continuation(2), continuation(3)) {
            (Some(a), Some(b), Some(c)) => {
                Some(((u32::from(first & 0x07) << 18) | (a << 12) | (b << 6) | c, 4))
            }
            _ => None,
        },
        _ => None,
    };
    decoded.unwrap_or((0xfffd, 1))
}

/// Calls `visit(code_point, byte_offset)` for each character.
pub(crate) fn each(bytes: &[u8], mut visit: impl FnMut(u32, usize)) {
    let mut at = 0;
    while at < bytes.len() {
        let (code, length) = decode(bytes, at);
        visit(code, at);
        at += length;
    }
}

/// The code points of a text; lone surrogates stay what they are.
pub(crate) fn to_code_points(bytes: &[u8]) -> Vec<u32> {
    let mut codes = Vec::with_capacity(bytes.len());
    each(bytes, |code, _| codes.push(code));
    codes
}

/// The UTF-16 units of a text.
pub(crate) fn to_units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    each(bytes, |code, _| push_units(code, &mut units));
    units
}

fn push_units(code: u32, units: &mut Vec<u16>) {
    if code > 0xffff {
        let rest = code - 0x1_0000;
        units.extend([0xd800 + (rest >> 10) as u16, 0xdc00 + (rest & 0x3ff) as u16]);
    } else {
        units.push(code as u16);
    }
}

/// For each unit the byte offset of its character, the second half of a pair two bytes later; one more for the end.
pub(crate) fn byte_offsets(bytes: &[u8]) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(bytes.len() + 1);
    each(bytes, |code, at| {
        offsets.push(at);
        if code > 0xffff {
            offsets.push(at + 2);
        }
    });
    offsets.push(bytes.len());
    offsets
}

/// The text of UTF-16 units; pairs become one character, lone halves three bytes each.
pub(crate) fn from_units(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(units.len());
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok(c) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => push_code(u32::from(lone.unpaired_surrogate()), &mut bytes),
        }
    }
    bytes
}

/// Appends one code point, a surrogate as three bytes.
pub(crate) fn push_code(code: u32, bytes: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => bytes.extend([
            0xe0 | (code >> 12) as u8,
            0x80 | ((code >> 6) & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}

/// Whether the text has no lone surrogate (stored text that is UTF-8).
pub(crate) fn is_well_formed(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

/// Lone surrogates and stray bytes become U+FFFD.
pub(crate) fn to_well_formed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    each(bytes, |code, _| text.push(char::from_u32(code).unwrap_or('\u{fffd}')));
    text
}

/// Applies `change` to the well-formed stretches of a text and keeps lone surrogates between them.
pub(crate) fn map_stretches(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            result.extend(change(chunk.valid()).into_bytes());
        }
        result.extend(chunk.invalid());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_lone_halves_survive() {
        let text = [u16::from(b'a'), 0xd83d, 0xde00, 0xd800, u16::from(b'z')];
        let stored = from_units(&text);
        assert_eq!(stored, b"a\xf0\x9f\x98\x80\xed\xa0\x80z");
        assert_eq!(to_units(&stored), text);
        assert_eq!(byte_offsets(&stored), [0, 1, 3, 5, 8, 9]);
        assert!(!is_well_formed(&stored));
        assert_eq!(to_well_formed(&stored), "a😀\u{fffd}z");
    }

    proptest::proptest! {
        #[test]
        fn any_units_read_back(units: Vec<u16>) {
            proptest::prop_assert_eq!(to_units(&from_units(&units)), units);
        }
    }
}
