//! A home to try things on: small models whose content is known by one letter.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use walkdir::WalkDir;

use crate::{Drive, LinkNote, LinkRequest, Report, Route, Scope, Store, Watch, lock::is_temporary};

pub(super) const OWNER: &str = "https://h/a.git";

pub(super) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn below(folder: &Path) -> Self {
        Self { folder: tempfile::tempdir_in(folder).unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    /// A file worth sharing, an hour old.
    pub(super) fn model(&self, path: &str, letter: char) {
        self.write(path, &content(letter));
        let hour_ago = SystemTime::now() - Duration::from_hours(1);
        File::options().write(true).open(self.at(path)).unwrap().set_modified(hour_ago).unwrap();
    }

    pub(super) fn request(&self, owner: &str, route: &str, folders: &[&str]) -> LinkRequest {
        LinkRequest {
            drive_home: self.at("drive"),
            owner: owner.to_owned(),
            peers: Vec::new(),
            routes: vec![Route {
                name: route.to_owned(),
                folders: folders.iter().map(|path| self.at(path)).collect(),
            }],
        }
    }

    pub(super) fn link(&self, request: &LinkRequest) -> Vec<LinkNote> {
        Drive::new(self.path()).link(request).unwrap()
    }

    pub(super) fn store(&self) -> Store {
        Store::new(self.path())
    }

    pub(super) fn dedupe(&self) -> crate::DedupeReport {
        self.store().dedupe(&Scope::default(), &Watch::nobody()).unwrap()
    }

    pub(super) fn undo(&self, id: &str) -> Report {
        self.store().undo(id, &Watch::nobody()).unwrap()
    }

    /// Every path outside of our own notes and what it leads to, as a person sees it: links followed.
    pub(super) fn seen(&self, below: &[&str]) -> BTreeMap<PathBuf, String> {
        let mut seen = BTreeMap::new();
        for folder in below {
            for entry in WalkDir::new(self.at(folder)).follow_links(true).into_iter().flatten() {
                let name = entry.file_name();
                if entry.file_type().is_file()
                    && name != "drives.json"
                    && !is_temporary(&entry.file_name().to_string_lossy())
                {
                    let relative = entry.path().strip_prefix(self.path()).unwrap().to_owned();
                    seen.insert(relative, short(&fs::read(entry.path()).unwrap()));
                }
            }
        }
        seen
    }

    /// Also on the other disk that some tests move to.
    fn everything(&self) -> impl Iterator<Item = walkdir::DirEntry> {
        let elsewhere = fs::read_link(self.at("home/moved")).ok();
        std::iter::once(self.path().to_owned())
            .chain(elsewhere)
            .flat_map(|root| WalkDir::new(root).into_iter().flatten())
    }

    /// Every content anywhere, hidden or not.
    pub(super) fn contents(&self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for entry in self.everything().filter(|entry| entry.file_type().is_file()) {
            *found.entry(short(&fs::read(entry.path()).unwrap())).or_default() += 1;
        }
        found
    }

    /// What must not be there when nothing is under way.
    pub(super) fn remains(&self) -> Vec<PathBuf> {
        let odd = self.everything().filter(|entry| {
            let name = entry.file_name().to_string_lossy();
            is_temporary(&name)
                || name.ends_with(".aside")
                || name.contains(".pino-")
                || name.ends_with(".new")
        });
        odd.map(|entry| entry.path().to_owned()).collect()
    }

    pub(super) fn inodes(&self, paths: &[&str]) -> usize {
        use std::os::unix::fs::MetadataExt as _;
        let all: BTreeSet<_> = paths.iter().map(|path| fs::metadata(self.at(path)).unwrap().ino()).collect();
        all.len()
    }
}

/// A megabyte and a bit that only this letter has.
pub(super) fn content(letter: char) -> String {
    letter.to_string().repeat((1 << 20) + 7)
}

/// Large contents by their letter, small ones as they are.
fn short(bytes: &[u8]) -> String {
    let is_model = bytes.len() == (1 << 20) + 7 && bytes.iter().all(|byte| *byte == bytes[0]);
    if is_model { format!("model {}", bytes[0] as char) } else { String::from_utf8_lossy(bytes).into_owned() }
}

pub(super) fn is_link(path: &Path) -> bool {
    path.symlink_metadata().unwrap().is_symlink()
}
