//! Shells in shims against shells of our own and a bare reader of a terminal, in one run: how soon a line is heard, how soon an attached
//! listener has its first byte, what a start costs, how fast a stream is, what a shim takes of memory.
//!
//! `cargo bench -p pino-process --bench shims`. The bars: a line within 2 ms (99 of 100), the first byte within 20 ms.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may stop at any error and tells its figures"
)]

use std::{
    collections::BTreeMap,
    io::Read,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use pino_process::{
    LogPlace, Output, ProcessGroup, ResourceLimits, ShellMode, ShellSpec, ShimHome,
    shim::{Attachment, Piece, list},
};
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

const LINES: usize = 2000;
/// Each line is the time at which it was written, in microseconds; `read -t` waits without starting a program.
const CLOCK: &str = "exec 7<>/dev/ptmx; i=0; while [ $i -lt 2000 ]; do echo ${EPOCHREALTIME/./}; read -t 0.002 -u 7; i=$((i+1)); done";
const STREAM: &str =
    "yes 'step 123/456 loss=0.1234 a line of a training run as it is printed' | head -c 100000000";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let ["shim", folder] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        return ExitCode::from(u8::from(pino_process::shim::serve(Path::new(folder)).is_err()));
    }
    let folder = tempfile::tempdir().unwrap();
    let home = ShimHome {
        dir: folder.path().join("shims"),
        program: std::env::var_os("PINO_SHIM").map_or_else(|| std::env::current_exe().unwrap(), Into::into),
        group: "bench".to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let own = ProcessGroup::new();
    let shims = ProcessGroup::with_shims(home.clone());
    runtime.block_on(async {
        print("line heard, bare reader", bare_lines());
        print("line heard, shell", lines(&own).await);
        print("line heard, shell in a shim", lines(&shims).await);
        print("no-op, bash -c true", repeated(100, || assert!(bash("true"))));
        print("no-op, shell", no_ops(&own).await);
        print("no-op, shell in a shim", no_ops(&shims).await);
        attach(&shims, &home.dir).await;
        for (name, group) in [("shell", &own), ("shell in a shim", &shims)] {
            let started = Instant::now();
            let bytes = drain(group, STREAM).await;
            speed(name, bytes, started.elapsed());
        }
        let started = Instant::now();
        let bytes = run_bare(STREAM, |_| {});
        speed("bare reader", bytes, started.elapsed());
    });
    ExitCode::SUCCESS
}

fn speed(name: &str, bytes: u64, time: Duration) {
    println!(
        "{:34} {:8.1} MB/s",
        format!("stream of 100 MB, {name}"),
        bytes as f64 / 1e6 / time.as_secs_f64()
    );
}

fn print(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let (half, most, all) = (at(0.5), at(0.99), at(1.0));
    println!("{name:34} {half:8.3} ms median {most:8.3} ms p99 {all:8.3} ms max   ({} times)", times.len());
}

fn spec(command: &str) -> ShellSpec {
    ShellSpec {
        id: String::new(),
        label: "bench".to_owned(),
        program: "/bin/bash".into(),
        mode: ShellMode::Command,
        command: command.to_owned(),
        activation: Vec::new(),
        cwd: "/".into(),
        env: BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap_or_default())]),
        cols: 100,
        rows: 30,
        limits: ResourceLimits::default(),
    }
}

fn since(line: &str) -> Option<Duration> {
    let written = Duration::from_micros(line.trim().parse().ok()?);
    SystemTime::now().duration_since(UNIX_EPOCH).ok()?.checked_sub(written)
}

async fn lines(group: &ProcessGroup) -> Vec<Duration> {
    let (_handle, mut output) = group.spawn(spec(CLOCK)).unwrap();
    let mut times = Vec::with_capacity(LINES);
    loop {
        match output.next().await {
            Some(Output::Text(text)) => times.extend(text.lines().filter_map(since)),
            Some(Output::Ended(_)) | None => return times,
            Some(_) => {}
        }
    }
}

fn bare_lines() -> Vec<Duration> {
    let mut times = Vec::with_capacity(LINES);
    run_bare(CLOCK, |bytes| times.extend(String::from_utf8_lossy(bytes).lines().filter_map(since)));
    times
}

fn bash(command: &str) -> bool {
    let status = Command::new("bash").args(["-c", command]).stdin(Stdio::null()).status();
    status.unwrap().success()
}

fn repeated(times: usize, mut work: impl FnMut()) -> Vec<Duration> {
    let mut timed = || {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..times).map(|_| timed()).collect()
}

async fn drain(group: &ProcessGroup, command: &str) -> u64 {
    let (_handle, mut output) = group.spawn(spec(command)).unwrap();
    let mut bytes = 0;
    loop {
        match output.next().await {
            Some(Output::Text(text)) => bytes += text.len() as u64,
            Some(Output::Ended(_)) | None => return bytes,
            Some(_) => {}
        }
    }
}

async fn no_ops(group: &ProcessGroup) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        drain(group, "true").await;
        times.push(started.elapsed());
    }
    times
}

async fn attach(group: &ProcessGroup, dir: &Path) {
    let (handle, mut output) = group.spawn(spec("seq 1 200000; echo end; read -r x")).unwrap();
    loop {
        if let Some(Output::Text(text)) = output.next().await
            && text.ends_with("end\r\n")
        {
            break;
        }
    }
    let id = handle.shim_id().unwrap();
    let mut times = Vec::new();
    for round in 0..200 {
        let from = if round % 2 == 0 { LogPlace::Start } else { LogPlace::LastLines(100) };
        let started = Instant::now();
        let mut listener = Attachment::open(dir, id, from, true).await.unwrap();
        while !matches!(listener.next().await.unwrap(), Some(Piece::Bytes { .. })) {}
        times.push(started.elapsed());
    }
    print("attach to the first byte", times);
    let status = list(dir).unwrap().into_iter().find(|status| status.id == id).unwrap();
    let memory = std::fs::read_to_string(format!("/proc/{}/status", status.shim.pid)).unwrap();
    for line in memory.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("RssAnon")) {
        println!("a shim's {line}");
    }
    handle.stop(Duration::from_secs(5)).await.unwrap();
}

/// The same command on a terminal that is read in the plainest way.
fn run_bare(command: &str, mut heard: impl FnMut(&[u8])) -> u64 {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let slave =
        open(path.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let error = slave.try_clone().unwrap();
    let mut child = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", command])
        .stdin(Stdio::null())
        .stdout(slave)
        .stderr(error)
        .spawn()
        .unwrap();
    let mut master = std::fs::File::from(master);
    let (mut buffer, mut bytes) = (vec![0; 64 * 1024], 0);
    while let Ok(count) = master.read(&mut buffer) {
        heard(&buffer[..count]);
        bytes += count as u64;
    }
    child.wait().unwrap();
    bytes
}
