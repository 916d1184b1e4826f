//! The drive as a whole: merging, conflicts, re-runs, and a kill at every point.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{Drive, DriveError, LinkNote, LinkRequest, Route};

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    fn request(&self, owner: &str, route: &str, folders: &[&str]) -> LinkRequest {
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

    fn link(&self, request: &LinkRequest) -> Vec<LinkNote> {
        Drive::new(self.folder.path()).link(request).unwrap()
    }

    /// Every content in the home, with how often it is there.
    fn contents(&self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        let files = WalkDir::new(self.folder.path())
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file());
        for entry in files {
            *found.entry(fs::read_to_string(entry.path()).unwrap()).or_default() += 1;
        }
        found
    }
}

const OWNER: &str = "https://h/a.git";

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().unwrap().is_symlink()
}

#[test]
fn links_moves_content_and_leaves_links_alone() {
    let home = Home::new();
    home.write("api/a/models/x/one.bin", "one");
    let request = home.request(OWNER, "models", &["api/a/models", "api/a/fresh/models2"]);
    let notes = home.link(&request);
    assert!(notes.iter().all(|note| matches!(note, LinkNote::Linked { .. })), "{notes:?}");
    assert!(is_link(&home.at("api/a/models")) && is_link(&home.at("api/a/fresh/models2")));
    assert!(!fs::read_link(home.at("api/a/models")).unwrap().is_absolute());
    assert_eq!(home.read("api/a/models/x/one.bin").as_deref(), Some("one"));
    home.write("api/a/models/two.bin", "two");
    let again = home.link(&request);
    assert!(again.iter().all(|note| matches!(note, LinkNote::Kept { is_dangling: false, .. })), "{again:?}");
    assert_eq!(home.read("api/a/fresh/models2/two.bin").as_deref(), Some("two"));
    assert!(home.read("pino/drive/done.jsonl").unwrap().lines().count() == 2);
}

#[test]
fn equal_files_become_one_and_different_ones_are_both_kept() {
    let home = Home::new();
    for (app, text) in [("a", "old"), ("b", "new")] {
        home.write(&format!("api/{app}/m/same.bin"), "same");
        home.write(&format!("api/{app}/m/sub/clash.bin"), text);
    }
    home.link(&home.request(OWNER, "m", &["api/a/m"]));
    let mut request = home.request("https://h/b.git", "m", &["api/b/m"]);
    request.peers = vec![OWNER.to_owned()];
    let notes = home.link(&request);
    let conflicts: Vec<_> = notes.iter().filter(|note| matches!(note, LinkNote::Conflict { .. })).collect();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(home.read("api/b/m/sub/clash.bin").as_deref(), Some("old"));
    assert_eq!(home.read("api/a/m/sub/clash.bin.conflict-1").as_deref(), Some("new"));
    assert_eq!(home.read("api/b/m/same.bin").as_deref(), Some("same"));
    assert!(!home.at("api/b/m/same.bin.conflict-1").exists());
}

#[test]
fn kinds_that_clash_are_both_kept() {
    let home = Home::new();
    home.write("api/a/m/x", "a file");
    home.write("api/b/m/x/inner.bin", "in a folder");
    home.link(&home.request(OWNER, "m", &["api/a/m"]));
    let mut request = home.request("https://h/b.git", "m", &["api/b/m"]);
    request.peers = vec![OWNER.to_owned()];
    home.link(&request);
    assert_eq!(home.read("api/a/m/x").as_deref(), Some("a file"));
    assert_eq!(home.read("api/a/m/x.conflict-1/inner.bin").as_deref(), Some("in a folder"));
}

#[test]
fn links_inside_the_folder_go_on_pointing_at_the_same() {
    let home = Home::new();
    home.write("api/a/m/real.bin", "real");
    home.write("api/a/outside.bin", "outside");
    std::os::unix::fs::symlink("real.bin", home.at("api/a/m/inner")).unwrap();
    std::os::unix::fs::symlink("../outside.bin", home.at("api/a/m/outer")).unwrap();
    home.link(&home.request(OWNER, "m", &["api/a/m"]));
    assert_eq!(home.read("api/a/m/inner").as_deref(), Some("real"));
    assert_eq!(home.read("api/a/m/outer").as_deref(), Some("outside"));
    assert_eq!(fs::read_link(home.at("api/a/m/inner")).unwrap(), Path::new("real.bin"));
}

