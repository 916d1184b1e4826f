//! Downloads killed at random points and disks that fill up: the file ends right, nothing is lost or corrupt.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use support::{Server, serve_file};

const SIZE: usize = 48 << 20;

fn content() -> Vec<u8> {
    (0..SIZE / 4).flat_map(|n| (n as u32).wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// Rounds: few in a normal test run, many when asked for.
fn rounds() -> u64 {
    std::env::var("PINO_SOAK_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// The example `fetch`, which is built with the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().join("examples/fetch")
}

fn fetch(url: &str, target: &Path, connections: u64, notes: &Path) -> Command {
    let mut command = Command::new(program());
    command.args([url, target.to_str().unwrap(), &connections.to_string(), notes.to_str().unwrap()]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).env_clear();
    command
}

/// A number that looks random, the same in each run.
fn scattered(round: u64) -> u64 {
    round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_survives_being_killed_anywhere() {
    let data = content();
    let served = data.clone();
    let server = Server::start(move |request, _| serve_file(request, &served, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let (target, notes) = (folder.path().join("files/f.bin"), folder.path().join("notes"));
    let (mut killed, mut complete) = (0, 0);
    for round in 0..rounds() {
        let url = server.url(&format!("/f.bin?{}", round / 4));
        let mut child = fetch(&url, &target, 1 + round % 4 * 2, &notes).spawn().unwrap();
        // from before the first byte to after the last
        tokio::time::sleep(Duration::from_millis(scattered(round) % 120)).await;
        child.kill().unwrap();
        killed += u64::from(!child.wait().unwrap().success());
        if target.exists() {
            assert!(fs::read(&target).unwrap() == data, "round {round}: the file is corrupt");
            complete += 1;
            fs::remove_file(&target).unwrap();
        }
    }
    let last = fetch(&server.url("/f.bin?last"), &target, 4, &notes).output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    assert!(fs::read(&target).unwrap() == data, "the file is corrupt at the end");
    let left: Vec<_> =
        fs::read_dir(target.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["f.bin"]);
    println_counts(&format!(
        "killed {killed} of {}, complete before that {complete}, lost 0, corrupt 0",
        rounds()
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_loses_nothing() {
    let data = content();
    let served = data.clone();
    let server = Server::start(move |request, _| serve_file(request, &served, "\"1\"")).await;
    for connections in [1, 4] {
        let folder = tempfile::tempdir().unwrap();
        let (target, notes) = (folder.path().join("f.bin"), folder.path().join("notes"));
        let command = fetch(&server.url("/f.bin"), &target, connections, &notes);
        // files may not become larger than this: the same to a program as a full disk
        let limited = Command::new("bash")
            .args(["-c", "trap '' XFSZ; ulimit -f 20480; exec \"$@\"", "limited"])
            .arg(command.get_program())
            .args(command.get_args())
            .output()
            .unwrap();
        assert!(!limited.status.success());
        let said = String::from_utf8_lossy(&limited.stderr).into_owned();
        assert!(said.contains("f.bin"), "{said}");
        assert!(!target.exists());
        let again = fetch(&server.url("/f.bin"), &target, connections, &notes).output().unwrap();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        assert!(fs::read(&target).unwrap() == data);
    }
}

#[expect(clippy::print_stdout, reason = "the counts are what a soak run is for")]
fn println_counts(text: &str) {
    println!("{text}");
}
