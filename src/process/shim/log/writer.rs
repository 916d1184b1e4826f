//! Appends to the log. Never fails: what the disk does not take is counted, and the log goes on when there is room again.
//!
//! Must not know: where the bytes come from.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::{
    LogLimits,
    index::Record,
    ring::Ring,
    segments::{Cursor, Read, index_path, list, segment_path},
};

/// Kept in memory.
const RING_BYTES: usize = 256 * 1024;
/// Far less than any log keeps.
const REACH_BYTES: u64 = 4 * 1024 * 1024;
/// After the disk refused, it is asked again no sooner than this.
const RETRY_MS: u64 = 1000;

/// The log being written.
#[derive(Debug)]
pub(crate) struct LogWriter {
    folder: PathBuf,
    limits: LogLimits,
    segment: Option<Segment>,
    ring: Ring,
    next: u64,
    lines: u64,
    lost_bytes: u64,
    refused_at_ms: Option<u64>,
}

#[derive(Debug)]
struct Segment {
    file: File,
    index: File,
    bytes: u64,
    last_record: Option<Record>,
}

impl LogWriter {
    /// A fresh log in this folder.
    pub(crate) fn new(folder: &Path, limits: LogLimits) -> Self {
        Self {
            folder: folder.to_owned(),
            limits,
            segment: None,
            ring: Ring::new(RING_BYTES),
            next: 0,
            lines: 0,
            lost_bytes: 0,
            refused_at_ms: None,
        }
    }

    /// Bytes since the start.
    pub(crate) fn bytes(&self) -> u64 {
        self.next
    }

    /// Line ends since the start.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Bytes the disk did not take.
    pub(crate) fn lost_bytes(&self) -> u64 {
        self.lost_bytes
    }

    /// So far a listener may be behind and still hear everything.
    pub(crate) fn reach_bytes(&self) -> u64 {
        if self.refused_at_ms.is_some() { RING_BYTES as u64 / 2 } else { REACH_BYTES }
    }

    /// Takes what a program has written.
    pub(crate) fn append(&mut self, bytes: &[u8], now_ms: u64) {
        if bytes.is_empty() {
            return;
        }
        let written = match self.write(bytes, now_ms) {
            Ok(()) => bytes.len(),
            Err(written) => {
                self.refused(written, now_ms);
                written
            }
        };
        self.lost_bytes += (bytes.len() - written) as u64;
        self.next += bytes.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.ring.push(bytes);
    }

    /// The error is how much was written nevertheless.
    fn write(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), usize> {
        if self.refused_at_ms.is_some_and(|at| now_ms < at + RETRY_MS) {
            return Err(0);
        }
        if self.segment.as_ref().is_some_and(|segment| segment.bytes >= self.limits.segment_bytes) {
            self.segment = None;
        }
        let place = Record { byte: self.next, line: self.lines, time_ms: now_ms };
        let segment = match &mut self.segment {
            Some(segment) => segment,
            none => none.insert(open(&self.folder, self.next).map_err(|_refused| 0_usize)?),
        };
        let is_fresh = segment.bytes == 0;
        segment.note(place);
        segment.write(bytes)?;
        if is_fresh {
            drop_oldest(&self.folder, self.limits);
        }
        self.refused_at_ms = None;
        Ok(())
    }

    /// A new segment begins where there is room again; one that got nothing is taken away.
    fn refused(&mut self, written: usize, now_ms: u64) {
        let got_nothing = self.segment.take().is_some_and(|segment| segment.bytes == 0);
        if got_nothing && written == 0 {
            remove(&self.folder, self.next);
        }
        self.refused_at_ms = Some(now_ms);
    }

    /// What a reader at this byte gets next, at most `limit` bytes.
    pub(crate) fn read(&self, cursor: &mut Cursor, from: u64, limit: usize) -> Read {
        if let Some(bytes) = self.ring.read(from, limit) {
            return if bytes.is_empty() { Read::End } else { Read::Bytes(bytes.to_vec()) };
        }
        match cursor.read(from, limit) {
            Read::Gap(to) => Read::Gap(to.min(self.ring.start())),
            Read::End => Read::Gap(self.ring.start()),
            Read::Bytes(mut bytes) => {
                // what the file has beyond our count is not ours
                bytes.truncate(usize::try_from(self.next - from).unwrap_or(usize::MAX));
                Read::Bytes(bytes)
            }
        }
    }
}

