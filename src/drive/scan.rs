//! Looks through a home: how much room what takes, which models and links there are. Changes nothing, reads no contents.
//!
//! Must not know: hashes. Links are not followed, so circles end nowhere; what cannot be read is told, not fatal.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::{self, DirEntry},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    DriveError,
    layout::{Class, Owner, Root, has_model_name, is_environment, is_hub_repository},
    lock::is_temporary,
    stat::Stat,
    text_path::TextPath,
    watch::{Progress, Watch},
};

/// Smaller files are not worth a link.
pub(crate) const WORTH_SHARING_BYTES: u64 = 1 << 20;
/// Files between two words about progress.
const FILES_A_TURN: u64 = 4096;

/// A file with a model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub path: PathBuf,
    pub stat: Stat,
    pub owner: Owner,
    /// Its bytes may be shared: a format that apps do not rewrite.
    pub may_share: bool,
    /// It lies in the hub's cache.
    pub is_in_hub: bool,
}

/// A symbolic link.
#[derive(Clone, Debug)]
pub(crate) struct FoundLink {
    pub path: PathBuf,
    pub target: PathBuf,
    /// It belongs to a package manager.
    pub is_in_environment: bool,
}

/// What could not be looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// Which file or folder.
    pub path: TextPath,
    /// What the system says.
    pub why: String,
}

/// A file with several names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub dev: u64,
    pub ino: u64,
    pub disk_bytes: u64,
    pub owner: usize,
    pub class: Class,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub owners: Vec<Owner>,
    pub files: u64,
    /// Bytes of files with one name, by owner and class.
    pub bytes: BTreeMap<(usize, Class), u64>,
    pub files_by_owner: BTreeMap<usize, u64>,
    pub several_names: Vec<Named>,
    pub models: Vec<Model>,
    pub links: Vec<FoundLink>,
    /// Unfinished downloads of the hub and temporary files of ours.
    pub leftovers: Vec<(PathBuf, Stat)>,
    /// Files of the hub's cache named by their content.
    pub blobs: Vec<(PathBuf, Stat)>,
    pub problems: Vec<Problem>,
}

/// What holds for a folder and everything below.
#[derive(Clone, Copy)]
struct Place {
    class: Class,
    is_environment: bool,
    is_hub: bool,
    is_git: bool,
}

/// Looks through all roots.
pub(crate) fn scan(roots: &[Root], watch: &Watch<'_>) -> Result<Scan, DriveError> {
    let files = AtomicU64::new(0);
    let found: Vec<Scan> = roots
        .par_iter()
        .enumerate()
        .map(|(at, root)| {
            let mut walk = Walk { root, owner: at, scan: Scan::default(), files: &files, watch };
            walk.root_entry();
            walk.scan
        })
        .collect();
    watch.check()?;
    let mut whole = Scan { owners: roots.iter().map(|root| root.owner.clone()).collect(), ..Scan::default() };
    for part in found {
        whole.add(part);
    }
    whole.settle_blobs();
    watch.tell(Progress::Scanning { files: whole.files });
    Ok(whole)
}

impl Scan {
    fn add(&mut self, part: Scan) {
        self.files += part.files;
        for (key, bytes) in part.bytes {
            *self.bytes.entry(key).or_default() += bytes;
        }
        self.files_by_owner.extend(part.files_by_owner);
        self.several_names.extend(part.several_names);
        self.models.extend(part.models);
        self.links.extend(part.links);
        self.leftovers.extend(part.leftovers);
        self.blobs.extend(part.blobs);
        self.problems.extend(part.problems);
    }

    /// The hub names its files by content; the links to them tell which are models.
    fn settle_blobs(&mut self) {
        let named = self.links.iter().filter(|link| has_model_name(&link.path, true));
        let models: BTreeSet<PathBuf> = named.map(FoundLink::absolute_target).collect();
        for model in self.models.iter_mut().filter(|model| model.is_in_hub && !model.may_share) {
            model.may_share = models.contains(&model.path);
        }
    }
}

impl FoundLink {
    /// Where it leads, by the text alone.
    pub(crate) fn absolute_target(&self) -> PathBuf {
        crate::merge::lexically_normal(&self.path.parent().unwrap_or(&self.path).join(&self.target))
    }
}

