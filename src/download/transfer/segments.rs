//! Who fetches which gap of a file: each connection owns one; an idle one takes half of the largest.
//!
//! Must not know: connections.

/// Below this a gap is not split: a new request costs more than it gains.
const MIN_SPLIT_BYTES: u64 = 4 << 20;

/// The gaps that are left.
#[derive(Debug)]
pub(crate) struct Segments {
    gaps: Vec<Gap>,
    next_id: u32,
}

#[derive(Debug)]
struct Gap {
    id: u32,
    start: u64,
    end: u64,
    is_owned: bool,
}

/// A gap somebody owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its name.
    pub id: u32,
    /// First byte.
    pub start: u64,
    /// After the last byte; may shrink while it is fetched.
    pub end: u64,
}

impl Segments {
    /// The gaps, the large ones cut so that so many connections have work.
    pub(crate) fn new(gaps: &[(u64, u64)], connections: usize) -> Self {
        let mut segments = Self { gaps: Vec::new(), next_id: 0 };
        let missing: u64 = gaps.iter().map(|(start, end)| end - start).sum();
        let piece = (missing / connections.max(1) as u64).max(MIN_SPLIT_BYTES);
        for (start, end) in gaps {
            let mut position = *start;
            // the last piece of a gap may be up to twice as long
            while end - position >= 2 * piece {
                segments.add(position, position + piece, false);
                position += piece;
            }
            segments.add(position, *end, false);
        }
        segments
    }

    fn add(&mut self, start: u64, end: u64, is_owned: bool) -> Claim {
        let id = self.next_id;
        self.next_id += 1;
        self.gaps.push(Gap { id, start, end, is_owned });
        Claim { id, start, end }
    }

    /// The first gap nobody owns, else the second half of the largest one.
    pub(crate) fn claim(&mut self) -> Option<Claim> {
        let free = self.gaps.iter_mut().filter(|gap| !gap.is_owned).min_by_key(|gap| gap.start);
        if let Some(gap) = free {
            gap.is_owned = true;
            return Some(Claim { id: gap.id, start: gap.start, end: gap.end });
        }
        let largest = self.gaps.iter_mut().max_by_key(|gap| gap.end - gap.start)?;
        if largest.end - largest.start < 2 * MIN_SPLIT_BYTES {
            return None;
        }
        let middle = largest.start + (largest.end - largest.start) / 2;
        let end = largest.end;
        largest.end = middle;
        Some(self.add(middle, end, true))
    }

    /// A gap nobody owns that begins here: whoever reads on may have it too.
    pub(crate) fn claim_at(&mut self, position: u64) -> Option<Claim> {
        let gap = self.gaps.iter_mut().find(|gap| !gap.is_owned && gap.start == position)?;
        gap.is_owned = true;
        Some(Claim { id: gap.id, start: gap.start, end: gap.end })
    }

    /// Bytes up to `position` have come; gives where this gap ends now.
    pub(crate) fn advance(&mut self, id: u32, position: u64) -> u64 {
        let Some(index) = self.gaps.iter().position(|gap| gap.id == id) else { return position };
        let gap = &mut self.gaps[index];
        gap.start = position.min(gap.end);
        let end = gap.end;
        if gap.start == gap.end {
            self.gaps.swap_remove(index);
        }
        end
    }

    /// Gives a gap back from where the bytes are safe.
    pub(crate) fn release(&mut self, id: u32, position: u64) {
        if let Some(gap) = self.gaps.iter_mut().find(|gap| gap.id == id) {
            gap.start = position.min(gap.end);
            gap.is_owned = false;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a missing claim is a failing test")]
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn idle_connections_take_half_of_the_largest() {
        let mut segments = Segments::new(&[(0, 64 * MIB)], 2);
        let (first, second) = (segments.claim().unwrap(), segments.claim().unwrap());
        assert_eq!((first.start, first.end, second.end), (0, 32 * MIB, 64 * MIB));
        assert_eq!(segments.advance(second.id, 64 * MIB), 64 * MIB);
        let third = segments.claim().unwrap();
        assert_eq!((third.start, third.end), (16 * MIB, 32 * MIB));
        assert_eq!(segments.advance(first.id, MIB), 16 * MIB);
        segments.release(first.id, MIB / 2);
        assert_eq!(segments.claim().unwrap().start, MIB / 2);
    }

    #[test]
    fn a_reader_goes_on_into_a_free_neighbour() {
        let mut segments = Segments::new(&[(0, 32 * MIB)], 4);
        let first = segments.claim().unwrap();
        segments.advance(first.id, first.end);
        assert_eq!(segments.claim_at(first.end).unwrap().start, first.end);
        assert_eq!(segments.claim_at(first.end), None);
    }

    #[test]
    fn every_byte_is_given_once() {
        let mut segments = Segments::new(&[(3, 40 * MIB), (50 * MIB, 51 * MIB)], 3);
        let mut bytes = 0;
        while let Some(claim) = segments.claim() {
            let end = segments.advance(claim.id, claim.start + (claim.end - claim.start) / 3);
            bytes += end - claim.start;
            segments.advance(claim.id, end);
        }
        assert_eq!(bytes, 40 * MIB - 3 + MIB);
    }
}
