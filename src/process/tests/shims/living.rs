//! What works through a shim as it does without one, and what goes on when the starter is gone.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use pino_process::{
    Exit, LogPlace, Output, ProcessGroup, ResourceLimits, ShellMode, ShellSpec,
    shim::{Attachment, Piece, ShimState, remove_ended},
};

use crate::{
    rig::{Rig, block_on, kill, read_log, wait_for},
    support::{gather, next, spawn, spec, until},
};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("output_activation_and_exit_are_as_without", output_activation_and_exit_are_as_without),
    ("input_size_and_prompts_are_as_without", input_size_and_prompts_are_as_without),
    ("what_cannot_start_says_so", what_cannot_start_says_so),
    ("a_killed_starter_costs_nothing", a_killed_starter_costs_nothing),
    ("a_log_is_read_from_any_place", a_log_is_read_from_any_place),
    ("many_listeners_hear_the_same", many_listeners_hear_the_same),
    ("peaks_ports_and_limits_are_known", peaks_ports_and_limits_are_known),
    ("the_folder_is_for_the_owner_alone", the_folder_is_for_the_owner_alone),
];

fn output_activation_and_exit_are_as_without() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let activation = vec!["echo preparing; export FOO=bar".to_owned()];
        let command = r"echo $FOO; test -t 1 && echo terminal; printf 'a\xe2\x82\xacb\xff'; exit 7";
        let (handle, output) = spawn(&group, ShellSpec { activation, ..spec(command) });
        assert!(handle.shim_id().is_some());
        let all = gather(output).await;
        assert_eq!((all.setup.as_str(), all.started), ("preparing\n", true));
        assert_eq!(all.text, "bar\r\nterminal\r\na€b\u{fffd}");
        assert_eq!((all.exit, handle.wait().await), (Some(Exit { code: Some(7) }), Exit { code: Some(7) }));
        assert_eq!(gather(spawn(&group, spec("kill -9 $$")).1).await.exit, Some(Exit { code: None }));
        let asks = r#"IFS= read -rs -t 10 -d R -p $'\e[6n' answer; printf '%q' "${answer#?}""#;
        assert_eq!(gather(spawn(&group, spec(asks)).1).await.text, r"\[1\;1");
        for _ in 0..10 {
            let all = gather(spawn(&group, spec("seq 1 200; printf end")).1).await;
            assert_eq!((all.text.lines().count(), all.text.ends_with("end")), (201, true));
        }
        let failed = ShellSpec { activation: vec!["echo no; false".to_owned()], ..spec("echo hi") };
        let all = gather(spawn(&group, failed).1).await;
        assert_eq!((all.setup.as_str(), all.text.as_str(), all.started), ("no\n", "", false));
    });
    wait_for("all shims end", || {
        rig.list().iter().all(|status| status.state == ShimState::Ended).then_some(())
    });
}

fn input_size_and_prompts_are_as_without() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let command = "echo ask; read -r answer; echo \"<$answer>\"; stty size; stty -icanon -echo min 1; echo ready; head -c 300000 | wc -c";
        let (handle, mut output) = spawn(&group, spec(command));
        until(&mut output, "ask").await;
        handle.resize(120, 40).unwrap_or_else(|error| panic!("{error}"));
        wait_for_size(handle.pid(), (120, 40)).await;
        handle.write(b"yes\n").await.unwrap_or_else(|error| panic!("{error}"));
        let seen = until(&mut output, "ready").await;
        assert!(seen.contains("<yes>") && seen.contains("40 120"), "{seen}");
        handle.write(&vec![b'x'; 300_000]).await.unwrap_or_else(|error| panic!("{error}"));
        until(&mut output, "300000").await;
        handle.wait().await;
        assert!(handle.write(b"x").await.is_err());

        let persistent =
            ShellSpec { id: "p".to_owned(), mode: ShellMode::Persistent, ..spec("x=1; echo first") };
        let (handle, mut output) = spawn(&group, persistent);
        assert_eq!(next(&mut output).await, Some(Output::Started));
        assert_eq!(until(&mut output, "first").await, "first\r\n");
        assert_eq!(next(&mut output).await, Some(Output::Idle));
        handle.write(b"echo second $x\n").await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(until(&mut output, "second").await, "second 1\r\n");
        assert_eq!(next(&mut output).await, Some(Output::Idle));
        let (stopped, rest) = tokio::join!(handle.stop(Duration::from_secs(10)), gather(output));
        stopped.unwrap_or_else(|error| panic!("{error}"));
        assert!(rest.exit.is_some() && group.shell("p").is_none());
    });
}

