//! Sharing as a whole: dedupe, undo, gc, verify, import, moves, and what is left alone.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    fs::{self, File},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
    time::{Duration, SystemTime},
};

use super::kit::{Home, OWNER, content, is_link};
use crate::{DriveError, Scope, Watch};

const ONE: &str = "api/one/models/a.safetensors";
const TWO: &str = "api/two/weights/b.safetensors";
const BLOB: &str = "cache/HF_HOME/hub/models--x--y/blobs/0123";

fn sample() -> Home {
    let home = Home::new();
    home.model(ONE, 'a');
    home.model(TWO, 'a');
    home.model(BLOB, 'a');
    home.model("api/two/weights/other.safetensors", 'o');
    home.model("api/two/weights/settings.bin", 'a');
    home.model("api/two/env/lib/x.pt", 'a');
    home.write("api/two/env/pyvenv.cfg", "");
    fs::create_dir_all(home.at("cache/HF_HOME/hub/models--x--y/snapshots/r")).unwrap();
    symlink("../../blobs/0123", home.at("cache/HF_HOME/hub/models--x--y/snapshots/r/m.bin")).unwrap();
    home
}

#[test]
fn equal_models_become_one_file_and_can_be_parted_again() {
    let home = sample();
    let before = home.seen(&["api", "cache"]);
    let times: Vec<_> = [ONE, TWO].map(|path| fs::metadata(home.at(path)).unwrap().mtime_nsec()).into();
    let plan = home.store().plan_dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    assert_eq!((plan.groups.len(), plan.groups[0].others.len()), (1, 2), "{plan:?}");
    assert!(plan.groups[0].keeper.ends_with(BLOB), "{plan:?}");
    assert!(plan.saves_bytes > 2 << 20);
    assert_eq!(home.inodes(&[ONE, TWO, BLOB]), 3, "a plan changes nothing");
    let report = home.dedupe();
    assert_eq!(report.operations[0].done, 2, "{report:?}");
    assert_eq!(report.saved_bytes, plan.saves_bytes);
    assert_eq!(home.inodes(&[ONE, TWO, BLOB]), 1);
    assert_eq!(fs::metadata(home.at(ONE)).unwrap().permissions().mode() & 0o222, 0, "read-only");
    assert_eq!(home.inodes(&["api/two/weights/settings.bin", "api/two/env/lib/x.pt", ONE]), 3);
    assert_eq!(home.seen(&["api", "cache"]), before);
    assert_eq!(home.dedupe().operations[0].parts.len(), 0, "a second time there is nothing to do");
    let plan = home.store().plan_undo("last").unwrap();
    assert_eq!(plan.parts.len(), 2);
    assert_eq!(home.undo("last").done, 2);
    assert_eq!(home.inodes(&[ONE, TWO, BLOB]), 3);
    assert_eq!(home.seen(&["api", "cache"]), before);
    for (path, time) in [ONE, TWO].into_iter().zip(times) {
        let metadata = fs::metadata(home.at(path)).unwrap();
        assert_eq!((metadata.mtime_nsec(), metadata.permissions().mode() & 0o200), (time, 0o200), "{path}");
    }
    assert!(matches!(home.store().undo("last", &Watch::nobody()), Err(DriveError::UnknownOperation { .. })));
    assert!(home.remains().is_empty());
}

#[test]
fn what_changed_since_or_is_being_written_is_left_alone() {
    let home = sample();
    let writer = File::options().write(true).open(home.at(ONE)).unwrap();
    let report = home.dedupe();
    assert_eq!((report.operations[0].done, report.operations[0].skipped), (1, 1), "{report:?}");
    assert_eq!(home.inodes(&[ONE, BLOB]), 2);
    drop(writer);
    fs::remove_file(home.at(TWO)).unwrap();
    home.write(TWO, "the user's new one");
    let report = home.undo("last");
    assert_eq!((report.done, report.skipped), (0, 1), "{report:?}");
    assert_eq!(home.read(TWO).as_deref(), Some("the user's new one"));
}

