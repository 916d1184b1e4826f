//! Equal models share their bytes: which keeps them, which give theirs up, and how much that saves.
//!
//! Must not know: how a file is replaced.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    DriveError, Scope, Store,
    action::{Action, NO_WAY, Outcome, Replace, StoreEntry, Way},
    copy::may_share_blocks,
    equal::{self, Group},
    index::Index,
    journal::{Kind, Recorded, undone},
    layout::Owner,
    operate::Report,
    scan::{Model, Problem},
    stat::Stat,
    text_path::TextPath,
    watch::Watch,
};

/// What would be shared.
#[derive(Debug, Serialize)]
pub struct DedupePlan {
    /// Sets of equal files.
    pub groups: Vec<SharedGroup>,
    /// Disk space that becomes free.
    pub saves_bytes: u64,
    /// Model files looked at.
    pub models: usize,
    /// All files of the home.
    pub files: u64,
    /// What could not be read.
    pub problems: Vec<Problem>,
    #[serde(skip)]
    actions: Vec<Action>,
}

/// Files with one content.
#[derive(Debug, Serialize)]
pub struct SharedGroup {
    /// BLAKE3 of the content.
    pub hash: String,
    /// Size of each.
    pub size_bytes: u64,
    /// The file whose bytes stay.
    pub keeper: TextPath,
    /// The files that share them.
    pub others: Vec<TextPath>,
    /// How, as far as can be told without trying.
    pub way: Way,
    /// Disk space that becomes free.
    pub saves_bytes: u64,
}

/// What sharing did.
#[derive(Debug, Serialize)]
pub struct DedupeReport {
    /// What was planned.
    pub plan: DedupePlan,
    /// What was done; a second one where links were the only way left.
    pub operations: Vec<Report>,
    /// Disk space that became free.
    pub saved_bytes: u64,
}

impl Store {
    /// Finds what could share bytes. Changes no file; remembers hashes.
    pub fn plan_dedupe(&self, scope: &Scope, watch: &Watch<'_>) -> Result<DedupePlan, DriveError> {
        let scan = self.scan(scope, watch)?;
        let mut index = Index::load(&self.notes())?;
        let mut problems = scan.problems;
        let all = self.journal().all()?;
        let shared = reflinked(&all);
        let candidates =
            scan.models.iter().filter(|model| model.may_share && !shares_already(model, &shared));
        let groups = equal::groups(candidates, &mut index, watch, &mut problems)?;
        let mut plan = DedupePlan {
            groups: Vec::new(),
            saves_bytes: 0,
            models: scan.models.len(),
            files: scan.files,
            problems,
            actions: Vec::new(),
        };
        let place = StorePlace::of(self);
        for group in &groups {
            plan.add(group, &place);
        }
        Ok(plan)
    }

    /// Finds equal files anew and lets them share.
    pub fn dedupe(&self, scope: &Scope, watch: &Watch<'_>) -> Result<DedupeReport, DriveError> {
        let (_lock, ..) = self.lock()?;
        let mut plan = self.plan_dedupe(scope, watch)?;
        let actions = std::mem::take(&mut plan.actions);
        let first = self.perform(Kind::Dedupe, actions.clone(), watch)?;
        let mut saved_bytes = saved(&actions, &first);
        let mut operations = vec![first];
        let by_link = by_symlink(&actions, &operations[0], &StorePlace::of(self));
        if !by_link.is_empty() {
            operations.push(self.perform(Kind::Dedupe, by_link.clone(), watch)?);
            saved_bytes += saved(&by_link, &operations[1]);
        }
        Ok(DedupeReport { plan, operations, saved_bytes })
    }
}

struct StorePlace {
    folder: PathBuf,
    dev: Option<u64>,
}

impl StorePlace {
    fn of(store: &Store) -> Self {
        let folder = store.contents();
        let existing = folder.ancestors().find_map(|above| above.metadata().ok());
        Self { dev: existing.map(|metadata| metadata.dev()), folder }
    }