/// A size is told without waiting for it.
async fn wait_for_size(pid: i32, (cols, rows): (u16, u16)) {
    let Ok(terminal) = std::fs::File::open(format!("/proc/{pid}/fd/0")) else { return };
    loop {
        let size = rustix::termios::tcgetwinsize(&terminal).unwrap_or_else(|error| panic!("{error}"));
        if (size.ws_col, size.ws_row) == (cols, rows) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn what_cannot_start_says_so() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let missing = ShellSpec { program: "/no/such/shell".into(), ..spec("true") };
        let error = group.spawn(missing).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("/no/such/shell") && error.contains("No such file"), "{error}");
        let nul = group.spawn(spec("a\0b")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(nul.contains("NUL"), "{nul}");
        let mut home = rig.home("g");
        home.program = "/bin/false".into();
        let error = ProcessGroup::with_shims(home).spawn(spec("true")).err();
        assert!(error.is_some_and(|error| error.to_string().contains("shell")));
    });
    assert!(rig.list().is_empty());
    let group = rig.group();
    assert!(group.spawn(spec("true")).is_err_and(|error| error.to_string().contains("runtime")));
}

/// Starts a process that starts these commands.
pub(crate) fn starter_process(rig: &Rig, commands: &[&str]) -> Child {
    let own = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    Command::new(own)
        .arg("starter")
        .arg(rig.dir())
        .arg(rig.folder.path())
        .args(commands)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The same, and waits until they are up.
pub(crate) fn starter(rig: &Rig, commands: &[&str]) -> Child {
    let mut child = starter_process(rig, commands);
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(line, "up\n");
    child
}

fn a_killed_starter_costs_nothing() {
    let rig = Rig::new();
    let counting = "i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); sleep 0.002; done; exit 3";
    let mut child = starter(&rig, &[counting, "read -r x; exit 5", "sleep 0.1; exit 4"]);
    let by_name = |name: &str| {
        rig.list().into_iter().find(|status| status.shell_id == name).unwrap_or_else(|| panic!("no {name}"))
    };
    wait_for("some lines", || (by_name("shell 0").log_lines > 20).then_some(()));
    kill(child.id() as i32);
    child.wait().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(by_name("shell 1").state, ShimState::Running);
    block_on(async {
        let (group, shells) = ProcessGroup::adopted(rig.home("killed"), LogPlace::Start)
            .unwrap_or_else(|error| panic!("{error}"));
        let mut all = Vec::new();
        for (handle, output) in shells {
            if handle.id() == "shell 1" {
                handle.write(b"go\n").await.unwrap_or_else(|error| panic!("{error}"));
            }
            let id = handle.id().to_owned();
            all.push((id, tokio::spawn(gather(output)), handle));
        }
        for (id, output, handle) in all {
            let gathered = output.await.unwrap_or_else(|error| panic!("{error}"));
            assert!(gathered.started, "{id}: {gathered:?}");
            assert_eq!(gathered.exit, Some(handle.wait().await));
            if id == "shell 0" {
                let lines: Vec<_> = gathered.text.lines().map(str::to_owned).collect();
                let wanted: Vec<_> = (0..400).map(|number| format!("line {number}")).collect();
                assert_eq!(lines, wanted, "no gap");
            }
        }
        assert!(group.shells().is_empty());
    });
    wait_for("all end", || rig.list().iter().all(|status| status.state == ShimState::Ended).then_some(()));
    let codes: Vec<_> = ["shell 0", "shell 1", "shell 2"].map(|name| by_name(name).exit).into();
    assert_eq!(codes, [3, 5, 4].map(|code| Some(Exit { code: Some(code) })));
    assert_eq!(remove_ended(&rig.dir(), Duration::from_hours(1)).map(|ids| ids.len()).ok(), Some(0));
    wait_for("all are removed", || {
        remove_ended(&rig.dir(), Duration::ZERO).unwrap_or_else(|error| panic!("{error}"));
        rig.list().is_empty().then_some(())
    });
}

fn a_log_is_read_from_any_place() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let (handle, mut output) =
            spawn(&group, spec("stty -opost; seq -f 'line %04g' 0 9999; read -r x; echo last"));
        until(&mut output, "line 9999").await;
        let id = handle.shim_id().unwrap_or_default().to_owned();
        let text = async |from| read_log(&rig.dir(), &id, from, false).await;
        assert_eq!(text(LogPlace::Start).await.lines().count(), 10_000);
        assert!(text(LogPlace::Line(9_990)).await.starts_with("line 9990\n"));
        assert_eq!(text(LogPlace::LastLines(3)).await, "line 9997\nline 9998\nline 9999\n");
        assert!(text(LogPlace::Byte(10 * 5_000)).await.starts_with("line 5000\n"));
        assert_eq!(text(LogPlace::End).await, "");
        let listener = Attachment::open(&rig.dir(), &id, LogPlace::LastLines(1), true).await;
        let mut listener = listener.unwrap_or_else(|error| panic!("{error}"));
        listener.controls().input(b"x\n").await.unwrap_or_else(|error| panic!("{error}"));
        let (mut heard, mut exit) = (String::new(), None);
        while let Ok(Some(piece)) = listener.next().await {
            match piece {
                Piece::Bytes { bytes, .. } => heard += &String::from_utf8_lossy(&bytes),
                Piece::Ended(ended) => exit = Some(ended),
                _ => {}
            }
        }
        assert!(heard.starts_with("line 9999\n") && heard.ends_with("last\n"), "{heard}");
        assert_eq!(exit, Some(Exit { code: Some(0) }));
        gather(output).await;
        wait_for("the shim is gone", || (rig.list()[0].state == ShimState::Ended).then_some(()));
        assert!(text(LogPlace::LastLines(1)).await.ends_with("last\n"), "from the disk");
        assert_eq!(text(LogPlace::TimeMs(0)).await.lines().next(), Some("line 0000"));
    });
}