#[test]
fn refuses_circles_files_and_special_files() {
    let home = Home::new();
    let drive = Drive::new(home.folder.path());
    fs::create_dir_all(home.at("drive")).unwrap();
    let circular = drive.link(&home.request(OWNER, "m", &["drive"]));
    assert!(matches!(circular, Err(DriveError::Circular { .. })), "{circular:?}");
    home.write("api/a/file", "text");
    assert!(matches!(
        drive.link(&home.request(OWNER, "m", &["api/a/file"])),
        Err(DriveError::NotAFolder { .. })
    ));
    home.write("api/a/s/keep.bin", "keep");
    let _socket = std::os::unix::net::UnixListener::bind(home.at("api/a/s/socket")).unwrap();
    let special = drive.link(&home.request(OWNER, "s", &["api/a/s"]));
    assert!(matches!(special, Err(DriveError::SpecialFile { .. })));
    assert_eq!(home.read("api/a/s/keep.bin").as_deref(), Some("keep"));
    assert!(!is_link(&home.at("api/a/s")));
}

#[test]
fn a_nested_folder_of_a_linked_one_is_linked_too() {
    let home = Home::new();
    home.write("api/a/models/lora/l.bin", "lora");
    home.link(&home.request(OWNER, "models", &["api/a/models"]));
    home.link(&home.request(OWNER, "loras", &["api/a/models/lora"]));
    assert_eq!(home.read("api/a/models/lora/l.bin").as_deref(), Some("lora"));
    assert!(is_link(&home.at("api/a/models/lora")));
    let again = home.link(&home.request(OWNER, "loras", &["api/a/models/lora"]));
    assert!(matches!(again[..], [LinkNote::Kept { .. }]));
}

#[test]
fn a_kill_at_any_point_loses_nothing_and_the_next_run_completes() {
    let mut point = 0;
    loop {
        let home = Home::new();
        home.write("api/a/m/one.bin", "one");
        home.write("api/a/m/sub/two.bin", "two");
        home.write("api/a/m/clash.bin", "mine");
        home.write("api/b/m/clash.bin", "theirs");
        std::os::unix::fs::symlink("one.bin", home.at("api/a/m/inner")).unwrap();
        home.link(&home.request("https://h/b.git", "m", &["api/b/m"]));
        let mut request = home.request(OWNER, "m", &["api/a/m"]);
        request.peers = vec!["https://h/b.git".to_owned()];
        let ended = Drive::ending_after(home.folder.path(), point).link(&request);
        for content in ["one", "two", "mine", "theirs"] {
            assert!(home.contents().contains_key(content), "{content} is lost at point {point}: {ended:?}");
        }
        if ended.is_ok() {
            assert!(point > 10, "only {point} points");
            break;
        }
        assert!(matches!(ended, Err(DriveError::Ended { .. })), "{ended:?}");
        home.link(&request);
        assert!(is_link(&home.at("api/a/m")), "no link after point {point}: {ended:?}");
        let expected =
            [("one.bin", "one"), ("sub/two.bin", "two"), ("clash.bin", "theirs"), ("inner", "one")];
        for (name, text) in expected.into_iter().chain([("clash.bin.conflict-1", "mine")]) {
            assert_eq!(
                home.read(&format!("api/a/m/{name}")).as_deref(),
                Some(text),
                "{name} after point {point}"
            );
        }
        let counts = home.contents();
        for content in ["one", "two", "mine", "theirs"] {
            assert_eq!(counts[content], 1, "{content} after point {point}: {ended:?}");
        }
        assert!(
            Drive::new(home.folder.path())
                .link(&request)
                .unwrap()
                .iter()
                .all(|note| matches!(note, LinkNote::Kept { .. }))
        );
        point += 1;
    }
}
