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
        let starts = line_starts(source);
        let entries = lines
            .iter()
            .map(|&(lua, offset)| {
                let (line, column) = position(&starts, source, offset);
                (lua, line, column)
            })
            .collect();
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

fn line_starts(source: &str) -> Vec<u32> {
    let mut starts = vec![0];
    starts.extend(source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
    starts
}

fn position(starts: &[u32], source: &str, offset: u32) -> (u32, u32) {
    let line = starts.partition_point(|start| *start <= offset);
    let start = starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
    let text = source.get(start as usize..offset as usize).unwrap_or_default();
    (line as u32, text.encode_utf16().count() as u32 + 1)
}

/// Line and column (from 1, in UTF-16 units) of a byte offset.
pub(crate) fn line_and_column(source: &str, offset: usize) -> (u32, u32) {
    position(&line_starts(source), source, offset as u32)
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
