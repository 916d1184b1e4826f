//! Broken on purpose, with counts: killed starters and shims at random points, floods, garbage, listeners that do not listen.

use std::{
    io::{Read as _, Write as _},
    time::Duration,
};

use pino_process::{
    Exit, LogPlace, Output, ShellSpec, listening_ports,
    shim::{ShimState, remove_ended, stop},
    socket, sweep,
};

use crate::{
    living::{starter, starter_process},
    rig::{LIMIT, Rig, block_on, kill, random, read_log, rounds, wait_for, working_in},
    support::{gather, next, spawn, spec, until},
};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a_starter_killed_at_any_point_loses_nothing", a_starter_killed_at_any_point_loses_nothing),
    ("a_shim_killed_at_any_point_leaves_nothing_unseen", a_shim_killed_at_any_point_leaves_nothing_unseen),
    ("a_line_of_200_mb_passes", a_line_of_200_mb_passes),
    ("binary_garbage_is_kept_as_it_is", binary_garbage_is_kept_as_it_is),
    ("garbage_on_the_socket_harms_nobody", garbage_on_the_socket_harms_nobody),
    ("who_does_not_listen_holds_up_nobody", who_does_not_listen_holds_up_nobody),
    ("many_quick_shells_leave_nothing", many_quick_shells_leave_nothing),
    ("what_a_killed_run_left_is_swept", what_a_killed_run_left_is_swept),
    ("a_full_disk_stops_nobody", a_full_disk_stops_nobody),
    ("a_limit_on_files_stops_nobody", a_limit_on_files_stops_nobody),
];

const GRACE: Duration = Duration::from_secs(10);
const COUNTING: &str = "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); sleep 0.001; done; exit 3";

fn a_starter_killed_at_any_point_loses_nothing() {
    let (mut found, rounds) = (0, rounds());
    for _ in 0..rounds {
        let rig = Rig::new();
        let mut child = starter_process(&rig, &[COUNTING, COUNTING]);
        std::thread::sleep(Duration::from_micros(random(60_000)));
        child.kill().unwrap_or_else(|error| panic!("{error}"));
        child.wait().unwrap_or_else(|error| panic!("{error}"));
        wait_for("everything ends", || {
            (working_in(rig.folder.path()).is_empty()
                && rig.list().iter().all(|status| status.state == ShimState::Ended))
            .then_some(())
        });
        for status in rig.list() {
            assert_eq!(status.exit, Some(Exit { code: Some(3) }), "{status:?}");
            let text = block_on(read_log(&rig.dir(), &status.id, LogPlace::Start, false));
            let wanted: Vec<_> = (0..60).map(|number| format!("line {number}")).collect();
            assert_eq!(text.lines().collect::<Vec<_>>(), wanted, "no gap");
            found += 1;
        }
    }
    told(&format!("{rounds} starters killed, {found} shells lived on, 0 lines lost, 0 exit codes lost"));
}

fn a_shim_killed_at_any_point_leaves_nothing_unseen() {
    let (mut orphaned, rounds) = (0, rounds());
    for _ in 0..rounds {
        let rig = Rig::new();
        block_on(async {
            let group = rig.group();
            let command = "(trap '' HUP; setsid sleep 100 >/dev/null 2>&1 </dev/null &); trap '' HUP; while :; do echo x; sleep 0.001; done";
            let shell = ShellSpec { cwd: rig.folder.path().to_owned(), ..spec(command) };
            let (_handle, output) = spawn(&group, shell);
            let status = rig.list().remove(0);
            tokio::time::sleep(Duration::from_micros(random(30_000))).await;
            kill(status.shim.pid);
            assert_eq!(gather(output).await.exit, Some(Exit { code: None }));
            let status = wait_for("it is missed", || {
                Some(rig.list().remove(0)).filter(|status| status.state != ShimState::Running)
            });
            orphaned += usize::from(status.state == ShimState::Orphaned);
            stop(&rig.dir(), &status.id, GRACE).await.unwrap_or_else(|error| panic!("{error}"));
        });
        assert_eq!(working_in(rig.folder.path()), Vec::<i32>::new());
        assert_eq!(rig.list().remove(0).state, ShimState::Lost);
        assert_eq!(remove_ended(&rig.dir(), Duration::ZERO).map(|ids| ids.len()).ok(), Some(1));
    }
    told(&format!("{rounds} shims killed, {orphaned} left programs, all found and stopped, 0 left"));
}

