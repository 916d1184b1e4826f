//! Reads every model again and compares it with what is known: the index, the names of store entries, the names of the hub.
//!
//! Must not know: how to repair.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    DriveError, Scope, Store,
    hash::{self, Hashed},
    index::{Index, Kind},
    scan::{Model, Problem},
    text_path::{TextPath, to_hex},
    watch::{Progress, Watch},
};

const BUFFER_BYTES: usize = 1 << 20;

/// What the check found.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// Models read.
    pub checked: usize,
    /// Bytes read.
    pub bytes: u64,
    /// Models whose content was known before.
    pub known: usize,
    /// Models that are not what they were.
    pub damaged: Vec<Damage>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A file that is not what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Damage {
    /// Which.
    pub path: TextPath,
    /// What its content should hash to.
    pub expected: String,
    /// What it hashes to.
    pub found: String,
    /// Where the expectation comes from.
    pub by: &'static str,
}

enum Checked {
    Sound { is_known: bool },
    Fresh(Box<(crate::stat::Stat, blake3::Hash)>),
    Damaged(Damage),
    Unreadable(Problem),
}

impl Store {
    /// Reads all models. Notes the hashes of those it did not know.
    pub fn verify(&self, scope: &Scope, watch: &Watch<'_>) -> Result<VerifyReport, DriveError> {
        let scan = self.scan(scope, watch)?;
        let mut index = Index::load(&self.notes())?;
        let contents = self.contents();
        let bytes = scan.models.iter().map(|model| model.stat.size).sum();
        let mut report = VerifyReport {
            checked: scan.models.len(),
            bytes,
            known: 0,
            damaged: Vec::new(),
            problems: scan.problems,
        };
        let mut done_bytes = 0;
        for batch in scan.models.chunks(64) {
            let results: Vec<_> =
                batch.par_iter().map(|model| check(model, &contents, &index, watch)).collect();
            report.take(results, &mut index);
            index.save()?;
            watch.check()?;
            done_bytes += batch.iter().map(|model| model.stat.size).sum::<u64>();
            watch.tell(Progress::Hashing { done_bytes, total_bytes: bytes });
        }
        Ok(report)
    }
}

impl VerifyReport {
    fn take(&mut self, results: Vec<Checked>, index: &mut Index) {
        for result in results {
            match result {
                Checked::Sound { is_known } => self.known += usize::from(is_known),
                Checked::Fresh(fresh) => index.put(Kind::Whole, &fresh.0, fresh.1),
                Checked::Damaged(damage) => self.damaged.push(damage),
                Checked::Unreadable(problem) => self.problems.push(problem),
            }
        }
    }
}

fn check(model: &Model, contents: &Path, index: &Index, watch: &Watch<'_>) -> Checked {
    let path = || TextPath(model.path.clone());
    let unreadable = |why: String| Checked::Unreadable(Problem { path: path(), why });
    let name = model.path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let damaged =
        |expected: String, found: String, by| Checked::Damaged(Damage { path: path(), expected, found, by });
    let is_blob = model.is_in_hub && name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_blob {
        return match sha256(&model.path) {
            Ok(found) if found == name => Checked::Sound { is_known: true },
            Ok(found) => damaged(name.to_owned(), found, "the hub's name (SHA-256)"),
            Err(error) => unreadable(error.to_string()),
        };
    }
    let (found, stat) = match hash::whole(&model.path, watch.stop) {
        Ok(Hashed::Stable(found, stat)) => (found, stat),
        Ok(Hashed::Changing) => return unreadable("it changes while it is read".to_owned()),
        Err(error) => return unreadable(error.to_string()),
    };
    let text = found.to_hex().to_string();
    if model.path.starts_with(contents) && name != text {
        return damaged(name.to_owned(), text, "the store's name");
    }
    match index.get(Kind::Whole, &stat) {
        Some(known) if known == found => Checked::Sound { is_known: true },
        Some(known) => damaged(known.to_hex().to_string(), text, "the index"),
        None => Checked::Fresh(Box::new((stat, found))),
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(to_hex(&hasher.finalize())),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
