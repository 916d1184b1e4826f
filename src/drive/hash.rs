//! BLAKE3 of files, in parallel, without mapping them: a file that shrinks meanwhile is an error, not a crash.
//!
//! Must not know: the index.

use std::{
    cell::RefCell,
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use blake3::{
    Hash, Hasher,
    hazmat::{
        ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
    },
};

use crate::stat::Stat;

/// A part that one thread reads and hashes; small enough to stay in its cache.
const PART_BYTES: u64 = 1 << 19;
/// Bytes at the beginning, the middle and the end that tell most different files apart.
const SAMPLE_BYTES: u64 = 16 << 10;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What hashing a file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hashed {
    /// The content had this hash from begin to end.
    Stable(Hash, Stat),
    /// Somebody wrote to it meanwhile.
    Changing,
}

/// Hash of the whole content. `stop` ends it between two parts.
pub(crate) fn whole(path: &Path, stop: &AtomicBool) -> io::Result<Hashed> {
    stable(path, |file, size| root(file, size, stop))
}

/// Hash of some places of the file: when it differs, the content differs.
pub(crate) fn sample(path: &Path) -> io::Result<Hashed> {
    stable(path, |file, size| {
        let mut hasher = Hasher::new();
        let last = size.saturating_sub(SAMPLE_BYTES);
        for offset in [0, last / 2, last] {
            with_part(file, offset, SAMPLE_BYTES.min(size), |bytes| {
                hasher.update(bytes);
            })?;
        }
        Ok(hasher.finalize())
    })
}

fn stable(path: &Path, hash: impl FnOnce(&File, u64) -> io::Result<Hash>) -> io::Result<Hashed> {
    let file = File::open(path)?;
    let stat = Stat::of_file(&file)?;
    match hash(&file, stat.size) {
        Ok(hash) if Stat::of_file(&file)?.same_content_marks(&stat) => Ok(Hashed::Stable(hash, stat)),
        Ok(_) => Ok(Hashed::Changing),
        // it has become shorter
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Hashed::Changing),
        Err(error) => Err(error),
    }
}

fn root(file: &File, size: u64, stop: &AtomicBool) -> io::Result<Hash> {
    if size <= PART_BYTES {
        return with_part(file, 0, size, blake3::hash);
    }
    let (left, right) = halves(file, 0, size, stop)?;
    Ok(merge_subtrees_root(&left, &right, Mode::Hash))
}

fn halves(
    file: &File,
    offset: u64,
    length: u64,
    stop: &AtomicBool,
) -> io::Result<(ChainingValue, ChainingValue)> {
    let left = left_subtree_len(length);
    let (left_value, right_value) = rayon::join(
        || subtree(file, offset, left, stop),
        || subtree(file, offset + left, length - left, stop),
    );
    Ok((left_value?, right_value?))
}

fn subtree(file: &File, offset: u64, length: u64, stop: &AtomicBool) -> io::Result<ChainingValue> {
    if stop.load(Ordering::Relaxed) {
        return Err(io::ErrorKind::Interrupted.into());
    }
    if length > PART_BYTES {
        let (left, right) = halves(file, offset, length, stop)?;
        return Ok(merge_subtrees_non_root(&left, &right, Mode::Hash));
    }
    with_part(file, offset, length, |bytes| {
        Hasher::new().set_input_offset(offset).update(bytes).finalize_non_root()
    })
}

fn with_part<T>(file: &File, offset: u64, length: u64, use_it: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    BUFFER.with_borrow_mut(|buffer| {
        let length = length as usize;
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        let part = &mut buffer[..length];
        file.read_exact_at(part, offset)?;
        Ok(use_it(part))
    })
}

/// Both files have the same bytes, read now.
pub(crate) fn same_bytes(a: &File, b: &File, stop: &AtomicBool) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; PART_BYTES as usize], vec![0; PART_BYTES as usize]);
    let size = a.metadata()?.len();
    if size != b.metadata()?.len() {
        return Ok(false);
    }
    let mut offset = 0;
    while offset < size {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = PART_BYTES.min(size - offset) as usize;
        a.read_exact_at(&mut left[..length], offset)?;
        b.read_exact_at(&mut right[..length], offset)?;
        if left[..length] != right[..length] {
            return Ok(false);
        }
        offset += length as u64;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|at| (at * 31 % 251) as u8).collect()
    }

    #[test]
    fn the_hash_is_the_standard_one_at_every_boundary() {
        let folder = tempfile::tempdir().unwrap();
        let part = PART_BYTES as usize;
        for size in [0, 1, 1024, part - 1, part, part + 1, 2 * part, 3 * part + 7, 8 * part + 1024] {
            let path = folder.path().join("f");
            std::fs::write(&path, bytes(size)).unwrap();
            let Hashed::Stable(hash, _) = whole(&path, &AtomicBool::new(false)).unwrap() else {
                panic!("changing")
            };
            assert_eq!(hash, blake3::hash(&bytes(size)), "{size}");
            assert!(matches!(sample(&path).unwrap(), Hashed::Stable(..)), "{size}");
        }
    }

    #[test]
    fn a_file_that_changes_meanwhile_has_no_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, bytes(4096)).unwrap();
        let shrunk = stable(&path, |file, size| {
            std::fs::write(&path, "").unwrap();
            root(file, size, &AtomicBool::new(false))
        });
        assert_eq!(shrunk.unwrap(), Hashed::Changing);
        std::fs::write(&path, bytes(4096)).unwrap();
        let grown = stable(&path, |file, size| {
            std::fs::write(&path, bytes(5000)).unwrap();
            root(file, size, &AtomicBool::new(false))
        });
        assert_eq!(grown.unwrap(), Hashed::Changing);
    }

    #[test]
    fn stops_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, bytes(2 << 20)).unwrap();
        assert_eq!(whole(&path, &AtomicBool::new(true)).unwrap_err().kind(), io::ErrorKind::Interrupted);
    }
}
