//! `fs.link` as a whole: merging, conflicts, re-runs, undoing.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{fs, path::Path};

use super::kit::{Home, OWNER, is_link};
use crate::{Drive, DriveError, LinkNote};

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
    assert_eq!(home.store().operations().unwrap().len(), 2);
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
    let drive = Drive::new(home.path());
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
fn a_linked_folder_can_become_a_folder_again() {
    let home = Home::new();
    home.write("api/b/m/clash.bin", "theirs");
    home.write("api/a/m/clash.bin", "mine");
    home.write("api/a/m/sub/one.bin", "one");
    std::os::unix::fs::symlink("sub/one.bin", home.at("api/a/m/inner")).unwrap();
    home.link(&home.request("https://h/b.git", "m", &["api/b/m"]));
    let mut request = home.request(OWNER, "m", &["api/a/m"]);
    request.peers = vec!["https://h/b.git".to_owned()];
    home.link(&request);
    home.write("api/a/m/later.bin", "later");
    let report = home.undo("last");
    assert_eq!((report.done, report.failed), (1, 0), "{report:?}");
    assert!(!is_link(&home.at("api/a/m")));
    for (name, text) in [("clash.bin", "mine"), ("sub/one.bin", "one"), ("inner", "one")] {
        assert_eq!(home.read(&format!("api/a/m/{name}")).as_deref(), Some(text), "{name}");
    }
    assert_eq!(home.read("api/b/m/later.bin").as_deref(), Some("later"), "the drive keeps everything");
    assert_eq!(home.read("api/b/m/clash.bin").as_deref(), Some("theirs"));
    home.write("api/a/m/clash.bin", "changed");
    assert_eq!(home.read("api/b/m/clash.bin.conflict-1").as_deref(), Some("mine"), "copies, not names");
    assert!(matches!(home.store().undo("last", &crate::Watch::nobody()), Ok(report) if report.done == 1));
    assert!(!is_link(&home.at("api/b/m")));
}

#[test]
fn names_that_are_no_text_survive() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    let odd = std::ffi::OsStr::from_bytes(b"line\nbreak \xff.bin");
    fs::create_dir_all(home.at("api/a/m").join(odd)).unwrap();
    fs::write(home.at("api/a/m").join(odd).join(odd), "odd").unwrap();
    home.link(&home.request(OWNER, "m", &["api/a/m"]));
    assert_eq!(fs::read_to_string(home.at("api/a/m").join(odd).join(odd)).unwrap(), "odd");
    home.undo("last");
    assert!(!is_link(&home.at("api/a/m")));
    assert_eq!(fs::read_to_string(home.at("api/a/m").join(odd).join(odd)).unwrap(), "odd");
}