impl Segment {
    fn note(&mut self, place: Record) {
        if self.last_record.is_none_or(|last| last.is_followed_by(place)) {
            // without a record the search is longer, nothing else
            self.index.write_all(&place.to_bytes()).ok();
            self.last_record = Some(place);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut written = 0;
        while written < bytes.len() {
            match self.file.write(&bytes[written..]) {
                Ok(0) => return Err(written),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(written),
            }
        }
        self.bytes += written as u64;
        Ok(())
    }
}

fn open(folder: &Path, start: u64) -> io::Result<Segment> {
    let create = |path: PathBuf| OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    Ok(Segment {
        file: create(segment_path(folder, start))?,
        index: create(index_path(folder, start))?,
        bytes: 0,
        last_record: None,
    })
}

/// Only once the newest has got something: a full disk must not cost the log.
fn drop_oldest(folder: &Path, limits: LogLimits) {
    let segments = list(folder);
    for outdated in segments.iter().take(segments.len().saturating_sub(limits.segments.max(1))) {
        remove(folder, *outdated);
    }
}

fn remove(folder: &Path, start: u64) {
    fs::remove_file(segment_path(folder, start)).ok();
    fs::remove_file(index_path(folder, start)).ok();
}

#[cfg(test)]
mod tests {
    use super::super::{LogPlace, end_of, resolve};
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Everything from a byte on, with gaps as `<from-to>`.
    fn all(mut read: impl FnMut(u64) -> Read, mut from: u64) -> String {
        let mut text = String::new();
        loop {
            match read(from) {
                Read::Bytes(bytes) => {
                    from += bytes.len() as u64;
                    text.push_str(&String::from_utf8_lossy(&bytes));
                }
                Read::Gap(to) => {
                    text.extend(["<", &from.to_string(), "-", &to.to_string(), ">"]);
                    from = to;
                }
                Read::End => return text,
            }
        }
    }

    #[test]
    fn old_segments_go_and_the_rest_is_whole() {
        let folder = folder();
        let mut log = LogWriter::new(folder.path(), LogLimits { segment_bytes: 100, segments: 3 });
        for line in 0..100 {
            log.append(format!("line {line:04}\n").as_bytes(), line * 1000);
        }
        assert_eq!((log.bytes(), log.lines(), log.lost_bytes()), (1000, 100, 0));
        assert_eq!(list(folder.path()), [700, 800, 900]);
        let mut cursor = Cursor::new(folder.path());
        let text = all(|from| cursor.read(from, 37), 0);
        assert!(text.starts_with("<0-700>line 0070\n") && text.ends_with("line 0099\n"), "{text}");
        assert_eq!(text.lines().count(), 30);
        let mut cursor = Cursor::new(folder.path());
        assert_eq!(all(|from| log.read(&mut cursor, from, 64), 0).lines().count(), 100, "from memory");
        let at = |place| resolve(folder.path(), place, end_of(folder.path()));
        assert_eq!(at(LogPlace::Start), 700);
        assert_eq!(at(LogPlace::Byte(3)), 700);
        assert_eq!(at(LogPlace::Byte(815)), 815);
        assert_eq!(at(LogPlace::Line(85)), 850);
        assert_eq!(at(LogPlace::Line(5)), 700);
        assert_eq!(at(LogPlace::Line(500)), 1000);
        assert_eq!(at(LogPlace::TimeMs(92_500)), 920);
        assert_eq!(at(LogPlace::TimeMs(1)), 700);
        assert_eq!(at(LogPlace::LastLines(2)), 980);
        assert_eq!(at(LogPlace::LastLines(0)), 1000);
        assert_eq!(at(LogPlace::LastLines(1000)), 700);
        assert_eq!(at(LogPlace::End), 1000);
    }

    #[test]
    fn a_refusing_disk_makes_a_hole_and_no_error() {
        let folder = folder();
        let path = folder.path().join("log");
        let mut log = LogWriter::new(&path, LogLimits::default());
        log.append(b"lost", 0);
        assert_eq!((log.lost_bytes(), log.bytes()), (4, 4));
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{error}"));
        log.append(b" too", 10);
        log.append(b"kept", 2000);
        assert_eq!((log.lost_bytes(), log.bytes()), (8, 12));
        let mut cursor = Cursor::new(&path);
        assert_eq!(all(|from| cursor.read(from, 100), 0), "<0-8>kept");
        let mut cursor = Cursor::new(&path);
        assert_eq!(all(|from| log.read(&mut cursor, from, 100), 0), "lost tookept", "the ring has all");
    }
}
