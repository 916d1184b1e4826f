//! Stopping with proof: programs that ignore signals, hide, or leave children behind.

mod support;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use pino_process::{Exit, ProcessGroup, ShellSpec};
use support::{gather, spawn, spec, until};

/// Runs `command` with `$D` as a folder of its own, waits for `ready`, stops everything, and expects no process in the folder.
async fn stops(command: &str, grace: Duration) -> Duration {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let group = ProcessGroup::new();
    let (_handle, mut output) = spawn(&group, ShellSpec { cwd: folder.path().to_owned(), ..spec(command) });
    until(&mut output, "ready").await;
    assert!(!working_in(folder.path()).is_empty(), "something runs before the stop");
    let started = Instant::now();
    let (stopped, _) = tokio::join!(group.stop_all(grace), gather(output));
    stopped.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(working_in(folder.path()), Vec::<String>::new(), "{command}");
    started.elapsed()
}

/// Processes whose working directory this is.
fn working_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let here = |path: &Path| std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == folder);
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| here(path))
        .map(|path| path.display().to_string())
        .collect()
}

const GRACE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_sleeping_program_ends_at_once() {
    assert!(stops("sleep 100 & echo ready; wait", GRACE).await < GRACE);
}

/// In a container whose PID 1 came from outside, the leader of our session has no number.
#[test]
fn it_works_where_our_session_has_no_number() {
    let inside = |program: &Path, arguments: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]);
        command.arg(program).args(arguments).output()
    };
    if !inside(Path::new("true"), &[]).is_ok_and(|output| output.status.success()) {
        return; // this system lets nobody make a PID namespace
    }
    let own = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let output = inside(&own, &["--exact", "a_sleeping_program_ends_at_once"]);
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn a_program_that_ignores_sigterm_is_killed() {
    stops("trap '' TERM HUP; echo ready; while :; do sleep 0.05; done", Duration::from_millis(300)).await;
}

#[tokio::test]
async fn a_stopped_program_is_ended_too() {
    assert!(stops("sleep 100 & kill -STOP $!; echo ready; wait", GRACE).await < GRACE);
}

#[tokio::test]
async fn a_double_fork_is_found() {
    stops("(nohup setsid sleep 100 >/dev/null 2>&1 & ); (sleep 100 &) ; echo ready; sleep 100", GRACE).await;
}

#[tokio::test]
async fn a_new_session_without_our_environment_is_found() {
    stops("env -i setsid nohup sleep 100 >/dev/null 2>&1 & echo ready; wait", GRACE).await;
}

#[tokio::test]
async fn what_a_finished_shell_left_behind_is_found() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let group = ProcessGroup::new();
    let command = "nohup sleep 100 >/dev/null 2>&1 & (env -i setsid sleep 100 >/dev/null 2>&1 </dev/null &); sleep 0.2; echo ready";
    let (handle, output) = spawn(&group, ShellSpec { cwd: folder.path().to_owned(), ..spec(command) });
    gather(output).await;
    assert_eq!(handle.wait().await, Exit { code: Some(0) });
    assert_eq!(working_in(folder.path()).len(), 2, "both live on after the shell");
    group.stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(working_in(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_label_stops_its_own_shells_only() {
    let group = ProcessGroup::new();
    let (one, mut first) =
        spawn(&group, ShellSpec { label: "a".to_owned(), ..spec("echo ready; sleep 100") });
    let (two, mut second) =
        spawn(&group, ShellSpec { label: "b".to_owned(), ..spec("echo ready; sleep 100") });
    until(&mut first, "ready").await;
    until(&mut second, "ready").await;
    let (stopped, _) = tokio::join!(group.stop_label("a", GRACE), gather(first));
    stopped.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((one.exit().is_some(), two.exit()), (true, None));
    let (stopped, _) = tokio::join!(two.stop(GRACE), gather(second));
    stopped.unwrap_or_else(|error| panic!("{error}"));
    assert!(two.exit().is_some() && group.shells().is_empty());
}

#[tokio::test]
async fn a_shell_killed_from_outside_ends_normally() {
    let group = ProcessGroup::new();
    let (handle, mut output) = spawn(&group, spec("echo ready; sleep 100; echo never"));
    until(&mut output, "ready").await;
    let killed = std::process::Command::new("kill").args(["-9", &handle.pid().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let all = gather(output).await;
    assert_eq!((all.exit, all.text.as_str()), (Some(Exit { code: None }), ""));
    group.stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn an_empty_group_stops_for_free() {
    let started = Instant::now();
    ProcessGroup::new().stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(started.elapsed() < Duration::from_millis(100));
}

#[tokio::test]
async fn captured_programs_belong_to_the_group() {
    let group = ProcessGroup::new();
    let spec = pino_process::CaptureSpec {
        label: "c".to_owned(),
        program: "/bin/sh".into(),
        args: vec!["-c".to_owned(), "cat; echo err >&2; exit 4".to_owned()],
        cwd: "/".into(),
        env: std::collections::BTreeMap::new(),
        input: Some(b"in".to_vec()),
        limit_bytes: 1024,
    };
    let all = group.capture(spec).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (all.stdout.as_slice(), all.stderr.as_slice(), all.code),
        (b"in".as_slice(), b"err\n".as_slice(), Some(4))
    );
}
