//! Groups of a pattern by a plain scan of its text: how many there are and what they are called.
//! Must not know any engine: both are asked by number only.

use std::sync::Arc;

/// Number and names of a pattern's groups.
#[derive(Debug, Clone)]
pub(crate) struct GroupNames {
    /// Capture groups, the whole match not counted.
    pub(crate) count: usize,
    /// Names with the group's number, in the order of the text; a name may come twice (in different alternatives).
    pub(crate) names: Arc<[(String, usize)]>,
}

impl GroupNames {
    /// Scans a pattern that is known to be valid.
    pub(crate) fn scan(source: &[u32]) -> Self {
        let at =
            |index: usize| source.get(index).and_then(|code| char::from_u32(*code)).unwrap_or('\u{fffd}');
        let (mut count, mut names, mut in_class, mut index) = (0, Vec::new(), false, 0);
        while index < source.len() {
            match at(index) {
                '\\' => index += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class && at(index + 1) != '?' => count += 1,
                '(' if !in_class && at(index + 2) == '<' && !matches!(at(index + 3), '=' | '!') => {
                    count += 1;
                    let end = (index + 3..source.len()).find(|i| at(*i) == '>').unwrap_or(source.len());
                    names.push((decode(&source[index + 3..end]), count));
                }
                _ => {}
            }
            index += 1;
        }
        Self { count, names: names.into() }
    }
}

/// A group name with its `\u` escapes replaced.
fn decode(name: &[u32]) -> String {
    let text: String = char::decode_utf16(name.iter().flat_map(|code| units(*code)))
        .map(|c| c.unwrap_or('\u{fffd}'))
        .collect();
    let mut units = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\\u") {
        units.extend(rest[..at].encode_utf16());
        rest = &rest[at + 2..];
        let (digits, after) = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((digits, after)) => (digits, after),
            None => rest.split_at(rest.len().min(4)),
        };
        units.extend(self::units(u32::from_str_radix(digits, 16).unwrap_or(0xfffd)));
        rest = after;
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

fn units(code: u32) -> Vec<u16> {
    match char::from_u32(code) {
        Some(c) => c.encode_utf16(&mut [0; 2]).to_vec(),
        None => vec![code as u16],
    }
}