#[test]
fn a_cached_hash_is_not_believed_when_files_are_replaced() {
    let home = sample();
    home.store().plan_dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    // the same file, size and time, other content: only the comparison sees it
    let modified = fs::metadata(home.at(ONE)).unwrap().modified().unwrap();
    home.write(ONE, &content('x'));
    File::options().write(true).open(home.at(ONE)).unwrap().set_modified(modified).unwrap();
    let report = home.dedupe();
    assert_eq!((report.operations[0].done, report.operations[0].skipped), (1, 1), "{report:?}");
    assert_eq!(home.read(ONE), Some(content('x')));
    let check = home.store().verify(&Scope::default(), &Watch::nobody()).unwrap();
    assert_eq!(check.damaged.len(), 1, "{check:?}");
    assert!(check.damaged[0].path.ends_with(ONE));
}

#[test]
fn disks_share_through_the_store() {
    let (home, other) = (sample(), Path::new("/dev/shm"));
    let is_other =
        fs::metadata(other).is_ok_and(|there| there.dev() != fs::metadata(home.path()).unwrap().dev());
    if !is_other {
        return;
    }
    let elsewhere = Home::below(other);
    elsewhere.model("three/c.safetensors", 'a');
    elsewhere.model("three/d.safetensors", 'a');
    fs::rename(home.at("api"), home.at("api-here")).unwrap();
    symlink(elsewhere.path(), home.at("api")).unwrap();
    home.model("drive/drives/peers/d1/m/e.safetensors", 'a');
    let report = home.dedupe();
    assert_eq!(report.operations[0].failed, 0, "{report:?}");
    for path in ["three/c.safetensors", "three/d.safetensors"] {
        assert!(is_link(&elsewhere.at(path)) && elsewhere.read(path) == Some(content('a')), "{report:?}");
    }
    let gc = home.store().plan_gc(false, &Watch::nobody()).unwrap();
    assert!(gc.unneeded.is_empty(), "{gc:?}");
    assert!(matches!(
        home.store().check_removable(&home.at("drive/store")),
        Err(DriveError::LinksPointIn { count: 2, .. })
    ));
    let report = home.undo("last");
    assert_eq!(report.failed, 0, "{report:?}");
    assert!(!is_link(&elsewhere.at("three/c.safetensors")));
    assert_eq!(elsewhere.read("three/c.safetensors"), Some(content('a')));
}

#[test]
fn the_store_forgets_what_nobody_uses_but_not_at_once() {
    let home = sample();
    home.model("drive/store/ab/abcd.safetensors", 's');
    home.model("cache/HF_HOME/hub/models--x--y/blobs/unused", 'u');
    let old = SystemTime::now() - Duration::from_hours(24 * 9);
    home.write("api/one/.pino-0011.tmp", "half");
    for path in ["cache/HF_HOME/hub/models--x--y/blobs/unused", "api/one/.pino-0011.tmp"] {
        File::options().write(true).open(home.at(path)).unwrap().set_modified(old).unwrap();
    }
    let before = home.contents();
    let report = home.store().gc(false, &Watch::nobody()).unwrap();
    assert_eq!(report.operations[0].done, 3, "{report:?}");
    assert!(!home.at("drive/store/ab/abcd.safetensors").exists());
    for content in before.keys() {
        assert!(home.contents().contains_key(content), "{content:.20}");
    }
    assert_eq!(home.undo("last").done, 3);
    assert!(home.at("drive/store/ab/abcd.safetensors").exists());
    let report = home.store().gc(true, &Watch::nobody()).unwrap();
    assert_eq!((report.operations[0].done, report.operations[1].failed), (3, 0), "{report:?}");
    assert!(!home.contents().contains_key("model s"));
    assert!(matches!(
        home.store().undo(&report.operations[1].id.clone().unwrap(), &Watch::nobody()),
        Err(DriveError::NotUndoable { .. })
    ));
}

