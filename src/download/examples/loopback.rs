//! Benchmark: 1 GiB over the loopback, side by side with curl (one connection) and aria2c (many).
//!
//! Must not know: how files are fetched; it runs the example `fetch` as a program, so that memory is measured too.
//! `cargo run --release -p pino-download --example loopback [MIB] [FOLDER]`; build the example `fetch` first.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const ROUNDS: usize = 5;
const MANY: usize = 8;
const BLOCK: usize = 4 << 20;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mib: u64 = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1024);
    let folder = arguments.get(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let scratch = tempfile::tempdir_in(folder)?;
    let url = serve(mib << 20)?;
    let target = scratch.path().join("f.bin");
    let ours = std::env::current_exe()?.with_file_name("fetch");
    let own = |connections: usize| {
        let mut command = Command::new(&ours);
        command.arg(&url).arg(&target).arg(connections.to_string());
        command
    };
    let mut curl = Command::new("curl");
    curl.args(["-s", "-o"]).arg(&target).arg(&url);
    let mut aria = Command::new("aria2c");
    aria.args([
        "-q",
        "-x",
        "8",
        "-s",
        "8",
        "-k",
        "1M",
        "--file-allocation=none",
        "--allow-overwrite=true",
        "-d",
    ]);
    aria.arg(scratch.path()).args(["-o", "f.bin", &url]);
    let mut rows = [
        ("pino, 1 connection", own(1), Vec::new()),
        ("curl, 1 connection", curl, Vec::new()),
        ("pino, 8 connections", own(MANY), Vec::new()),
        ("aria2c, 8 connections", aria, Vec::new()),
    ];
    let mut peak_kib = 0;
    for _ in 0..ROUNDS {
        for (name, command, times) in &mut rows {
            match timed(command, &target, mib << 20) {
                Ok((time, kib)) => {
                    times.push(time);
                    peak_kib = peak_kib.max(kib.unwrap_or_default());
                }
                Err(error) => println!("{name}: {error}"),
            }
        }
    }
    report(mib, &mut rows.map(|(name, _, times)| (name, times)), peak_kib);
    Ok(())
}

fn report(mib: u64, rows: &mut [(&str, Vec<Duration>); 4], peak_kib: u64) {
    let mut medians = [0.0; 4];
    for (index, (name, times)) in rows.iter_mut().enumerate() {
        times.sort();
        let Some(median) = times.get(times.len() / 2) else { continue };
        medians[index] = mib as f64 / median.as_secs_f64();
        println!(
            "{name:<24} {:>7.0} MiB/s   median {:.2} s of {}",
            medians[index],
            median.as_secs_f64(),
            times.len()
        );
    }
    println!("pino / curl, one connection: {:.2}  (bar: 0.95)", medians[0] / medians[1]);
    println!("pino / aria2c, many:         {:.2}  (bar: 1.00)", medians[2] / medians[3]);
    println!("pino, peak memory:           {:.1} MiB  (bar: 40)", peak_kib as f64 / 1024.0);
}

/// Runs a program; what it writes last on stdout is its peak memory, when it tells.
fn timed(command: &mut Command, target: &Path, size: u64) -> io::Result<(Duration, Option<u64>)> {
    std::fs::remove_file(target).ok();
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let time = start.elapsed();
    if !output.status.success() || std::fs::metadata(target)?.len() != size {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok((time, String::from_utf8_lossy(&output.stdout).trim().parse().ok()))
}

/// A plain server with ranges, fast enough not to be what is measured.
fn serve(size: u64) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/f.bin", listener.local_addr()?);
    let block: Arc<Vec<u8>> = Arc::new((0..BLOCK).map(|at| (at % 251) as u8).collect());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let block = Arc::clone(&block);
            // a client that has had enough closes; that is its business
            thread::spawn(move || drop(answer(stream, size, &block)));
        }
    });
    Ok(url)
}

fn answer(stream: TcpStream, size: u64, block: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let (mut range, mut line) = (None, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(spec) = line.to_lowercase().strip_prefix("range: bytes=") {
                let (first, last) = spec.trim().split_once('-').unwrap_or(("0", ""));
                range = Some((first.parse().unwrap_or(0), last.parse().map_or(size, |last: u64| last + 1)));
            }
        }
        let (start, end) = range.unwrap_or((0, size));
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        let about = range.map(|(start, end)| format!("content-range: bytes {start}-{}/{size}\r\n", end - 1));
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"1\"\r\naccept-ranges: bytes\r\n{}\r\n",
            end - start,
            about.unwrap_or_default()
        );
        out.write_all(head.as_bytes())?;
        let mut position = start;
        while position < end {
            let from = (position % BLOCK as u64) as usize;
            let count = (BLOCK - from).min((end - position) as usize).min(1 << 20);
            out.write_all(&block[from..from + count])?;
            position += count as u64;
        }
    }
}
