//! The last bytes in memory: what readers want most, also when the disk is full.
//!
//! Must not know: files.

/// The end of a stream, addressed by byte number.
#[derive(Debug)]
pub(super) struct Ring {
    bytes: Vec<u8>,
    limit: usize,
    /// Number of the byte after the last one.
    next: u64,
}

impl Ring {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, next: 0 }
    }

    /// Number of the first byte it has.
    pub(super) fn start(&self) -> u64 {
        self.next - self.bytes.len() as u64
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.next += bytes.len() as u64;
        let tail = &bytes[bytes.len().saturating_sub(self.limit)..];
        // moved in large steps: twice the limit is kept at times
        if self.bytes.len() + tail.len() > 2 * self.limit {
            let keep = self.limit.saturating_sub(tail.len()).min(self.bytes.len());
            self.bytes.drain(..self.bytes.len() - keep);
        }
        if tail.len() < bytes.len() {
            self.bytes.clear();
        }
        self.bytes.extend_from_slice(tail);
    }

    /// At most `limit` bytes from this one on; `None` when it is older than all there are.
    pub(super) fn read(&self, from: u64, limit: usize) -> Option<&[u8]> {
        let skip = usize::try_from(from.checked_sub(self.start())?).ok()?;
        let rest = self.bytes.get(skip..).unwrap_or_default();
        Some(&rest[..rest.len().min(limit)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_always_the_end_of_the_stream(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20), limit in 1usize..30) {
            let (mut ring, mut all) = (Ring::new(limit), Vec::new());
            for part in &parts {
                ring.push(part);
                all.extend_from_slice(part);
                let start = ring.start() as usize;
                prop_assert!(all.len() - start >= limit.min(all.len()) && all.len() - start <= 2 * limit);
                prop_assert_eq!(ring.read(start as u64, usize::MAX), Some(&all[start..]));
                prop_assert_eq!(ring.read(all.len() as u64, 5), Some(&[][..]));
            }
        }
    }
}
