//! A kill before every call that changes the disk. Each case runs in a child process, which kills itself with SIGKILL before
//! its k-th such call, for every k until it gets to its end; then everything a person had is still there, and recovery
//! leaves a clean home in which the same command completes.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{fs::symlink, process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::kit::{Home, OWNER};
use crate::{
    Drive, Scope, Store, Watch,
    faults::{KILL_AT, NO_LINKS},
};

pub(super) const CASE: &str = "PINO_DRIVE_TEST_CASE";
pub(super) const HOME: &str = "PINO_DRIVE_TEST_HOME";

/// What the child does.
fn act(case: &str, home: &Path) {
    let (store, watch) = (Store::new(home), Watch::nobody());
    match case {
        "link" => {
            let mut request = request(home);
            request.peers = vec!["https://h/b.git".to_owned()];
            Drive::new(home).link(&request).map(|_| ()).unwrap();
        }
        "dedupe" => store.dedupe(&Scope::default(), &watch).map(|_| ()).unwrap(),
        "undo" => store.undo("last", &watch).map(|_| ()).unwrap(),
        "gc" => store.gc(true, &watch).map(|_| ()).unwrap(),
        "import" => store.import(&home.join("../user"), None, &watch).map(|_| ()).unwrap(),
        "move" => store.relocate(&home.join("api/a"), &home.join("moved/a"), &watch).map(|_| ()).unwrap(),
        // under a fault: an error is an answer too
        "try-dedupe" => drop(store.dedupe(&Scope::default(), &watch)),
        "try-undo" => drop(store.undo("last", &watch)),
        "recover" => store.recover().map(|_| ()).unwrap(),
        _ => unreachable!("{case}"),
    }
}

pub(super) fn request(home: &Path) -> crate::LinkRequest {
    crate::LinkRequest {
        drive_home: home.join("drive"),
        owner: OWNER.to_owned(),
        peers: Vec::new(),
        routes: vec![crate::Route { name: "m".to_owned(), folders: vec![home.join("api/a/m")] }],
    }
}

/// Runs only as a child of the other tests.
#[test]
fn child() {
    if let (Ok(case), Some(home)) = (std::env::var(CASE), std::env::var_os(HOME)) {
        act(&case, Path::new(&home));
    }
}

/// True: it was killed. False: it came to its end.
pub(super) fn is_killed(case: &str, home: &Path, kill_at: Option<u64>, is_linkless: bool) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tests::killing::child", "--nocapture"]);
    command.env(CASE, case).env(HOME, home).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env_remove(KILL_AT).env_remove(NO_LINKS);
    if let Some(kill_at) = kill_at {
        command.env(KILL_AT, kill_at.to_string());
    }
    if is_linkless {
        command.env(NO_LINKS, "1");
    }
    let output = command.output().unwrap();
    let was_killed = output.status.signal() == Some(9);
    assert!(
        was_killed || output.status.success(),
        "{case} {kill_at:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    was_killed
}

/// A home with a little of everything, and a folder of another program beside it.
pub(super) fn home() -> Home {
    let outer = Home::new();
    outer.model("user/Lora/l.safetensors", 'l');
    outer.model("user/Lora/deep/k.safetensors", 'k');
    for (path, letter) in [
        ("home/api/a/m/one.safetensors", '1'),
        ("home/api/a/m/sub/two.safetensors", '2'),
        ("home/api/a/m/clash.gguf", '3'),
        ("home/api/b/m/clash.gguf", '4'),
        ("home/api/b/m/one-again.safetensors", '1'),
        ("home/api/c/one-more.safetensors", '1'),
        ("home/api/c/two-more.safetensors", '2'),
        ("home/drive/store/00/lonely.safetensors", '5'),
    ] {
        outer.model(path, letter);
    }
    outer.write("home/api/a/m/notes.txt", "notes");
    symlink("one.safetensors", outer.at("home/api/a/m/inner")).unwrap();
    outer
}

