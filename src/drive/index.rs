//! The index: which file has which BLAKE3 hash, as long as device, inode, size and time stay the same.
//!
//! Must not know: paths. It is a cache: losing it costs time, never a file. On disk it is a row of records of one size, each
//! with its own checksum; records are only appended, and a torn or foreign one is skipped.

use std::{
    collections::HashMap,
    fs,
    io::{self, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use blake3::Hash;

use crate::{DriveError, disk, stat::Stat};

const RECORD_BYTES: usize = 80;
const CHECKED_BYTES: usize = 72;
/// Below so many records nobody gains by writing the file anew.
const WORTH_COMPACTING: usize = 4096;

/// What a record tells of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The hash of the whole content.
    Whole,
    /// The hash of some places.
    Sample,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    dev: u64,
    ino: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    size: u64,
    mtime_ns: i64,
    hash: [u8; 32],
}

/// The index in memory.
#[derive(Debug)]
pub(crate) struct Index {
    path: PathBuf,
    known: HashMap<Key, Known>,
    /// Hashes of files that were written a moment ago: good for this run, not for the next.
    young: HashMap<Key, Known>,
    fresh: Vec<u8>,
    stored_records: usize,
}

impl Index {
    /// Reads what is there; a missing or damaged file is an empty or smaller index.
    pub(crate) fn load(folder: &Path) -> Result<Self, DriveError> {
        let path = folder.join("index.bin");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(DriveError::file("read", path)(error)),
        };
        let stored_records = bytes.len() / RECORD_BYTES;
        let mut known = HashMap::with_capacity(stored_records);
        known.extend(bytes.chunks_exact(RECORD_BYTES).filter_map(decode));
        Ok(Self { path, known, young: HashMap::new(), fresh: Vec::new(), stored_records })
    }

    /// The hash of a file, when it is known and the file has not changed since.
    pub(crate) fn get(&self, kind: Kind, stat: &Stat) -> Option<Hash> {
        held(self.known.get(&key_of(kind, stat))?, stat)
    }

    /// The same, or the hash of a file that was read in this run and was very young then.
    pub(crate) fn get_or_young(&self, kind: Kind, stat: &Stat) -> Option<Hash> {
        self.get(kind, stat).or_else(|| held(self.young.get(&key_of(kind, stat))?, stat))
    }

    /// Notes a hash. One of a file that was just written is not kept on disk: the next change might not show.
    pub(crate) fn put(&mut self, kind: Kind, stat: &Stat, hash: Hash) {
        let key = key_of(kind, stat);
        let known = Known { size: stat.size, mtime_ns: stat.mtime_ns, hash: *hash.as_bytes() };
        if stat.is_settled() {
            self.fresh.extend(encode(&key, &known));
            self.known.insert(key, known);
        } else {
            self.young.insert(key, known);
        }
    }

    /// Number of files with a whole hash.
    pub(crate) fn whole_count(&self) -> usize {
        self.known.keys().filter(|key| key.kind == Kind::Whole).count()
    }

    /// Writes what is new. Another process that is writing wins: what we know is only a cache.
    pub(crate) fn save(&mut self) -> Result<(), DriveError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let failed = DriveError::file("write", &self.path);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let save = || -> io::Result<bool> {
            disk::create_folders(folder)?;
            let lock = disk::open_lock(&folder.join("index.lock"))?;
            if lock.try_lock().is_err() {
                return Ok(false);
            }
            if self.stored_records > WORTH_COMPACTING.max(self.known.len() * 2) {
                replace(&self.path, &self.compact())?;
            } else {
                append(&self.path, &self.fresh)?;
            }
            Ok(true)
        };
        if save().map_err(failed)? {
            self.stored_records += self.fresh.len() / RECORD_BYTES;
            self.fresh.clear();
        }
        Ok(())
    }

    #[expect(clippy::iter_over_hash_type, reason = "the order of the records means nothing")]
    fn compact(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.known.len() * RECORD_BYTES);
        for (key, known) in &self.known {
            bytes.extend(encode(key, known));
        }
        bytes
    }
}

fn key_of(kind: Kind, stat: &Stat) -> Key {
    Key { dev: stat.dev, ino: stat.ino, kind }
}

fn held(known: &Known, stat: &Stat) -> Option<Hash> {
    let holds = (known.size, known.mtime_ns) == (stat.size, stat.mtime_ns);
    holds.then(|| Hash::from_bytes(known.hash))
}

/// Removes what a kill left of a compaction, unless one is under way.
pub(crate) fn clean(folder: &Path) -> Result<(), DriveError> {
    let path = new_name(&folder.join("index.bin"));
    let clean = || {
        if path.exists() && disk::open_lock(&folder.join("index.lock"))?.try_lock().is_ok() {
            disk::remove_file_if_there(&path)?;
        }
        Ok(())
    };
    clean().map_err(DriveError::file("remove", &path))
}

