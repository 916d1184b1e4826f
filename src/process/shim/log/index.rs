//! The index of a segment: at which byte a line begins, and when it was written. One record in a while, not one a line.
//!
//! Must not know: segments. A record that makes no sense ends the index: the rest of the segment is searched through instead.

/// Size of a record in the file.
pub(super) const RECORD_BYTES: usize = 24;
/// The next record comes after so many bytes …
const BYTES_APART: u64 = 16 * 1024;
/// … or after so long.
const MS_APART: u64 = 1000;

/// One place of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) byte: u64,
    /// Line ends before the byte.
    pub(super) line: u64,
    pub(super) time_ms: u64,
}

impl Record {
    pub(super) fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        for (place, number) in bytes.chunks_exact_mut(8).zip([self.byte, self.line, self.time_ms]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mut numbers = bytes.chunks_exact(8).map(|part| part.try_into().map_or(0, u64::from_le_bytes));
        let mut next = || numbers.next().unwrap_or_default();
        Self { byte: next(), line: next(), time_ms: next() }
    }

    /// A record for this place is due after `self`.
    pub(super) fn is_followed_by(self, next: Self) -> bool {
        next.byte >= self.byte + BYTES_APART || next.time_ms >= self.time_ms + MS_APART
    }
}

/// The records of a file, as far as they are in order.
pub(super) fn parse(bytes: &[u8]) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::with_capacity(bytes.len() / RECORD_BYTES);
    for record in bytes.chunks_exact(RECORD_BYTES).map(Record::from_bytes) {
        let in_order = records.last().is_none_or(|last| {
            last.byte <= record.byte && last.line <= record.line && last.time_ms <= record.time_ms
        });
        if !in_order {
            break;
        }
        records.push(record);
    }
    records
}

/// The last record for which this number is not beyond `wanted`.
pub(super) fn last_before(
    records: &[Record],
    wanted: u64,
    number: impl Fn(&Record) -> u64,
) -> Option<Record> {
    let after = records.partition_point(|record| number(record) <= wanted);
    after.checked_sub(1).map(|at| records[at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_go_to_bytes_and_back() {
        let records = [Record { byte: 1, line: 2, time_ms: 3 }, Record { byte: 9, line: 2, time_ms: 9 }];
        let bytes: Vec<u8> = records.iter().flat_map(|record| record.to_bytes()).collect();
        assert_eq!(parse(&bytes), records);
        assert_eq!(parse(&bytes[..40]), records[..1]);
        assert_eq!(last_before(&records, 5, |record| record.byte), Some(records[0]));
        assert_eq!(last_before(&records, 0, |record| record.byte), None);
    }

    proptest! {
        #[test]
        fn garbage_gives_an_ordered_index(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(parse(&bytes).windows(2).all(|pair| pair[0].byte <= pair[1].byte));
        }
    }
}