/// Kills the case before each call. `setup` makes the home what the case needs; `after` looks at the completed home.
fn kill_everywhere(case: &str, is_linkless: bool, setup: impl Fn(&Home), after: impl Fn(&Home)) -> u64 {
    let mut kill_at = 0;
    loop {
        let outer = home();
        setup(&outer);
        let (inner, before) = (outer.at("home"), state(&outer));
        let was_killed = is_killed(case, &inner, Some(kill_at), is_linkless);
        check_contents(&outer, &before, case, kill_at);
        Store::new(&inner).recover().unwrap();
        check_contents(&outer, &before, case, kill_at);
        assert_eq!(outer.remains(), Vec::<PathBuf>::new(), "{case}, killed at {kill_at}");
        let entries = Store::new(&inner).operations().unwrap();
        assert!(entries.iter().all(|entry| !entry.is_unfinished), "{case}, killed at {kill_at}");
        if !was_killed {
            after(&outer);
            return kill_at;
        }
        complete(case, &inner, is_linkless, &outer);
        check_contents(&outer, &before, case, kill_at);
        after(&outer);
        kill_at += 1;
    }
}

/// The same command again, unless recovery has completed it.
fn complete(case: &str, inner: &Path, is_linkless: bool, outer: &Home) {
    let is_done = match case {
        "move" => !outer.at("home/api/a").exists(),
        "undo" => Store::new(inner).plan_undo("last").is_err(),
        _ => false,
    };
    if !is_done {
        assert!(!is_killed(case, inner, None, is_linkless));
    }
}

fn state(outer: &Home) -> BTreeMap<PathBuf, String> {
    outer.seen(&["home/api", "home/drive", "user"])
}

/// Nothing a person had is gone, and a path that leads to something leads to what it led to.
fn check_contents(outer: &Home, before: &BTreeMap<PathBuf, String>, case: &str, kill_at: u64) {
    let contents = outer.contents();
    for (path, content) in before {
        let was_garbage = case == "gc" && content == "model 5";
        assert!(
            was_garbage || contents.contains_key(content),
            "{case}, killed at {kill_at}: {content} of {path:?} is lost"
        );
    }
    if ["dedupe", "undo", "import"].contains(&case) {
        for (path, content) in state(outer) {
            assert!(
                before.get(&path).is_none_or(|was| *was == content),
                "{case}, killed at {kill_at}: {path:?}"
            );
        }
        let now = state(outer);
        let is_folded = |path: &Path| case == "undo" && path.starts_with("user");
        for path in before.keys().filter(|path| !is_folded(path)) {
            let was_imported = path.starts_with("home/drive/drives/imported");
            assert!(
                was_imported || now.contains_key(path),
                "{case}, killed at {kill_at}: {path:?} leads nowhere"
            );
        }
    }
}

fn report(case: &str, calls: u64, at_least: u64) {
    assert!(calls >= at_least, "{case}: only {calls} calls");
    // counts are shown with --no-capture
    let _ = std::io::Write::write_all(
        &mut std::io::stdout(),
        format!("{case}: killed at each of {calls} calls\n").as_bytes(),
    );
}

fn shared(outer: &Home, is_shared: bool) {
    let paths = [
        "home/api/a/m/one.safetensors",
        "home/api/b/m/one-again.safetensors",
        "home/api/c/one-more.safetensors",
    ];
    assert_eq!(outer.inodes(&paths) == 1, is_shared);
}

#[test]
fn link() {
    let calls = kill_everywhere(
        "link",
        false,
        |outer| {
            let inner = outer.at("home");
            let mut theirs = request(&inner);
            "https://h/b.git".clone_into(&mut theirs.owner);
            theirs.routes[0].folders = vec![inner.join("api/b/m")];
            Drive::new(&inner).link(&theirs).unwrap();
        },
        |outer| {
            assert!(outer.at("home/api/a/m").symlink_metadata().unwrap().is_symlink());
            let seen = outer.seen(&["home/api/a/m"]);
            let look =
                |name: &str| seen.get(Path::new("home/api/a/m").join(name).as_path()).map(String::as_str);
            assert_eq!(look("one.safetensors"), Some("model 1"));
            assert_eq!(look("inner"), Some("model 1"));
            assert_eq!(look("clash.gguf"), Some("model 4"));
            assert_eq!(look("clash.gguf.conflict-1"), Some("model 3"));
            assert!(look("clash.gguf.conflict-2").is_none());
        },
    );
    report("link", calls, 25);
}

