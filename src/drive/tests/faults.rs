//! Faults: full disks, kills at any moment, files that change or cannot be read, odd names, loops, very many files.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
        process::{CommandExt as _, ExitStatusExt as _},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{
    killing::{self, CASE, HOME},
    kit::{Home, OWNER, content},
};
use crate::{Drive, Scope, Store, Watch, faults};

/// The disk is full at each call in turn: the command fails or does less, nothing is lost, and once there is room again the
/// same command completes.
#[test]
fn a_full_disk_at_any_call_loses_nothing() {
    for case in ["dedupe", "link", "undo", "gc"] {
        let mut fail_at = 0;
        loop {
            let outer = killing::home();
            let inner = outer.at("home");
            if case == "undo" {
                Store::new(&inner).dedupe(&Scope::default(), &Watch::nobody()).unwrap();
            }
            let before = outer.seen(&["home/api", "user"]);
            faults::fail_at(Some(fail_at));
            let result = attempt(case, &inner);
            let was_hit = !faults::is_failing();
            faults::fail_at(None);
            Store::new(&inner).recover().unwrap();
            let after = outer.seen(&["home/api", "user"]);
            let lost: Vec<_> =
                before.iter().filter(|(_, content)| !after.values().any(|now| now == *content)).collect();
            assert!(lost.is_empty(), "{case}, full at {fail_at}: {lost:?} {result:?}");
            assert_eq!(outer.remains(), Vec::<PathBuf>::new(), "{case}, full at {fail_at}");
            if !was_hit {
                assert!(result.is_ok() && fail_at > 8, "{case} {fail_at} {result:?}");
                break;
            }
            if case != "undo" {
                attempt(case, &inner).unwrap();
            }
            fail_at += 1;
        }
    }
}

fn attempt(case: &str, home: &Path) -> Result<(), crate::DriveError> {
    let (store, watch) = (Store::new(home), Watch::nobody());
    match case {
        "dedupe" => store.dedupe(&Scope::default(), &watch).map(|_| ()),
        "undo" => store.undo("last", &watch).map(|_| ()),
        "gc" => store.gc(false, &watch).map(|_| ()),
        _ => Drive::new(home).link(&killing::request(home)).map(|_| ()),
    }
}

/// A limit on the size of files, as the system enforces it: copies of models end in the middle.
#[test]
fn a_copy_that_does_not_fit_leaves_the_original() {
    let outer = killing::home();
    let inner = outer.at("home");
    Store::new(&inner).dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    let before = outer.seen(&["home/api"]);
    let program = std::env::current_exe().unwrap();
    // `ulimit -f` counts in blocks of 1024 bytes; SIGXFSZ is ignored as by any program that looks at errors
    let script = r#"trap '' XFSZ; ulimit -f 512; exec "$0" --exact tests::killing::child --nocapture"#;
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(program).env(CASE, "try-undo").env(HOME, &inner);
    let output = command.stdout(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(outer.seen(&["home/api"]), before);
    assert_eq!(outer.remains(), Vec::<PathBuf>::new());
    let entries = Store::new(&inner).operations().unwrap();
    assert!(entries.iter().all(|entry| !entry.is_undone), "{entries:?}");
    let report = Store::new(&inner).undo("last", &Watch::nobody()).unwrap();
    assert_eq!(report.failed, 0, "{report:?}");
}

/// SIGKILL from outside after a random time, again and again on one home; `PINO_SOAK_KILLS` says how often.
#[test]
fn random_kills_lose_nothing() {
    let kills: u64 = std::env::var("PINO_SOAK_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    let home = Home::new();
    for number in 0..24 {
        let letter = char::from(b'a' + number % 6);
        home.model(&format!("home/api/app{}/m/{number}.safetensors", number % 4), letter);
    }
    let inner = home.at("home");
    let before = home.seen(&["home/api"]);
    let (mut killed, mut finished) = (0, 0);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    while killed < kills {
        for case in ["dedupe", "undo"] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let after = Duration::from_micros(500 + (seed >> 33) % 30_000);
            if is_killed_after(case, &inner, after) {
                killed += 1;
            } else {
                finished += 1;
            }
            assert_eq!(home.seen(&["home/api"]), before, "after {killed} kills");
        }
    }
    Store::new(&inner).recover().unwrap();
    assert_eq!(home.remains(), Vec::<PathBuf>::new());
    assert_eq!(home.seen(&["home/api"]), before);
    Store::new(&inner).dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    assert_eq!(home.seen(&["home/api"]), before);
    let text =
        format!("random kills: {killed} killed, {finished} finished, 24 of 24 files intact, 0 remains\n");
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

fn is_killed_after(case: &str, home: &Path, after: Duration) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "tests::killing::child", "--nocapture"])
        .env(CASE, format!("try-{case}"))
        .env(HOME, home);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
    // the moment is what is random here; nothing waits for something to have happened
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap().signal() == Some(9)
}