struct Walk<'a> {
    root: &'a Root,
    owner: usize,
    scan: Scan,
    files: &'a AtomicU64,
    watch: &'a Watch<'a>,
}

impl Walk<'_> {
    fn root_entry(&mut self) {
        let path = self.root.path.clone();
        let place = Place {
            class: self.root.class,
            is_environment: false,
            is_hub: name_of(&path).is_some_and(is_hub_repository),
            is_git: false,
        };
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => self.folders(path, place),
            Ok(metadata) if metadata.is_symlink() => self.link(&path, place),
            Ok(metadata) if metadata.is_file() => self.file(path, Stat::of(&metadata), place),
            Ok(_) => {}
            Err(error) => self.problem(&path, &error),
        }
    }

    fn folders(&mut self, path: PathBuf, place: Place) {
        let mut open = vec![(path, place)];
        while let Some((folder, place)) = open.pop() {
            if self.watch.is_stopped() {
                return;
            }
            match fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
                Ok(entries) => self.folder(&entries, place, &mut open),
                Err(error) => self.problem(&folder, &error),
            }
        }
    }

    fn folder(&mut self, entries: &[DirEntry], mut place: Place, open: &mut Vec<(PathBuf, Place)>) {
        let names: Vec<OsString> = entries.iter().map(DirEntry::file_name).collect();
        if is_environment(&names) {
            place = Place { class: Class::Venv, is_environment: true, ..place };
        }
        for (entry, name) in entries.iter().zip(&names) {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((path, place.below(name))),
                Ok(kind) if kind.is_symlink() => self.link(&path, place),
                Ok(kind) if kind.is_file() => match entry.metadata() {
                    Ok(metadata) => self.file(path, Stat::of(&metadata), place),
                    Err(error) => self.problem(&path, &error),
                },
                Ok(_) => {}
                Err(error) => self.problem(&path, &error),
            }
        }
    }

    fn link(&mut self, path: &Path, place: Place) {
        match fs::read_link(path) {
            Ok(target) => self.scan.links.push(FoundLink {
                path: path.to_owned(),
                target,
                is_in_environment: place.is_environment,
            }),
            Err(error) => self.problem(path, &error),
        }
    }

    fn file(&mut self, path: PathBuf, stat: Stat, place: Place) {
        self.count();
        let is_blob = place.is_hub && path.parent().and_then(name_of) == Some("blobs");
        let has_name = has_model_name(&path, place.is_hub);
        let is_leftover = name_of(&path)
            .is_some_and(|name| is_temporary(name) || (place.is_hub && name.ends_with(".incomplete")));
        let is_model = !place.is_environment
            && !place.is_git
            && (has_name || is_blob)
            && stat.size >= WORTH_SHARING_BYTES;
        let class = if is_model { Class::Models } else { place.class };
        if stat.links > 1 {
            let Stat { dev, ino, disk_bytes, .. } = stat;
            self.scan.several_names.push(Named { dev, ino, disk_bytes, owner: self.owner, class });
        } else {
            *self.scan.bytes.entry((self.owner, class)).or_default() += stat.disk_bytes;
        }
        if is_leftover {
            self.scan.leftovers.push((path, stat));
            return;
        }
        if is_blob {
            self.scan.blobs.push((path.clone(), stat));
        }
        if is_model {
            let owner = self.root.owner.clone();
            self.scan.models.push(Model { path, stat, owner, may_share: has_name, is_in_hub: place.is_hub });
        }
    }

    fn count(&mut self) {
        self.scan.files += 1;
        *self.scan.files_by_owner.entry(self.owner).or_default() += 1;
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        if files.is_multiple_of(FILES_A_TURN) {
            self.watch.tell(Progress::Scanning { files });
        }
    }

    fn problem(&mut self, path: &Path, error: &std::io::Error) {
        // what vanished meanwhile is no problem
        if error.kind() != std::io::ErrorKind::NotFound {
            self.scan.problems.push(Problem { path: path.into(), why: error.to_string() });
        }
    }
}

impl Place {
    fn below(self, name: &OsString) -> Self {
        match name.to_str() {
            Some("node_modules") => Self { class: Class::Venv, is_environment: true, ..self },
            Some(".git") => Self { is_git: true, ..self },
            Some(name) if is_hub_repository(name) => Self { class: Class::Models, is_hub: true, ..self },
            _ => self,
        }
    }
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}
