//! The space report: who takes how much, what is shared, what is safe to delete.
//!
//! Must not know: how anything is freed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    DriveError, Scope, Store,
    config::DriveIndex,
    gc::bytes_below,
    index::Index,
    layout::{Class, Owner},
    scan::{Problem, Scan},
    space,
    text_path::TextPath,
    watch::Watch,
};

/// The space a home takes.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The home.
    pub home: TextPath,
    /// Size of its disk.
    pub disk_bytes: u64,
    /// What is free on it.
    pub free_bytes: u64,
    /// Files in the home.
    pub files: u64,
    /// What they take on the disk, shared files counted once.
    pub bytes: u64,
    /// The same by what it is for.
    pub by_class: Bytes,
    /// The same by whose it is, largest first.
    pub owners: Vec<OwnerSpace>,
    /// Models that could share bytes, at a glance: several files of one size. `dedupe` looks closer.
    pub look_alike: LookAlike,
    /// The content store.
    pub store: StoreSpace,
    /// What can go, and how.
    pub safe_to_delete: Vec<SafeToDelete>,
    /// Model folders of other programs that could be linked.
    pub importable: Vec<TextPath>,
    /// Operations that were cut off; the next changing command completes them.
    pub unfinished: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Bytes by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// The apps' own files.
    pub app: u64,
    /// Virtual environments and the like.
    pub venv: u64,
    /// What can be fetched again.
    pub cache: u64,
    /// Models and the drive.
    pub models: u64,
}

/// What one owner takes.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerSpace {
    /// Who.
    #[serde(flatten)]
    pub owner: Owner,
    /// Its files.
    pub files: u64,
    /// By what they are for, shared ones included.
    pub bytes: Bytes,
    /// What would become free without it.
    pub own_bytes: u64,
    /// What others have too.
    pub shared_bytes: u64,
}

/// Models of one size.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LookAlike {
    /// Files that have a twin of the same size.
    pub files: usize,
    /// What would become free if all of them were equal.
    pub at_most_bytes: u64,
}

/// The content store.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StoreSpace {
    /// Entries, each with the number of names and links that use it.
    pub entries: Vec<StoreUse>,
    /// Bytes in the trash.
    pub trash_bytes: u64,
    /// Files whose hash is known.
    pub indexed: usize,
}

/// An entry of the store.
#[derive(Clone, Debug, Serialize)]
pub struct StoreUse {
    /// Where.
    pub path: TextPath,
    /// Its size on disk.
    pub bytes: u64,
    /// Links and further names that use it.
    pub references: u64,
}

/// Something that can go.
#[derive(Clone, Debug, Serialize)]
pub struct SafeToDelete {
    /// What.
    pub path: TextPath,
    /// What becomes free.
    pub bytes: u64,
    /// Why nothing is lost.
    pub why: &'static str,
    /// How.
    pub how: String,
}

impl Store {
    /// Looks at everything. `user_home` is where folders of other programs are looked for.
    pub fn status(&self, user_home: Option<&Path>, watch: &Watch<'_>) -> Result<Status, DriveError> {
        let scan = self.scan(&Scope::default(), watch)?;
        let (disk_bytes, free_bytes) = space::of_disk(&self.home).unwrap_or_default();
        let mut ledger = Ledger::of(&scan);
        let importable = user_home.map(|user| self.importable(user)).unwrap_or_default();
        let unfinished = self.journal().all()?.iter().filter(|one| one.outcomes.is_none()).count();
        Ok(Status {
            home: self.home.as_path().into(),
            disk_bytes,
            free_bytes,
            files: scan.files,
            bytes: ledger.total,
            by_class: ledger.by_class,
            owners: ledger.owners(),
            look_alike: look_alike(&scan),
            store: self.store_space(&scan)?,
            safe_to_delete: self.safe_to_delete(&scan)?,
            importable: importable.into_iter().map(TextPath).collect(),
            unfinished,
            problems: scan.problems,
        })
    }