fn a_line_of_200_mb_passes() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let command = "stty -opost; head -c 200000000 /dev/zero | tr '\\0' x; echo; echo done; read -r x";
        let (handle, mut output) = spawn(&group, spec(command));
        let (mut bytes, mut tail) = (0, String::new());
        while !tail.ends_with("done\n") {
            match next(&mut output).await {
                Some(Output::Text(text)) => {
                    bytes += text.len();
                    tail.push_str(&text[text.floor_char_boundary(text.len().saturating_sub(20))..]);
                    tail = tail.split_off(tail.len().saturating_sub(20));
                }
                Some(_) => {}
                None => panic!("closed after {bytes} bytes"),
            }
        }
        assert_eq!(bytes, 200_000_000 + "\ndone\n".len());
        let status = rig.list().remove(0);
        assert_eq!((status.log_bytes, status.log_lost_bytes), (bytes as u64, 0));
        let peak_kb = peak_kb(status.shim.pid);
        assert!(peak_kb < 40 * 1024, "the shim took {peak_kb} KiB");
        let kept: u64 = std::fs::read_dir(rig.dir().join(&status.id))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.metadata().ok())
            .map(|data| data.len())
            .sum();
        assert!(kept < 80 * 1024 * 1024, "{kept} bytes on the disk");
        handle.write(b"\n").await.unwrap_or_else(|error| panic!("{error}"));
        gather(output).await;
        told(&format!("200 MB in one line: all heard, {kept} bytes kept, shim's peak {peak_kb} KiB"));
    });
}

fn peak_kb(pid: i32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(u64::MAX)
}

fn binary_garbage_is_kept_as_it_is() {
    let rig = Rig::new();
    let copy = rig.folder.path().join("copy");
    block_on(async {
        let group = rig.group();
        let command = format!("stty raw -echo; head -c 3000000 /dev/urandom | tee {}", copy.display());
        let (handle, output) = spawn(&group, spec(&command));
        let id = handle.shim_id().unwrap_or_default().to_owned();
        assert_eq!(gather(output).await.exit, Some(Exit { code: Some(0) }));
        wait_for("it ends", || (rig.list()[0].state == ShimState::Ended).then_some(()));
        let mut log = Vec::new();
        let mut segment = std::fs::File::open(rig.dir().join(id).join(format!("log-{:020}", 0)))
            .unwrap_or_else(|error| panic!("{error}"));
        segment.read_to_end(&mut log).unwrap_or_else(|error| panic!("{error}"));
        assert!(log == std::fs::read(&copy).unwrap_or_default(), "{} bytes", log.len());
    });
}

fn garbage_on_the_socket_harms_nobody() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let (handle, mut output) = spawn(&group, spec("echo ready; read -r x; echo \"<$x>\""));
        until(&mut output, "ready").await;
        let path = rig.dir().join(handle.shim_id().unwrap_or_default()).join("sock");
        let mut open = Vec::new();
        for round in 0..100_u32 {
            let mut stream = socket::connect(&path).unwrap_or_else(|error| panic!("{error}"));
            stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap_or_else(|error| panic!("{error}"));
            let bytes: Vec<u8> = match round % 5 {
                0 => (0..random(5_000)).map(|_| random(256) as u8).collect(),
                1 => [u32::MAX.to_le_bytes(), 7_u32.to_le_bytes()].concat(),
                2 => [&9_u32.to_le_bytes()[..], &0_u32.to_le_bytes(), b"{\"op\":1}}"].concat(),
                3 => vec![1, 0], // never goes on
                _ => Vec::new(),
            };
            stream.write_all(&bytes).ok(); // it may be thrown out while it writes
            if open.len() < 40 && round % 5 == 3 {
                open.push(stream);
            }
        }
        assert_eq!(rig.list().remove(0).state, ShimState::Running);
        handle.write(b"still here\n").await.unwrap_or_else(|error| panic!("{error}"));
        assert!(gather(output).await.text.contains("<still here>"));
    });
}