    /// `store/ab/abcdef….safetensors`: programs look at the extension.
    fn entry(&self, hash: &str, like: &Path) -> PathBuf {
        let name = Path::new(&hash).with_extension(like.extension().unwrap_or_default());
        self.folder.join(&hash[..2]).join(name)
    }
}

impl DedupePlan {
    fn add(&mut self, group: &Group<'_>, place: &StorePlace) {
        let mut by_disk: BTreeMap<u64, Vec<&Model>> = BTreeMap::new();
        for model in &group.members {
            by_disk.entry(model.stat.dev).or_default().push(model);
        }
        for members in by_disk.values_mut() {
            members.sort_by_key(|model| rank(model, place));
        }
        let is_ours =
            |members: &Vec<&Model>| members.iter().any(|model| !matches!(model.owner, Owner::Outside(_)));
        let elsewhere: Vec<u64> = by_disk
            .iter()
            .filter(|(dev, members)| Some(**dev) != place.dev && is_ours(members))
            .map(|(dev, _)| *dev)
            .collect();
        let here = place.dev.and_then(|dev| by_disk.get(&dev)).and_then(|members| members.first()).copied();
        let across = usize::from(here.is_some()) + elsewhere.len() >= 2;
        if across {
            let members: Vec<_> = elsewhere.iter().filter_map(|dev| by_disk.remove(dev)).flatten().collect();
            let source = here.or(members.first().copied());
            if let Some(source) = source {
                self.across_disks(group, source, here.is_none(), &members, place);
            }
        }
        for members in by_disk.values() {
            self.on_one_disk(group, members);
        }
    }

    fn on_one_disk(&mut self, group: &Group<'_>, members: &[&Model]) {
        let Some((keeper, rest)) = members.split_first() else { return };
        let rest: Vec<_> =
            rest.iter().copied().filter(|model| !model.stat.is_same_file(&keeper.stat)).collect();
        let way = if may_share_blocks(&keeper.path) { Way::Reflink } else { Way::HardLink };
        let (others, saves_bytes) = worth_it(&rest);
        self.note(group, &keeper.path, &others, way, saves_bytes);
        self.actions
            .extend(others.iter().map(|model| replace(model, &keeper.path, keeper.stat, group, false)));
    }

    fn across_disks(
        &mut self,
        group: &Group<'_>,
        source: &Model,
        is_copied: bool,
        members: &[&Model],
        place: &StorePlace,
    ) {
        let ours: Vec<_> =
            members.iter().copied().filter(|model| !matches!(model.owner, Owner::Outside(_))).collect();
        let (others, saves_bytes) = worth_it(&ours);
        let cost_bytes = if is_copied { source.stat.disk_bytes } else { 0 };
        if saves_bytes <= cost_bytes {
            return;
        }
        let hash = group.hash.to_hex().to_string();
        let entry = place.entry(&hash, &source.path);
        self.note(group, &entry, &others, Way::Symlink, saves_bytes - cost_bytes);
        let keep = StoreEntry { from: source.path.clone().into(), path: entry.clone().into(), hash };
        self.actions.push(Action::StoreEntry(keep));
        self.actions.extend(others.iter().map(|model| replace(model, &entry, source.stat, group, true)));
    }

    fn note(&mut self, group: &Group<'_>, keeper: &Path, others: &[&Model], way: Way, saves_bytes: u64) {
        if others.is_empty() {
            return;
        }
        self.saves_bytes += saves_bytes;
        self.groups.push(SharedGroup {
            hash: group.hash.to_hex().to_string(),
            size_bytes: others[0].stat.size,
            keeper: keeper.into(),
            others: others.iter().map(|model| model.path.as_path().into()).collect(),
            way,
            saves_bytes,
        });
    }
}

fn replace(model: &Model, keeper: &Path, keeper_before: Stat, group: &Group<'_>, by_symlink: bool) -> Action {
    Action::Replace(Replace {
        path: model.path.as_path().into(),
        keeper: keeper.into(),
        hash: group.hash.to_hex().to_string(),
        before: model.stat,
        keeper_before,
        by_symlink,
    })
}

