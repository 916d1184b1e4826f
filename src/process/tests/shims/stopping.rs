//! Stopping with proof through shims, and without them when they were killed.

use std::time::Duration;

use pino_process::{
    Exit, ShellSpec,
    shim::{ShimState, stop},
};

use crate::{
    rig::{Rig, block_on, kill, wait_for, working_in},
    support::{gather, spawn, spec, until},
};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("whatever_hides_is_stopped", whatever_hides_is_stopped),
    ("what_ignores_sigterm_is_killed_after_the_grace", what_ignores_sigterm_is_killed_after_the_grace),
    ("a_label_stops_its_own_shims_only", a_label_stops_its_own_shims_only),
    ("leftovers_keep_the_shim_until_they_are_stopped", leftovers_keep_the_shim_until_they_are_stopped),
    ("orphans_of_a_killed_shim_are_found_and_stopped", orphans_of_a_killed_shim_are_found_and_stopped),
    ("a_shim_told_to_end_stops_its_shell", a_shim_told_to_end_stops_its_shell),
    (
        "a_shim_that_cannot_be_reached_is_stopped_with_its_shell",
        a_shim_that_cannot_be_reached_is_stopped_with_its_shell,
    ),
];

const GRACE: Duration = Duration::from_secs(10);

const HIDING: &[&str] = &[
    "sleep 100 & echo ready; wait",
    "(nohup setsid sleep 100 >/dev/null 2>&1 & ); (sleep 100 &) ; echo ready; sleep 100",
    "env -i setsid nohup sleep 100 >/dev/null 2>&1 & echo ready; wait",
    "sleep 100 & kill -STOP $!; echo ready; wait",
    "(env -i setsid sh -c '(setsid sleep 100 &) ; sleep 100' >/dev/null 2>&1 </dev/null &); sleep 0.1; echo ready; read -r x",
];

fn whatever_hides_is_stopped() {
    for command in HIDING {
        let rig = Rig::new();
        block_on(async {
            let group = rig.group();
            let shell = ShellSpec { cwd: rig.folder.path().to_owned(), ..spec(command) };
            let (handle, mut output) = spawn(&group, shell);
            until(&mut output, "ready").await;
            let (stopped, all) = tokio::join!(group.stop_all(GRACE), gather(output));
            stopped.unwrap_or_else(|error| panic!("{command}: {error}"));
            assert!(all.exit.is_some() && handle.exit().is_some());
        });
        assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new(), "{command}");
        let status = wait_for("the shim ends", || {
            Some(rig.list().remove(0)).filter(|status| status.state == ShimState::Ended)
        });
        assert_eq!(status.stop_reason.as_deref(), Some("it was stopped"));
    }
}

fn what_ignores_sigterm_is_killed_after_the_grace() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let shell = ShellSpec {
            cwd: rig.folder.path().to_owned(),
            ..spec("trap '' TERM HUP; echo ready; while :; do sleep 0.05; done")
        };
        let (handle, mut output) = spawn(&group, shell);
        until(&mut output, "ready").await;
        let (stopped, _) = tokio::join!(handle.stop(Duration::from_millis(300)), gather(output));
        stopped.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(handle.exit(), Some(Exit { code: None }));
    });
    assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new());
}

fn a_label_stops_its_own_shims_only() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let labelled = |label: &str| ShellSpec { label: label.to_owned(), ..spec("echo ready; sleep 100") };
        let (one, mut first) = spawn(&group, labelled("a"));
        let (two, mut second) = spawn(&group, labelled("b"));
        until(&mut first, "ready").await;
        until(&mut second, "ready").await;
        let (stopped, _) = tokio::join!(group.stop_label("a", GRACE), gather(first));
        stopped.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((one.exit().is_some(), two.exit()), (true, None));
        assert_eq!(group.labelled("b").len(), 1);
        let (stopped, _) = tokio::join!(group.stop_all(GRACE), gather(second));
        stopped.unwrap_or_else(|error| panic!("{error}"));
    });
}

fn leftovers_keep_the_shim_until_they_are_stopped() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let command = "(env -i setsid sleep 100 >/dev/null 2>&1 </dev/null &); sleep 0.1; echo ready";
        let (handle, output) =
            spawn(&group, ShellSpec { cwd: rig.folder.path().to_owned(), ..spec(command) });
        assert_eq!(gather(output).await.exit, Some(Exit { code: Some(0) }));
        let status = rig.list().remove(0);
        assert_eq!((status.state, status.processes.len()), (ShimState::Leftover, 1), "{status:?}");
        assert_eq!(status.exit, handle.exit());
        group.stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
    });
    assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new());
}

fn orphans_of_a_killed_shim_are_found_and_stopped() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let command = "trap '' HUP; (env -i setsid sleep 100 >/dev/null 2>&1 </dev/null &); (setsid nohup sleep 100 >/dev/null 2>&1 &); echo ready; sleep 100";
        let (handle, mut output) =
            spawn(&group, ShellSpec { cwd: rig.folder.path().to_owned(), ..spec(command) });
        until(&mut output, "ready").await;
        let status = rig.list().remove(0);
        kill(status.shim.pid);
        assert_eq!(gather(output).await.exit, Some(Exit { code: None }), "how it ended is unknown");
        let status = wait_for("it is missed", || {
            Some(rig.list().remove(0)).filter(|status| status.state == ShimState::Orphaned)
        });
        assert!(!status.processes.is_empty() && handle.exit().is_some());
        let report = stop(&rig.dir(), &status.id, GRACE).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(!report.pids.is_empty());
        assert_eq!(rig.list().remove(0).state, ShimState::Lost);
        group.stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
    });
    assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new());
}

fn a_shim_told_to_end_stops_its_shell() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let (_handle, mut output) = spawn(&group, spec("echo ready; sleep 100"));
        until(&mut output, "ready").await;
        let status = rig.list().remove(0);
        let pid = rustix::process::Pid::from_raw(status.shim.pid).unwrap_or_else(|| panic!("no pid"));
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(gather(output).await.exit, Some(Exit { code: None }));
    });
    let status = wait_for("the shim ends", || {
        Some(rig.list().remove(0)).filter(|status| status.state == ShimState::Ended)
    });
    assert_eq!(status.stop_reason.as_deref(), Some("the shim was told to end"));
}

fn a_shim_that_cannot_be_reached_is_stopped_with_its_shell() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let command = "trap '' HUP; (setsid sleep 100 >/dev/null 2>&1 &); echo ready; sleep 100";
        let (_handle, mut output) =
            spawn(&group, ShellSpec { cwd: rig.folder.path().to_owned(), ..spec(command) });
        until(&mut output, "ready").await;
        let status = rig.list().remove(0);
        std::fs::remove_file(rig.dir().join(&status.id).join("sock"))
            .unwrap_or_else(|error| panic!("{error}"));
        let report = stop(&rig.dir(), &status.id, GRACE).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(!report.pids.is_empty() && !status.shim.is_alive());
    });
    assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new());
}
