//! What nobody needs any more: store entries without links, remains of the hub's cache, our own leftovers, old trash.
//!
//! Must not know: how things are moved. Everything goes to the trash first and stays there for a week.

use std::{
    collections::BTreeSet,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;

use crate::{
    DriveError, Scope, Store,
    action::{Action, Purge, Relocate},
    journal::Kind,
    operate::Report,
    scan::{Problem, Scan},
    stat::Stat,
    store::new_id,
    text_path::TextPath,
    watch::Watch,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long the trash keeps what it has.
const TRASH_MS: u64 = 7 * DAY_MS;
/// Younger leftovers may belong to a program at work.
const LEFTOVER_MS: u64 = 2 * DAY_MS;
/// The journal forgets what is older.
const JOURNAL_MS: u64 = 180 * DAY_MS;

/// What could go.
#[derive(Debug, Serialize)]
pub struct GcPlan {
    /// Goes to the trash.
    pub unneeded: Vec<Unneeded>,
    /// Folders of the trash whose time is over.
    pub expired: Vec<TextPath>,
    /// Bytes that go to the trash.
    pub trash_bytes: u64,
    /// Bytes that become free.
    pub frees_bytes: u64,
    /// What could not be read. While there is any, nothing of the store goes: a link to it may be hidden there.
    pub problems: Vec<Problem>,
}

/// A file nobody needs.
#[derive(Clone, Debug, Serialize)]
pub struct Unneeded {
    /// Which.
    pub path: TextPath,
    /// Its size on disk.
    pub bytes: u64,
    /// Why it can go.
    pub why: &'static str,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct GcReport {
    /// What was planned.
    pub plan: GcPlan,
    /// The move to the trash, and the emptying of it.
    pub operations: Vec<Report>,
}

impl Store {
    /// What could go. `now`: also what is in the trash for less than a week.
    pub fn plan_gc(&self, now: bool, watch: &Watch<'_>) -> Result<GcPlan, DriveError> {
        let scan = self.scan(&Scope::default(), watch)?;
        let unneeded = self.unneeded(&scan);
        let expired = self.expired(now);
        let sum = |paths: &[TextPath]| paths.iter().map(|path| bytes_below(path)).sum();
        Ok(GcPlan {
            trash_bytes: unneeded.iter().map(|one| one.bytes).sum(),
            frees_bytes: sum(&expired),
            unneeded,
            expired,
            problems: scan.problems,
        })
    }

    /// Moves to the trash what nobody needs, and empties what was there long enough; with `now`, everything.
    pub fn gc(&self, now: bool, watch: &Watch<'_>) -> Result<GcReport, DriveError> {
        let (_lock, ..) = self.lock()?;
        let mut plan = self.plan_gc(false, watch)?;
        let id = new_id();
        let moves =
            plan.unneeded.iter().enumerate().filter_map(|(at, one)| self.to_trash(one, &id, at)).collect();
        let mut operations = vec![self.perform(Kind::Gc, moves, watch)?];
        plan.expired = self.expired(now);
        plan.frees_bytes = plan.expired.iter().map(|path| bytes_below(path)).sum();
        let purges = plan.expired.iter().map(|path| Action::Purge(Purge { path: path.clone() })).collect();
        operations.push(self.perform(Kind::Purge, purges, watch)?);
        let now_ms = now_ms();
        self.journal().keep(|recorded| {
            recorded.outcomes.is_none()
                || recorded.operation.at_ms.saturating_add(JOURNAL_MS) > now_ms
                || is_live(recorded)
        })?;
        Ok(GcReport { plan, operations })
    }

    pub(crate) fn unneeded(&self, scan: &Scan) -> Vec<Unneeded> {
        let mut targets: BTreeSet<PathBuf> =
            scan.links.iter().map(crate::scan::FoundLink::absolute_target).collect();
        // a link may pass through others: then only the system knows where it leads
        let ours = scan.links.iter().filter(|link| !link.is_in_environment);
        targets.extend(ours.filter_map(|link| link.path.canonicalize().ok()));
        let contents = self.contents();
        let mut unneeded = Vec::new();
        let mut add = |path: &Path, stat: &Stat, why| {
            unneeded.push(Unneeded { path: path.into(), bytes: stat.disk_bytes, why });
        };
        if scan.problems.is_empty() {
            let entries = scan.models.iter().filter(|model| model.path.starts_with(&contents));
            for model in entries.filter(|model| model.stat.links == 1 && !targets.contains(&model.path)) {
                add(&model.path, &model.stat, "no link leads to this entry of the store");
            }
        }
        let old = |stat: &Stat| now_ms().saturating_sub((stat.mtime_ns / 1_000_000) as u64) > LEFTOVER_MS;
        for (path, stat) in scan.leftovers.iter().filter(|(_, stat)| old(stat)) {
            add(path, stat, "a program began to write it and never ended");
        }
        for (path, stat) in scan.blobs.iter().filter(|(path, stat)| old(stat) && !targets.contains(path)) {
            if has_snapshots(path) {
                add(path, stat, "no snapshot of the hub's cache uses it");
            }
        }
        unneeded
    }

    /// Places for trash: a move must not copy, so each lies on the disk of what it takes.
    pub(crate) fn trashes(&self) -> [PathBuf; 2] {
        [self.notes().join("trash"), self.drive_home().join(".trash")]
    }

    fn to_trash(&self, one: &Unneeded, id: &str, at: usize) -> Option<Action> {
        let dev = |path: &Path| {
            path.ancestors().find_map(|above| above.metadata().ok()).map(|metadata| metadata.dev())
        };
        let here = dev(&one.path);
        let trashes = self.trashes();
        let trash = trashes.iter().find(|trash| dev(trash) == here).unwrap_or(&trashes[0]);
        let mut name = std::ffi::OsString::from(format!("{at}-"));
        name.push(one.path.file_name()?);
        let to = trash.join(id).join(name).into();
        Some(Action::Relocate(Relocate { from: one.path.clone(), to, may_copy: false }))
    }

    fn expired(&self, now: bool) -> Vec<TextPath> {
        let folders =
            self.trashes().into_iter().filter_map(|trash| std::fs::read_dir(trash).ok()).flatten().flatten();
        // the folder of a trash is changed when something comes into it
        let is_expired = |path: &Path| {
            let changed = path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
            let age_ms = changed.and_then(|at| at.elapsed().ok()).map_or(0, |age| age.as_millis() as u64);
            now || age_ms > TRASH_MS
        };
        let mut paths: Vec<_> =
            folders.map(|entry| entry.path()).filter(|path| is_expired(path)).map(TextPath).collect();
        paths.sort();
        paths
    }
}

/// Links made by it may still be there: the journal is what knows them.
fn is_live(recorded: &crate::journal::Recorded) -> bool {
    matches!(recorded.operation.kind, Kind::Link | Kind::Dedupe | Kind::Import)
}

/// `…/models--a--b/blobs/<name>` has `…/models--a--b/snapshots` beside it: a layout we understand.
fn has_snapshots(blob: &Path) -> bool {
    blob.ancestors().nth(2).is_some_and(|repository| repository.join("snapshots").is_dir())
}

pub(crate) fn bytes_below(path: &Path) -> u64 {
    let files = walkdir::WalkDir::new(path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    files.filter_map(|entry| entry.metadata().ok()).map(|metadata| Stat::of(&metadata).disk_bytes).sum()
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