#[test]
fn files_that_change_while_they_are_read_are_told_and_left_alone() {
    let home = Home::new();
    for name in ["one", "two"] {
        home.model(&format!("api/a/{name}.safetensors"), 'a');
        File::options()
            .write(true)
            .open(home.at(&format!("api/a/{name}.safetensors")))
            .unwrap()
            .set_len(64 << 20)
            .unwrap();
    }
    let (path, over) = (home.at("api/a/one.safetensors"), AtomicBool::new(false));
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut at = 0_u64;
            while !over.load(Ordering::Relaxed) {
                use std::os::unix::fs::FileExt as _;
                let file = File::options().write(true).open(&path).unwrap();
                file.write_all_at(&at.to_le_bytes(), 4096 * (at % 512)).unwrap();
                at += 1;
            }
        });
        let report = home.dedupe();
        over.store(true, Ordering::Relaxed);
        report
    });
    assert_eq!(report.operations.iter().map(|operation| operation.done).sum::<usize>(), 0, "{report:?}");
    assert_eq!(home.inodes(&["api/a/one.safetensors", "api/a/two.safetensors"]), 2);
}

/// Runs only as a child, without the rights of root, which may read everything.
#[test]
fn unreadable_child() {
    if let (Ok("unreadable"), Some(home)) = (std::env::var(CASE).as_deref(), std::env::var_os(HOME)) {
        let plan = Store::new(Path::new(&home)).plan_dedupe(&Scope::default(), &Watch::nobody()).unwrap();
        assert_eq!(plan.groups.len(), 1, "{plan:?}");
        assert_eq!(plan.problems.len(), 2, "{plan:?}");
        let gc = Store::new(Path::new(&home)).plan_gc(false, &Watch::nobody()).unwrap();
        assert!(gc.unneeded.is_empty(), "a link may be hidden: {gc:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_goes_on() {
    let home = Home::new();
    for name in ["one", "two", "closed"] {
        home.model(&format!("api/a/{name}.safetensors"), 'a');
    }
    home.model("drive/store/ab/ab.safetensors", 's');
    home.model("api/b/hidden/x.safetensors", 'x');
    let mode =
        |path: &str, mode| fs::set_permissions(home.at(path), fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir_all(home.at("pino")).unwrap();
    for path in ["", "pino"] {
        mode(path, 0o777);
    }
    mode("api/a/closed.safetensors", 0);
    mode("api/b/hidden", 0);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "tests::faults::unreadable_child", "--nocapture"])
        .env(CASE, "unreadable")
        .env(HOME, home.path());
    if rustix::process::geteuid().is_root() {
        command.uid(65_534);
    }
    let output = command.output();
    mode("api/b/hidden", 0o755);
    // a test program below a private folder cannot be started by somebody else
    if let Ok(output) = output {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn odd_names_and_loops_are_nothing_special() {
    let home = Home::new();
    let odd = |letter: &str| {
        let name = [b"new\nline \xff\x1b[31m".as_slice(), letter.as_bytes(), b".safetensors"].concat();
        home.at("api/a").join(std::ffi::OsStr::from_bytes(&name))
    };
    home.write("api/a/x", "");
    fs::write(odd("1"), content('a')).unwrap();
    fs::write(odd("2"), content('a')).unwrap();
    symlink(".", home.at("api/a/loop")).unwrap();
    symlink("b", home.at("api/a/c")).unwrap();
    symlink("c", home.at("api/a/b")).unwrap();
    symlink(home.path(), home.at("api/up")).unwrap();
    let report = home.dedupe();
    assert_eq!(report.operations[0].done, 1, "{report:?}");
    assert_eq!(fs::read(odd("1")).unwrap(), content('a').into_bytes());
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains("\"hex\"") && !text.contains('\n'));
    assert_eq!(home.undo("last").done, 1);
    home.link(&home.request(OWNER, "m", &["api/a"]));
    assert_eq!(fs::read(odd("2")).unwrap(), content('a').into_bytes());
    let links = home.store().links(false, &Watch::nobody()).unwrap();
    assert!(links.circular >= 2, "{links:?}");
}

/// Very many files: seen once each, and the index takes their hashes from one run to the next.
#[test]
fn a_hundred_thousand_files() {
    let home = Home::new();
    let hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    for folder in 0..100 {
        let path = home.at(&format!("api/app{}/m{folder}", folder % 10));
        fs::create_dir_all(&path).unwrap();
        for number in 0..1000 {
            let file = File::create(path.join(format!("{number}.safetensors"))).unwrap();
            if number < 5 {
                // holes take no room
                file.set_len((1 << 20) + folder).unwrap();
                file.set_modified(hour_ago).unwrap();
            }
        }
    }
    let plan = home.store().plan_dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    assert!(plan.files >= 100_000 && plan.models == 500 && plan.groups.len() == 100, "{}", plan.files);
    let again = home.store().plan_dedupe(&Scope::default(), &Watch::nobody()).unwrap();
    assert_eq!(again.groups.len(), 100);
    assert_eq!(home.store().status(None, &Watch::nobody()).unwrap().store.indexed, 500);
}
