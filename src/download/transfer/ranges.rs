//! Sets of byte ranges: what of a file is here.
//!
//! Must not know: files.

use serde::{Deserialize, Serialize};

/// Sorted, disjoint half-open ranges that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// One range from the beginning.
    pub(crate) fn prefix(len: u64) -> Self {
        if len == 0 { Self::default() } else { Self(vec![(0, len)]) }
    }

    /// Adds a range; overlaps are fine.
    pub(crate) fn add(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|range| range.1 < start);
        let after = self.0.partition_point(|range| range.0 <= end);
        let touched = &self.0[first..after.max(first)];
        let start = touched.first().map_or(start, |range| range.0.min(start));
        let end = touched.last().map_or(end, |range| range.1.max(end));
        self.0.splice(first..after.max(first), [(start, end)]);
    }

    /// Bytes in all ranges.
    pub(crate) fn covered(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// Where what is here without a gap from this position on ends; the position itself when nothing is.
    pub(crate) fn end_of_run(&self, position: u64) -> u64 {
        let found = self.0.iter().find(|(start, end)| *start <= position && position < *end);
        found.map_or(position, |(_, end)| *end)
    }

    /// What is missing below `total`.
    pub(crate) fn gaps(&self, total: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut position = 0;
        for (start, end) in &self.0 {
            if *start > position {
                gaps.push((position, (*start).min(total)));
            }
            position = position.max(*end);
        }
        if position < total {
            gaps.push((position, total));
        }
        gaps.retain(|(start, end)| start < end);
        gaps
    }

    /// Ranges read from disk come from strangers: only well-formed ones within the file count.
    pub(crate) fn sane(self, total: u64) -> Option<Self> {
        let is_sorted = self.0.windows(2).all(|pair| pair[0].1 < pair[1].0);
        let is_inside = self.0.iter().all(|(start, end)| start < end && *end <= total);
        (is_sorted && is_inside).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_bytes(pieces in proptest::collection::vec((0_u64..60, 0_u64..20), 0..20)) {
            let (mut ranges, mut bytes) = (Ranges::default(), [false; 100]);
            for (start, len) in pieces {
                ranges.add(start, start + len);
                bytes[start as usize..(start + len) as usize].fill(true);
            }
            prop_assert_eq!(ranges.covered(), bytes.iter().filter(|here| **here).count() as u64);
            let missing: u64 = ranges.gaps(100).iter().map(|(start, end)| end - start).sum();
            prop_assert_eq!(ranges.covered() + missing, 100);
            for position in 0..100_u64 {
                let run = bytes[position as usize..].iter().take_while(|here| **here).count() as u64;
                prop_assert_eq!(ranges.end_of_run(position), position + run);
            }
            prop_assert!(ranges.clone().sane(100).is_some());
        }
    }

    #[test]
    fn damaged_lists_are_refused() {
        assert_eq!(Ranges(vec![(5, 3)]).sane(10), None);
        assert_eq!(Ranges(vec![(0, 11)]).sane(10), None);
        assert_eq!(Ranges(vec![(4, 6), (0, 2)]).sane(10), None);
    }
}