#[test]
fn link_without_hard_links() {
    let calls = kill_everywhere(
        "link",
        true,
        |_| (),
        |outer| {
            assert!(outer.at("home/api/a/m").symlink_metadata().unwrap().is_symlink());
        },
    );
    report("link by copies", calls, 40);
}

#[test]
fn dedupe_by_hard_links() {
    let calls = kill_everywhere("dedupe", false, |_| (), |outer| shared(outer, true));
    report("dedupe by hard links", calls, 15);
}

#[test]
fn dedupe_by_symlinks() {
    let calls = kill_everywhere(
        "dedupe",
        true,
        |_| (),
        |outer| {
            shared(outer, true);
            assert!(outer.at("home/api/c/one-more.safetensors").symlink_metadata().unwrap().is_symlink());
        },
    );
    report("dedupe by symlinks", calls, 30);
}

#[test]
fn undo_of_dedupe() {
    for is_linkless in [false, true] {
        let setup = |outer: &Home| assert!(!is_killed("dedupe", &outer.at("home"), None, is_linkless));
        let calls = kill_everywhere("undo", false, setup, |outer| shared(outer, false));
        report("undo of dedupe", calls, 15);
    }
}

#[test]
fn undo_of_link() {
    let setup = |outer: &Home| {
        Drive::new(&outer.at("home")).link(&request(&outer.at("home"))).unwrap();
    };
    let calls = kill_everywhere("undo", false, setup, |outer| {
        assert!(!outer.at("home/api/a/m").symlink_metadata().unwrap().is_symlink());
    });
    report("undo of link", calls, 20);
}

#[test]
fn gc() {
    let calls =
        kill_everywhere("gc", false, |_| (), |outer| assert!(!outer.contents().contains_key("model 5")));
    report("gc", calls, 8);
}

#[test]
fn import_and_its_undo() {
    let linked = "home/drive/drives/imported/loras/deep/k.safetensors";
    let calls = kill_everywhere("import", false, |_| (), |outer| assert!(outer.at(linked).exists()));
    report("import", calls, 8);
    let setup = |outer: &Home| act("import", &outer.at("home"));
    let calls = kill_everywhere("undo", false, setup, |outer| assert!(!outer.at(linked).exists()));
    report("undo of import", calls, 6);
}

#[test]
fn moving() {
    let after = |outer: &Home| {
        assert!(!outer.at("home/api/a").exists());
        assert_eq!(outer.seen(&["home/moved/a"]).len(), 5);
    };
    let calls = kill_everywhere("move", false, |_| (), after);
    report("move on one disk", calls, 5);
    // another disk, where there is one
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
    let place = other.path().to_owned();
    let next = std::cell::Cell::new(0);
    let elsewhere = |outer: &Home| {
        next.set(next.get() + 1);
        let there = place.join(next.get().to_string());
        fs::create_dir(&there).unwrap();
        symlink(&there, outer.at("home/moved")).unwrap();
    };
    let calls = kill_everywhere("move", false, elsewhere, after_elsewhere);
    report("move between disks", calls, 5);
}

fn after_elsewhere(outer: &Home) {
    assert!(!outer.at("home/api/a").exists());
    assert_eq!(outer.seen(&["home/moved/a/"]).len(), 5);
}

/// Recovery is killed too, before each of its own calls, after a kill at every third call of the first run.
#[test]
fn recovery_itself() {
    let mut cases = 0;
    for kill_at in (0..).step_by(3) {
        let outer = home();
        let (inner, before) = (outer.at("home"), state(&outer));
        if !is_killed("dedupe", &inner, Some(kill_at), false) {
            break;
        }
        for again_at in 0.. {
            cases += 1;
            let was_killed = is_killed("recover", &inner, Some(again_at), false);
            check_contents(&outer, &before, "dedupe", kill_at);
            if !was_killed {
                break;
            }
        }
        assert_eq!(outer.remains(), Vec::<PathBuf>::new());
        complete("dedupe", &inner, false, &outer);
        shared(&outer, true);
    }
    report("recovery", cases, 20);
}
