//! From lines of the Luau text to places in the JavaScript text. Knows neither language.

/// For every line of Luau text that has an origin: its place in the JavaScript source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// Luau line, JavaScript line, column: all from 1, ascending by Luau line.
    entries: Vec<(u32, u32, u32)>,
}

impl SourceMap {
    /// Builds the map from pairs of Luau line and byte offset in the source.
    pub(crate) fn new(lines: &[(u32, u32)], source: &str) -> Self {
        // offsets mostly ascend, so lines are counted from one entry to the next
        let (mut line, mut at) = (1_u32, 0_usize);
        let mut entries = Vec::with_capacity(lines.len());
        for &(lua, offset) in lines {
            let offset = (offset as usize).min(source.len());
            if offset >= at {
                line += newlines(&source.as_bytes()[at..offset]);
            } else {
                line -= newlines(&source.as_bytes()[offset..at]);
            }
            at = offset;
            entries.push((lua, line, column(source, offset)));
        }
        Self { entries }
    }

    /// Line and column (from 1) of the JavaScript that the Luau line was made from: the nearest origin at or
    /// above it.
    pub fn lookup(&self, lua_line: u32) -> Option<(u32, u32)> {
        let index = self.entries.partition_point(|entry| entry.0 <= lua_line);
        let (_, line, column) = *self.entries.get(index.checked_sub(1)?)?;
        Some((line, column))
    }

    /// All entries: Luau line, JavaScript line, column.
    pub fn entries(&self) -> &[(u32, u32, u32)] {
        &self.entries
    }
}

fn newlines(bytes: &[u8]) -> u32 {
    memchr::memchr_iter(b'\n', bytes).count() as u32
}

/// Column of an offset, from 1, in UTF-16 units.
fn column(source: &str, offset: usize) -> u32 {
    let before = source.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = &before[start..];
    let units = if line.is_ascii() { line.len() } else { line.encode_utf16().count() };
    units as u32 + 1
}

/// Line and column (from 1, in UTF-16 units) of a byte offset.
pub(crate) fn line_and_column(source: &str, offset: usize) -> (u32, u32) {
    let offset = offset.min(source.len());
    (newlines(&source.as_bytes()[..offset]) + 1, column(source, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_entry_takes_the_one_above() {
        let map = SourceMap::new(&[(2, 0), (5, 4)], "a\nb\nc\n");
        assert_eq!(map.lookup(1), None);
        assert_eq!(map.lookup(3), Some((1, 1)));
        assert_eq!(map.lookup(5), Some((3, 1)));
    }
}