/// The store and the drive keep their files; then whoever has most names; then the oldest.
fn rank<'a>(model: &'a Model, place: &StorePlace) -> (u8, Reverse<u64>, i64, &'a Path) {
    let kind = match &model.owner {
        _ if model.path.starts_with(&place.folder) => 0,
        Owner::Drive => 1,
        _ if model.is_in_hub => 2,
        Owner::Outside(_) => 4,
        _ => 3,
    };
    (kind, Reverse(model.stat.links), model.stat.mtime_ns, &model.path)
}

/// A file frees its bytes only when all of its names give it up: those with names elsewhere are left alone.
fn worth_it<'a>(models: &[&'a Model]) -> (Vec<&'a Model>, u64) {
    let mut names: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for model in models {
        *names.entry((model.stat.dev, model.stat.ino)).or_default() += 1;
    }
    let key = |model: &Model| (model.stat.dev, model.stat.ino);
    let worth: Vec<_> =
        models.iter().copied().filter(|model| names.get(&key(model)) == Some(&model.stat.links)).collect();
    let mut counted = BTreeSet::new();
    let saves =
        worth.iter().filter(|model| counted.insert(key(model))).map(|model| model.stat.disk_bytes).sum();
    (worth, saves)
}

/// Files that share blocks look like two files: the journal knows which were made so, and that they have not changed since.
fn reflinked(all: &[Recorded]) -> BTreeMap<&Path, (u64, Stat)> {
    let undone = undone(all);
    let mut shared = BTreeMap::new();
    for recorded in all.iter().filter(|recorded| !undone.contains(recorded.operation.id.as_str())) {
        for (action, outcome) in recorded.operation.actions.iter().zip(recorded.outcomes.iter().flatten()) {
            if let (Action::Replace(replace), Outcome::Done { way: Some(Way::Reflink), ino: Some(ino) }) =
                (action, outcome)
            {
                shared.insert(replace.path.0.as_path(), (*ino, replace.before));
            }
        }
    }
    shared
}

fn shares_already(model: &Model, shared: &BTreeMap<&Path, (u64, Stat)>) -> bool {
    shared.get(model.path.as_path()).is_some_and(|(ino, before)| {
        model.stat.ino == *ino && (model.stat.size, model.stat.mtime_ns) == (before.size, before.mtime_ns)
    })
}

fn saved(actions: &[Action], report: &Report) -> u64 {
    let mut counted = BTreeSet::new();
    let done = actions
        .iter()
        .zip(&report.parts)
        .filter(|(_, part)| part.outcome.as_ref().is_some_and(Outcome::is_done));
    let gained: u64 = done
        .filter_map(|(action, _)| match action {
            Action::Replace(replace) => Some(replace.before),
            _ => None,
        })
        .filter(|stat| counted.insert((stat.dev, stat.ino)))
        .map(|stat| stat.disk_bytes)
        .sum();
    gained
}

/// Where the file system knows neither shared blocks nor hard links, all of a set become links to the store.
fn by_symlink(actions: &[Action], report: &Report, place: &StorePlace) -> Vec<Action> {
    let mut sets: BTreeMap<&TextPath, Vec<&Replace>> = BTreeMap::new();
    for (action, part) in actions.iter().zip(&report.parts) {
        if let (Action::Replace(replace), Some(Outcome::Skipped { why })) = (action, &part.outcome)
            && why == NO_WAY
        {
            sets.entry(&replace.keeper).or_default().push(replace);
        }
    }
    let mut linked = Vec::new();
    for (keeper, set) in sets {
        let first = set[0];
        let entry = TextPath(place.entry(&first.hash, keeper));
        linked.push(Action::StoreEntry(StoreEntry {
            from: keeper.clone(),
            path: entry.clone(),
            hash: first.hash.clone(),
        }));
        let own = Replace { path: keeper.clone(), before: first.keeper_before, ..first.clone() };
        for replace in std::iter::once(&own).chain(set) {
            linked.push(Action::Replace(Replace {
                keeper: entry.clone(),
                by_symlink: true,
                ..replace.clone()
            }));
        }
    }
    linked
}
