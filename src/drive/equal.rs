//! Finds files with the same content: by size, then by a few places, then by the whole, and only what the index does not know.
//!
//! Must not know: what is done with them.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use blake3::Hash;
use rayon::prelude::*;

use crate::{
    DriveError,
    hash::{self, Hashed},
    index::{Index, Kind},
    scan::{Model, Problem},
    stat::Stat,
    watch::{Progress, Watch},
};

/// The index is written after so many files, so that a kill costs little.
const FILES_A_BATCH: usize = 64;

/// Files with one content: names of at least two different files.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub hash: Hash,
    pub members: Vec<&'a Model>,
}

/// Every group of equal files among the models, largest files first.
pub(crate) fn groups<'a>(
    models: impl Iterator<Item = &'a Model>,
    index: &mut Index,
    watch: &Watch<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Group<'a>>, DriveError> {
    let candidates = same(models, |model| Some(model.stat.size));
    let unsampled = candidates
        .values()
        .filter(|set| set.iter().any(|model| index.get(Kind::Whole, &model.stat).is_none()));
    let unsampled: Vec<_> = unsampled.flatten().copied().collect();
    read(&unsampled, Kind::Sample, index, watch, problems)?;
    let mut likely = Vec::new();
    for set in candidates.into_values() {
        if set.iter().all(|model| index.get(Kind::Whole, &model.stat).is_some()) {
            likely.extend(set);
        } else {
            likely.extend(
                same(set.into_iter(), |model| {
                    Some(*index.get_or_young(Kind::Sample, &model.stat)?.as_bytes())
                })
                .into_values()
                .flatten(),
            );
        }
    }
    read(&likely, Kind::Whole, index, watch, problems)?;
    let equal = same(likely.into_iter(), |model| {
        Some((u64::MAX - model.stat.size, *index.get_or_young(Kind::Whole, &model.stat)?.as_bytes()))
    });
    Ok(equal
        .into_iter()
        .map(|((_, hash), members)| Group { hash: Hash::from_bytes(hash), members })
        .collect())
}

/// Hashes every model that the index does not know yet.
pub(crate) fn read(
    models: &[&Model],
    kind: Kind,
    index: &mut Index,
    watch: &Watch<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(), DriveError> {
    let mut missing: BTreeMap<(u64, u64), &Model> = BTreeMap::new();
    for model in models.iter().filter(|model| index.get_or_young(kind, &model.stat).is_none()) {
        missing.insert((model.stat.dev, model.stat.ino), model);
    }
    let missing: Vec<_> = missing.into_values().collect();
    let total_bytes = missing.iter().map(|model| model.stat.size).sum();
    let done_bytes = AtomicU64::new(0);
    let batch_size = if kind == Kind::Sample { FILES_A_BATCH * 64 } else { FILES_A_BATCH };
    for batch in missing.chunks(batch_size) {
        let results: Vec<_> = batch
            .par_iter()
            .map(|model| {
                let result = hashed(&model.path, kind, watch);
                let done = done_bytes.fetch_add(model.stat.size, Ordering::Relaxed) + model.stat.size;
                if kind == Kind::Whole {
                    watch.tell(Progress::Hashing { done_bytes: done, total_bytes });
                }
                (*model, result)
            })
            .collect();
        note(results, kind, index, problems);
        index.save()?;
        watch.check()?;
    }
    Ok(())
}

fn hashed(path: &Path, kind: Kind, watch: &Watch<'_>) -> io::Result<Hashed> {
    match kind {
        Kind::Whole => hash::whole(path, watch.stop),
        Kind::Sample => hash::sample(path),
    }
}

fn note(
    results: Vec<(&Model, io::Result<Hashed>)>,
    kind: Kind,
    index: &mut Index,
    problems: &mut Vec<Problem>,
) {
    for (model, result) in results {
        let why = match result {
            Ok(Hashed::Stable(hash, stat)) if stat.same_content_marks(&model.stat) => {
                index.put(kind, &stat, hash);
                continue;
            }
            Ok(_) => "it changes while it is read; run the command again later".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => error.to_string(),
        };
        problems.push(Problem { path: model.path.as_path().into(), why });
    }
}

/// Sets of at least two different files for which `key` is the same.
fn same<'a, K: Ord>(
    models: impl Iterator<Item = &'a Model>,
    key: impl Fn(&Model) -> Option<K>,
) -> BTreeMap<K, Vec<&'a Model>> {
    let mut sets: BTreeMap<K, Vec<&Model>> = BTreeMap::new();
    for model in models {
        if let Some(key) = key(model) {
            sets.entry(key).or_default().push(model);
        }
    }
    sets.retain(|_, set| set.iter().any(|model| !Stat::is_same_file(&model.stat, &set[0].stat)));
    sets
}
