//! Reads the segments of a log: by byte, line or time. Works on the log of a live shim and of one that is long gone.
//!
//! Must not know: who writes.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use super::{
    LogPlace,
    index::{Record, last_before, parse},
};

/// Read at once while searching.
const BLOCK_BYTES: usize = 64 * 1024;
/// An index larger than this is no index of ours.
const INDEX_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

pub(super) fn segment_path(folder: &Path, start: u64) -> PathBuf {
    folder.join(format!("log-{start:020}"))
}

pub(super) fn index_path(folder: &Path, start: u64) -> PathBuf {
    folder.join(format!("index-{start:020}"))
}

/// First bytes of all segments, in order.
pub(super) fn list(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut starts: Vec<u64> =
        entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix("log-")?.parse().ok()).collect();
    starts.sort_unstable();
    starts
}

/// Number of the byte after the last one on the disk.
pub(crate) fn end_of(folder: &Path) -> u64 {
    let last = list(folder).last().copied();
    last.map_or(0, |start| start + length(&segment_path(folder, start)))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Bytes(Vec<u8>),
    /// Nothing before this byte is there any more.
    Gap(u64),
    /// Nothing more now.
    End,
}

/// A reader's place in the files.
#[derive(Debug)]
pub(crate) struct Cursor {
    folder: PathBuf,
    open: Option<(u64, File)>,
}

impl Cursor {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: None }
    }

    /// At most `limit` bytes from this one on.
    pub(crate) fn read(&mut self, from: u64, limit: usize) -> Read {
        if let Some(bytes) = self.read_open(from, limit) {
            return Read::Bytes(bytes);
        }
        let starts = list(&self.folder);
        let after = starts.partition_point(|start| *start <= from);
        if let Some(start) = after.checked_sub(1).map(|at| starts[at]) {
            self.open = File::open(segment_path(&self.folder, start)).ok().map(|file| (start, file));
            if let Some(bytes) = self.read_open(from, limit) {
                return Read::Bytes(bytes);
            }
        }
        starts.get(after).map_or(Read::End, |next| Read::Gap(*next))
    }

    fn read_open(&self, from: u64, limit: usize) -> Option<Vec<u8>> {
        if limit == 0 {
            return None;
        }
        let (start, file) = self.open.as_ref()?;
        let mut bytes = vec![0; limit];
        let count = file.read_at(&mut bytes, from.checked_sub(*start)?).ok()?;
        bytes.truncate(count);
        (count > 0).then_some(bytes)
    }
}

/// The byte a place stands for; `end` is the number of the byte after the last one.
pub(crate) fn resolve(folder: &Path, place: LogPlace, end: u64) -> u64 {
    let first = list(folder).first().copied().unwrap_or(0);
    let byte = match place {
        LogPlace::Start => first,
        LogPlace::Byte(byte) => byte,
        LogPlace::Line(line) => line_start(folder, line, end),
        LogPlace::TimeMs(time_ms) => nearest(folder, time_ms, |record| record.time_ms).byte,
        LogPlace::LastLines(count) => last_lines(folder, count, first, end),
        LogPlace::End => end,
    };
    byte.clamp(first.min(end), end)
}

/// The last record at or before a line or time.
fn nearest(folder: &Path, wanted: u64, number: impl Fn(&Record) -> u64) -> Record {
    let starts = list(folder);
    let found = starts.iter().rev().find_map(|start| {
        let path = index_path(folder, *start);
        if length(&path) > INDEX_LIMIT_BYTES {
            return None;
        }
        last_before(&parse(&fs::read(path).unwrap_or_default()), wanted, &number)
    });
    found.unwrap_or_default()
}

fn line_start(folder: &Path, line: u64, end: u64) -> u64 {
    let near = nearest(folder, line, |record| record.line);
    let (mut at, mut missing) = (near.byte, line - near.line);
    let mut cursor = Cursor::new(folder);
    while missing > 0 && at < end {
        match cursor.read(at, BLOCK_BYTES) {
            Read::Bytes(bytes) => {
                let ends = memchr::memchr_iter(b'\n', &bytes);
                let wanted = usize::try_from(missing - 1).unwrap_or(usize::MAX);
                if let Some(found) = ends.clone().nth(wanted) {
                    return at + found as u64 + 1;
                }
                missing -= ends.count() as u64;
                at += bytes.len() as u64;
            }
            Read::Gap(to) => return to, // the line is among what is missing
            Read::End => return end,
        }
    }
    at
}

/// Backwards from the end; a line end at the very end belongs to the last line.
fn last_lines(folder: &Path, count: u64, first: u64, end: u64) -> u64 {
    if count == 0 {
        return end;
    }
    let mut cursor = Cursor::new(folder);
    let (mut block_end, mut missing) = (end, count);
    while block_end > first {
        let wanted = block_end.saturating_sub(BLOCK_BYTES as u64).max(first);
        let (block, mut bytes) = read_block(&mut cursor, wanted, block_end);
        if bytes.is_empty() {
            return block_end; // a hole
        }
        if block_end == end && bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        for at in memchr::memrchr_iter(b'\n', &bytes) {
            missing -= 1;
            if missing == 0 {
                return block + at as u64 + 1;
            }
        }
        block_end = block;
    }
    first
}

/// All bytes between two places, or those after the last hole between them; with the place of the first.
fn read_block(cursor: &mut Cursor, from: u64, to: u64) -> (u64, Vec<u8>) {
    let (mut start, mut bytes) = (from, Vec::new());
    loop {
        let at = start + bytes.len() as u64;
        match cursor.read(at, to.saturating_sub(at) as usize) {
            Read::Bytes(more) => bytes.extend_from_slice(&more),
            Read::Gap(next) if next < to => (start, bytes) = (next, Vec::new()),
            Read::Gap(_) | Read::End => return (start, bytes),
        }
    }
}