fn many_listeners_hear_the_same() {
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let (handle, output) = spawn(&group, spec("read -r x; stty -opost; seq 1 20000"));
        let id = handle.shim_id().unwrap_or_default().to_owned();
        let listeners: Vec<_> = (0..20)
            .map(|_| {
                let (dir, id) = (rig.dir(), id.clone());
                tokio::spawn(async move { read_log(&dir, &id, LogPlace::Start, true).await })
            })
            .collect();
        handle.write(b"\n").await.unwrap_or_else(|error| panic!("{error}"));
        let own = gather(output).await.text;
        assert_eq!(own.lines().count(), 20_001);
        for listener in listeners {
            assert_eq!(listener.await.unwrap_or_else(|error| panic!("{error}")).lines().count(), 20_001);
        }
    });
}

fn peaks_ports_and_limits_are_known() {
    if Command::new("python3").arg("--version").output().is_err() {
        return; // nothing here that listens and takes memory
    }
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        group.set_limits(ResourceLimits { open_files: Some(77), ..ResourceLimits::default() });
        let command = r#"ulimit -n; exec python3 -c '
import socket,sys
s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen()
b=bytearray(64*1024*1024)
for i in range(0,len(b),4096): b[i]=1
print("port", s.getsockname()[1], flush=True); sys.stdin.readline()'"#;
        let (handle, mut output) = spawn(&group, spec(command));
        let seen = until(&mut output, "port").await;
        assert!(seen.starts_with("77\r\n"), "{seen}");
        let status = rig.list().remove(0);
        assert_eq!(status.ports.len(), 1, "{status:?}");
        assert!(status.peak_rss_bytes >= 64 * 1024 * 1024 && status.processes.len() == 1);
        assert_eq!((status.label.as_str(), status.group.as_str()), ("test", "g"));
        handle.write(b"\n").await.unwrap_or_else(|error| panic!("{error}"));
        gather(output).await;
    });
    let status =
        wait_for("it ends", || Some(rig.list().remove(0)).filter(|status| status.state == ShimState::Ended));
    assert!(status.cpu_ms > 0 && status.exit == Some(Exit { code: Some(0) }));
}

fn the_folder_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::new();
    block_on(async {
        let group = rig.group();
        let mut secret = spec("read -r x");
        secret.env.insert("TOKEN".to_owned(), "hunter2".to_owned());
        let (handle, output) = spawn(&group, secret);
        let folder = rig.dir().join(handle.shim_id().unwrap_or_default());
        let mode = |path: &std::path::Path| {
            std::fs::metadata(path).map_or(0, |data| data.permissions().mode()) & 0o777
        };
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
            let text = std::fs::read(entry.path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&text).contains("hunter2"), "{entry:?}");
        }
        drop(output);
        handle.stop(Duration::from_secs(5)).await.unwrap_or_else(|error| panic!("{error}"));
    });
}