fn new_name(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Under the lock, so one name is enough; a kill leaves the old file and a new one that the next time removes.
fn replace(path: &Path, records: &[u8]) -> io::Result<()> {
    let new = new_name(path);
    disk::remove_file_if_there(&new)?;
    let mut file = disk::create_new(&new)?;
    disk::write(&mut file, records)?;
    disk::sync(&file)?;
    disk::rename(&new, path)
}

/// Appends whole records; what a kill left of half a record is filled up first.
fn append(path: &Path, records: &[u8]) -> io::Result<()> {
    let mut file = disk::open_append(path)?;
    let torn = file.seek(SeekFrom::End(0))? as usize % RECORD_BYTES;
    let filler = if torn == 0 { 0 } else { RECORD_BYTES - torn };
    let mut bytes = vec![0; filler];
    bytes.extend(records);
    disk::write(&mut file, &bytes)
}

fn encode(key: &Key, known: &Known) -> [u8; RECORD_BYTES] {
    let kind: u64 = match key.kind {
        Kind::Whole => 1,
        Kind::Sample => 2,
    };
    let numbers = [kind, key.dev, key.ino, known.size, known.mtime_ns as u64];
    let mut record = [0; RECORD_BYTES];
    for (place, number) in record.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    record[40..CHECKED_BYTES].copy_from_slice(&known.hash);
    let check = checksum(&record[..CHECKED_BYTES]);
    record[CHECKED_BYTES..].copy_from_slice(&check);
    record
}

fn decode(record: &[u8]) -> Option<(Key, Known)> {
    if record[CHECKED_BYTES..] != checksum(&record[..CHECKED_BYTES]) {
        return None;
    }
    let number = |at: usize| record.get(at * 8..at * 8 + 8)?.try_into().ok().map(u64::from_le_bytes);
    let kind = match number(0)? {
        1 => Kind::Whole,
        2 => Kind::Sample,
        _ => return None,
    };
    let key = Key { dev: number(1)?, ino: number(2)?, kind };
    let hash = record.get(40..CHECKED_BYTES)?.try_into().ok()?;
    Some((key, Known { size: number(3)?, mtime_ns: number(4)? as i64, hash }))
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut check = [0; 8];
    check.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    check
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    fn stat(ino: u64) -> Stat {
        Stat { dev: 1, ino, size: 5, mtime_ns: 7, mode: 0o644, uid: 0, links: 1, disk_bytes: 4096 }
    }

    fn hash(number: u64) -> Hash {
        blake3::hash(&number.to_le_bytes())
    }

    #[test]
    fn remembers_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        index.put(Kind::Whole, &stat(1), hash(1));
        index.put(Kind::Sample, &stat(1), hash(2));
        index.save().unwrap();
        let index = Index::load(folder.path()).unwrap();
        assert_eq!(index.get(Kind::Whole, &stat(1)), Some(hash(1)));
        assert_eq!(index.get(Kind::Sample, &stat(1)), Some(hash(2)));
        assert_eq!(index.get(Kind::Whole, &Stat { mtime_ns: 8, ..stat(1) }), None);
        assert_eq!(index.get(Kind::Whole, &Stat { size: 6, ..stat(1) }), None);
        assert_eq!(index.get(Kind::Whole, &stat(2)), None);
    }

    #[test]
    fn a_young_file_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        let now_ns =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as i64;
        let young = Stat { mtime_ns: now_ns, ..stat(1) };
        index.put(Kind::Whole, &young, hash(1));
        assert_eq!(index.get(Kind::Whole, &young), None);
        assert_eq!(index.get_or_young(Kind::Whole, &young), Some(hash(1)));
    }

    #[test]
    fn a_torn_end_and_a_flipped_bit_cost_one_record() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        for ino in 0..3 {
            index.put(Kind::Whole, &stat(ino), hash(ino));
        }
        index.save().unwrap();
        let path = folder.path().join("index.bin");
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(2 * RECORD_BYTES + 11);
        bytes[45] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        assert_eq!((0..3).filter(|ino| index.get(Kind::Whole, &stat(*ino)).is_some()).count(), 1);
        index.put(Kind::Whole, &stat(9), hash(9));
        index.save().unwrap();
        let index = Index::load(folder.path()).unwrap();
        assert_eq!(index.get(Kind::Whole, &stat(9)), Some(hash(9)));
        assert_eq!(index.get(Kind::Whole, &stat(1)), Some(hash(1)));
    }

    #[test]
    fn is_written_anew_when_most_of_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        for mtime_ns in 0..=(WORTH_COMPACTING as i64) {
            index.put(Kind::Whole, &Stat { mtime_ns, ..stat(1) }, hash(1));
        }
        index.save().unwrap();
        let mut index = Index::load(folder.path()).unwrap();
        index.put(Kind::Whole, &stat(2), hash(2));
        index.save().unwrap();
        assert_eq!(fs::metadata(folder.path().join("index.bin")).unwrap().len() as usize, 2 * RECORD_BYTES);
    }
}