fn who_does_not_listen_holds_up_nobody() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let (handle, output) = spawn(&group, spec("read -r x; head -c 30000000 /dev/zero; exit 6"));
        let path = rig.dir().join(handle.shim_id().unwrap_or_default()).join("sock");
        let header = br#"{"op":"attach","from":"start","follow":true,"pace":true}"#;
        let frame = [&(header.len() as u32).to_le_bytes()[..], &0_u32.to_le_bytes(), header].concat();
        let mut deaf = Vec::new();
        for _ in 0..3 {
            let mut stream = socket::connect(&path).unwrap_or_else(|error| panic!("{error}"));
            stream.write_all(&frame).unwrap_or_else(|error| panic!("{error}"));
            deaf.push(stream);
        }
        handle.write(b"\n").await.unwrap_or_else(|error| panic!("{error}"));
        drop(output); // nor do we
        assert_eq!(handle.wait().await, Exit { code: Some(6) });
    });
}

/// A thousand in a soak.
fn many_quick_shells_leave_nothing() {
    const AT_A_TIME: usize = 8;
    let shells = if rounds() > 20 { 1000 } else { 240 };
    let rig = Rig::new();
    let open_files = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        let group = rig.group();
        gather(spawn(&group, spec("true")).1).await;
        let before = open_files();
        for _ in 0..shells / AT_A_TIME {
            let outputs: Vec<_> = (0..AT_A_TIME)
                .map(|number| spawn(&group, spec(&format!("echo {number}; exit {number}"))).1)
                .collect();
            for (number, output) in outputs.into_iter().enumerate() {
                let all = gather(output).await;
                assert_eq!(all.text, format!("{number}\r\n"));
                assert_eq!(all.exit, Some(Exit { code: Some(number as i32) }));
            }
        }
        group.stop_all(GRACE).await.unwrap_or_else(|error| panic!("{error}"));
        // exits of shims are taken in tasks of their own
        tokio::time::timeout(LIMIT, async {
            while children() > 0 || open_files() > before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{} children, {} files from {before}", children(), open_files()));
    });
    let list = rig.list();
    assert_eq!(list.iter().filter(|status| status.state == ShimState::Ended).count(), shells + 1);
    assert_eq!(remove_ended(&rig.dir(), Duration::ZERO).map(|ids| ids.len()).ok(), Some(shells + 1));
    told(&format!("{shells} shells, 0 processes and 0 descriptors left"));
}

/// Children of ours, zombies too.
fn children() -> usize {
    let text = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    text.split_whitespace().count()
}

fn what_a_killed_run_left_is_swept() {
    let rig = Rig::new();
    let hiding =
        "(trap '' HUP; setsid sleep 100 >/dev/null 2>&1 </dev/null &); sleep 0.05; echo ready; sleep 100";
    let mut child = starter(&rig, &["plain", hiding]);
    wait_for("it hides", || (working_in(rig.folder.path()).len() >= 2).then_some(()));
    assert_eq!(sweep(), 0, "its owner lives");
    kill(child.id() as i32);
    child.wait().unwrap_or_else(|error| panic!("{error}"));
    wait_for("it is swept", || {
        sweep();
        working_in(rig.folder.path()).is_empty().then_some(())
    });
    assert!(listening_ports(&[]).is_empty());
}

fn a_full_disk_stops_nobody() {
    let inside = |script: &str| {
        let own = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let mut command = std::process::Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(own)
            .arg(folder.path());
        command.output().ok().filter(|output| output.status.success()).map(|output| output.stdout)
    };
    if inside("mount -t tmpfs -o size=1m none \"$1\"").is_none() {
        told("skipped: this system lets nobody mount");
        return;
    }
    let text = inside("mount -t tmpfs -o size=1m none \"$1\" && exec \"$0\" full \"$1\"");
    let text = String::from_utf8(text.unwrap_or_else(|| panic!("not all was heard"))).unwrap_or_default();
    assert!(!text.starts_with("0 of"), "the disk was full: {text}");
    told(&text);
}

fn a_limit_on_files_stops_nobody() {
    let own = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 1000; exec \"$0\" full \"$1\""])
        .arg(own)
        .arg(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    told(&String::from_utf8_lossy(&output.stdout));
}

/// Counts are for whoever reads the output of a soak.
fn told(text: &str) {
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).ok();
}
