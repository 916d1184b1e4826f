//! Shells against bare references in the same run: a no-op against `bash -c true`, 100 MB against a bare reader of a terminal.
//!
//! `cargo bench -p pino-process`. The bars: a no-op at most 3 times `bash -c true`, the stream at least 0.8 times the bare reader.
#![expect(clippy::unwrap_used, reason = "criterion's macros; a benchmark may stop at any error")]

use std::{
    collections::BTreeMap,
    hint::black_box,
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pino_process::{Output, ProcessGroup, ShellMode, ShellSpec};
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

/// Bytes of one streaming run.
const STREAM_BYTES: u64 = 100_000_000;
/// Lines as a busy program prints them; the terminal turns `\n` into `\r\n`.
const STREAM: &str =
    "yes 'step 123/456 loss=0.1234 a line of a training run as it is printed' | head -c 100000000";

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
        limits: pino_process::ResourceLimits::default(),
    }
}

/// Runs a command in a shell of ours; the number of bytes it printed.
async fn run(group: &ProcessGroup, command: &str) -> u64 {
    let (_handle, mut output) = group.spawn(spec(command)).unwrap();
    let mut bytes = 0;
    while let Some(piece) = output.next().await {
        match piece {
            Output::Text(text) => bytes += black_box(text).len() as u64,
            Output::Ended(_) => break,
            _ => {}
        }
    }
    bytes
}

/// The same command on a terminal that is read in the plainest way.
fn run_bare(command: &str) -> u64 {
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
        bytes += count as u64;
    }
    child.wait().unwrap();
    bytes
}

fn no_op(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let group = ProcessGroup::new();
    let mut bench = criterion.benchmark_group("no-op");
    bench.sample_size(50).measurement_time(Duration::from_secs(4));
    bench.bench_function("bash -c true", |bencher| {
        bencher.iter(|| Command::new("bash").args(["-c", "true"]).stdin(Stdio::null()).status().unwrap());
    });
    bench.bench_function("shell", |bencher| bencher.iter(|| runtime.block_on(run(&group, "true"))));
    bench.finish();
}

fn stream(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let group = ProcessGroup::new();
    let mut bench = criterion.benchmark_group("stream 100 MB");
    bench.sample_size(10).throughput(Throughput::Bytes(STREAM_BYTES));
    let timed = |rounds: u64, work: &dyn Fn() -> u64| {
        let started = Instant::now();
        for _ in 0..rounds {
            assert!(work() >= STREAM_BYTES);
        }
        started.elapsed()
    };
    bench.bench_function("bare reader", |bencher| {
        bencher.iter_custom(|rounds| timed(rounds, &|| run_bare(STREAM)));
    });
    bench.bench_function("shell", |bencher| {
        bencher.iter_custom(|rounds| timed(rounds, &|| runtime.block_on(run(&group, STREAM))));
    });
    bench.finish();
}

criterion_group!(benches, no_op, stream);
criterion_main!(benches);