    fn store_space(&self, scan: &Scan) -> Result<StoreSpace, DriveError> {
        let contents = self.contents();
        let mut links: BTreeMap<PathBuf, u64> = BTreeMap::new();
        for link in &scan.links {
            *links.entry(link.absolute_target()).or_default() += 1;
        }
        let entries =
            scan.models.iter().filter(|model| model.path.starts_with(&contents)).map(|model| StoreUse {
                path: model.path.as_path().into(),
                bytes: model.stat.disk_bytes,
                references: model.stat.links - 1 + links.get(&model.path).copied().unwrap_or(0),
            });
        Ok(StoreSpace {
            entries: entries.collect(),
            trash_bytes: self.trashes().iter().map(|trash| bytes_below(trash)).sum(),
            indexed: Index::load(&self.notes())?.whole_count(),
        })
    }

    fn safe_to_delete(&self, scan: &Scan) -> Result<Vec<SafeToDelete>, DriveError> {
        let mut safe = Vec::new();
        for (name, why) in CACHES {
            let folder = self.home.join("cache").join(name);
            let how = format!("rm -r {}", shell_word(&folder));
            safe.push(SafeToDelete { bytes: bytes_below(&folder), path: folder.into(), why, how });
        }
        let gc = self.unneeded(scan);
        safe.extend(gc.into_iter().map(|one| SafeToDelete {
            path: one.path,
            bytes: one.bytes,
            why: one.why,
            how: "pino drive gc --yes".to_owned(),
        }));
        for trash in self.trashes() {
            let how = "pino drive gc --yes --now".to_owned();
            safe.push(SafeToDelete {
                bytes: bytes_below(&trash),
                path: trash.into(),
                why: "it was thrown away before",
                how,
            });
        }
        safe.extend(self.orphans(scan)?);
        safe.retain(|one| one.bytes > 0);
        safe.sort_by_key(|one| std::cmp::Reverse(one.bytes));
        Ok(safe)
    }

    /// Folders of the drive that no link leads to: their apps are gone. They are kept for the day an app comes back.
    fn orphans(&self, scan: &Scan) -> Result<Vec<SafeToDelete>, DriveError> {
        let targets: BTreeSet<PathBuf> = scan
            .links
            .iter()
            .filter(|link| !link.is_in_environment)
            .filter_map(|link| link.path.canonicalize().ok())
            .collect();
        let folders: BTreeSet<PathBuf> = DriveIndex::load(&self.drive_home())?
            .all()
            .into_iter()
            .filter_map(|(_, _, folder)| folder.canonicalize().ok())
            .collect();
        let unused =
            folders.into_iter().filter(|folder| !targets.iter().any(|target| target.starts_with(folder)));
        let described = unused.map(|folder| SafeToDelete {
            bytes: bytes_below(&folder),
            how: format!("rm -r {}  # only if the app will not be installed again", shell_word(&folder)),
            path: folder.into(),
            why: "no app links to it any more",
        });
        Ok(described.collect())
    }
}

/// Folders of the cache that programs fill again by themselves.
const CACHES: &[(&str, &str)] = &[
    ("PIP_CACHE_DIR", "pip downloads it again when it needs it"),
    ("UV_CACHE_DIR", "uv downloads it again when it needs it"),
    ("PIP_TMPDIR", "temporary files of installers"),
    ("TMPDIR", "temporary files"),
    ("TEMP", "temporary files"),
    ("TMP", "temporary files"),
    ("GRADIO_TEMP_DIR", "uploads and results that Gradio keeps for one session"),
    ("HOMEBREW_CACHE", "Homebrew downloads it again when it needs it"),
];

