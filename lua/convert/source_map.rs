//! From lines of the Luau text to places in the JavaScript text. Knows neither language.

use std::sync::OnceLock;

/// For every line of Luau text that has an origin: its place in the JavaScript source. Places are kept as byte
/// offsets; lines and columns are counted when somebody asks, which is rare.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// Luau line (from 1, ascending) and byte offset in the source.
    entries: Vec<(u32, u32)>,
    source: Box<str>,
    /// Offset at which every line of the source begins, counted at the first look.
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceMap {
    /// Builds the map from pairs of Luau line and byte offset in the source.
    pub(crate) fn new(entries: Vec<(u32, u32)>, source: &str) -> Self {
        Self { entries, source: source.into(), line_starts: OnceLock::new() }
    }

    /// Line and column (from 1) of the JavaScript that the Luau line was made from: the nearest origin at or
    /// above it.
    pub fn lookup(&self, lua_line: u32) -> Option<(u32, u32)> {
        let index = self.entries.partition_point(|entry| entry.0 <= lua_line);
        let (_, offset) = *self.entries.get(index.checked_sub(1)?)?;
        Some(self.place(offset))
    }

    /// All entries: Luau line, JavaScript line, column.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        self.entries.iter().map(|&(lua_line, offset)| {
            let (line, column) = self.place(offset);
            (lua_line, line, column)
        })
    }

    fn place(&self, offset: u32) -> (u32, u32) {
        let offset = offset.min(self.source.len() as u32);
        let starts = self.line_starts.get_or_init(|| line_starts(&self.source));
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| starts.get(index)).copied().unwrap_or(0);
        (line as u32, utf16_column(&self.source, start as usize, offset as usize))
    }
}

fn line_starts(source: &str) -> Vec<u32> {
    let breaks = memchr::memchr_iter(b'\n', source.as_bytes()).map(|at| at as u32 + 1);
    std::iter::once(0).chain(breaks).collect()
}

/// Column of an offset in the line that begins at `start`, from 1, in UTF-16 units.
fn utf16_column(source: &str, start: usize, offset: usize) -> u32 {
    let line = source.get(start..offset).unwrap_or_default();
    let units = if line.is_ascii() { line.len() } else { line.encode_utf16().count() };
    units as u32 + 1
}

/// Line and column (from 1, in UTF-16 units) of a byte offset.
pub(crate) fn line_and_column(source: &str, offset: usize) -> (u32, u32) {
    let offset = offset.min(source.len());
    let before = &source.as_bytes()[..offset];
    let line = memchr::memchr_iter(b'\n', before).count() as u32 + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    (line, utf16_column(source, start, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_entry_takes_the_one_above() {
        let map = SourceMap::new(vec![(2, 0), (5, 4)], "a\nb\nc\n");
        assert_eq!(map.lookup(1), None);
        assert_eq!(map.lookup(3), Some((1, 1)));
        assert_eq!(map.lookup(5), Some((3, 1)));
    }

    #[test]
    fn columns_count_utf16_units() {
        let source = "x\n\"😀é\" + y";
        let at = source.find('y').map_or(0, |at| at as u32);
        let map = SourceMap::new(vec![(1, at)], source);
        assert_eq!(map.lookup(1), Some((2, 9)));
        assert_eq!(line_and_column(source, at as usize), (2, 9));
    }
}