#[test]
fn models_of_other_programs_are_linked_and_never_touched() {
    let (home, user) = (sample(), Home::new());
    user.model("ComfyUI/models/Lora/l.safetensors", 'l');
    user.model(".cache/huggingface/hub/models--m--n/blobs/77", 'h');
    user.write(".cache/huggingface/hub/models--m--n/refs/main", "r");
    fs::create_dir_all(user.at(".cache/huggingface/hub/models--m--n/snapshots/r")).unwrap();
    symlink("../../blobs/77", user.at(".cache/huggingface/hub/models--m--n/snapshots/r/w.safetensors"))
        .unwrap();
    let before = user.contents();
    home.link(&home.request(OWNER, "loras", &["api/one/loras"]));
    let places = home.store().importable(user.path());
    assert_eq!(places.len(), 2, "{places:?}");
    for place in &places {
        let report = home.store().import(place, None, &Watch::nobody()).unwrap();
        assert!(report.done > 0 && report.failed == 0, "{report:?}");
    }
    assert_eq!(home.read("api/one/loras/l.safetensors"), Some(content('l')));
    let weights = "cache/HF_HOME/hub/models--m--n/snapshots/r/w.safetensors";
    assert_eq!(home.read(weights), Some(content('h')));
    home.link(&home.request("https://h/later.git", "loras", &["api/later/loras"]));
    assert_eq!(home.read("api/later/loras/l.safetensors"), Some(content('l')), "a later app finds it too");
    assert_eq!(user.contents(), before);
    let entries = home.store().operations().unwrap();
    let imports: Vec<_> = entries.iter().filter(|entry| entry.kind == crate::Kind::Import).collect();
    for entry in imports.iter().rev() {
        assert_eq!(home.undo(&entry.id).failed, 0);
    }
    assert!(!home.at(weights).exists() && !home.at("api/one/loras/l.safetensors").exists());
    assert_eq!(user.contents(), before);
    assert!(matches!(home.store().plan_import(home.path(), None), Err(DriveError::Circular { .. })));
    assert!(matches!(home.store().plan_import(&user.at("no"), None), Err(DriveError::File { .. })));
}

#[test]
fn moves_are_verified_and_can_be_taken_back() {
    let home = sample();
    let store = home.store();
    let watch = Watch::nobody();
    assert!(matches!(store.relocate(&home.at("no"), &home.at("x"), &watch), Err(DriveError::Missing { .. })));
    assert!(matches!(store.relocate(&home.at(ONE), &home.at(TWO), &watch), Err(DriveError::Exists { .. })));
    let inside = home.at("api/one/models/deep");
    assert!(matches!(store.relocate(&home.at("api/one"), &inside, &watch), Err(DriveError::Circular { .. })));
    store.relocate(&home.at("api/one/models"), &home.at("moved/here"), &watch).unwrap();
    assert_eq!(home.read("moved/here/a.safetensors"), Some(content('a')));
    home.undo("last");
    assert_eq!(home.read(ONE), Some(content('a')));
    home.link(&home.request(OWNER, "m", &["api/one/models"]));
    let drive = home.at("drive/drives/peers");
    assert!(matches!(store.relocate(&drive, &home.at("x"), &watch), Err(DriveError::LinksPointIn { .. })));
    let removal = store.removal(&drive).unwrap();
    assert_eq!((removal.links_in.len(), removal.files), (1, 1));
    store.check_removable(&home.at("api/one")).unwrap();
}

#[test]
fn the_space_report_adds_up() {
    let home = sample();
    home.dedupe();
    let status = home.store().status(None, &Watch::nobody()).unwrap();
    let name = |space: &crate::OwnerSpace| serde_json::to_value(&space.owner).unwrap()["name"].clone();
    let two = status.owners.iter().find(|space| name(space) == "two").unwrap();
    assert!(two.shared_bytes > 1 << 20 && two.own_bytes > 3 << 20, "{two:?}");
    assert!(two.bytes.venv > 1 << 20 && two.bytes.models > 2 << 20 && two.bytes.app > 1 << 20, "{two:?}");
    let classes = status.by_class;
    assert_eq!(classes.app + classes.venv + classes.cache + classes.models, status.bytes);
    let owned: u64 = status.owners.iter().map(|space| space.own_bytes).sum();
    assert!(owned < status.bytes && status.store.indexed >= 3, "{status:?}");
    let removal = home.store().removal(&home.at("api/one")).unwrap();
    assert!(removal.frees_bytes < 1 << 20 && removal.kept_bytes > 1 << 20, "{removal:?}");
}