/// A path as one word of a shell.
fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain =
        text.chars().all(|character| character.is_ascii_alphanumeric() || "/._-+".contains(character));
    if is_plain { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Several models of one size.
fn look_alike(scan: &Scan) -> LookAlike {
    let mut sizes: BTreeMap<u64, BTreeMap<(u64, u64), u64>> = BTreeMap::new();
    for model in scan.models.iter().filter(|model| model.may_share) {
        sizes
            .entry(model.stat.size)
            .or_default()
            .insert((model.stat.dev, model.stat.ino), model.stat.disk_bytes);
    }
    let mut found = LookAlike::default();
    for files in sizes.into_values().filter(|files| files.len() > 1) {
        found.files += files.len();
        found.at_most_bytes += files.into_values().skip(1).sum::<u64>();
    }
    found
}

/// Adds up, files with several names once.
struct Ledger {
    total: u64,
    by_class: Bytes,
    spaces: BTreeMap<usize, OwnerSpace>,
}

impl Bytes {
    fn add(&mut self, class: Class, bytes: u64) {
        *match class {
            Class::App => &mut self.app,
            Class::Venv => &mut self.venv,
            Class::Cache => &mut self.cache,
            Class::Models => &mut self.models,
        } += bytes;
    }
}

impl Ledger {
    fn of(scan: &Scan) -> Self {
        let mut ledger = Self { total: 0, by_class: Bytes::default(), spaces: BTreeMap::new() };
        for ((owner, class), bytes) in &scan.bytes {
            ledger.total += bytes;
            ledger.by_class.add(*class, *bytes);
            let space = ledger.space(scan, *owner);
            space.bytes.add(*class, *bytes);
            space.own_bytes += bytes;
        }
        for (owner, files) in &scan.files_by_owner {
            ledger.space(scan, *owner).files += files;
        }
        ledger.several_names(scan);
        ledger
    }

    fn space<'a>(&'a mut self, scan: &Scan, owner: usize) -> &'a mut OwnerSpace {
        self.spaces.entry(owner).or_insert_with(|| OwnerSpace {
            owner: scan.owners[owner].clone(),
            files: 0,
            bytes: Bytes::default(),
            own_bytes: 0,
            shared_bytes: 0,
        })
    }

    fn several_names(&mut self, scan: &Scan) {
        let mut files: BTreeMap<(u64, u64), (u64, BTreeMap<usize, Class>)> = BTreeMap::new();
        for name in &scan.several_names {
            let file = files.entry((name.dev, name.ino)).or_insert((name.disk_bytes, BTreeMap::new()));
            file.1.entry(name.owner).or_insert(name.class);
        }
        for (bytes, owners) in files.into_values() {
            let is_shared = owners.len() > 1;
            self.total += bytes;
            // what one of them calls a model is one
            if let Some(class) = owners.values().max() {
                self.by_class.add(*class, bytes);
            }
            for (owner, class) in owners {
                let space = self.space(scan, owner);
                space.bytes.add(class, bytes);
                *(if is_shared { &mut space.shared_bytes } else { &mut space.own_bytes }) += bytes;
            }
        }
    }

    /// One entry an owner, though some have several folders.
    fn owners(&mut self) -> Vec<OwnerSpace> {
        let mut merged: BTreeMap<Owner, OwnerSpace> = BTreeMap::new();
        for space in std::mem::take(&mut self.spaces).into_values() {
            match merged.get_mut(&space.owner) {
                Some(known) => known.add(&space),
                None => {
                    merged.insert(space.owner.clone(), space);
                }
            }
        }
        let mut owners: Vec<_> = merged.into_values().collect();
        owners.sort_by_key(|space| std::cmp::Reverse(space.own_bytes + space.shared_bytes));
        owners
    }
}

impl OwnerSpace {
    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.own_bytes += other.own_bytes;
        self.shared_bytes += other.shared_bytes;
        for (class, bytes) in [
            (Class::App, other.bytes.app),
            (Class::Venv, other.bytes.venv),
            (Class::Cache, other.bytes.cache),
            (Class::Models, other.bytes.models),
        ] {
            self.bytes.add(class, bytes);
        }
    }
}
