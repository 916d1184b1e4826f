//! Runs the program on one case and brings back its events, the changed files and what it left running.
//!
//! Must not know: expectations.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use crate::{
    case::Case,
    events::kind,
    scratch::{Scratch, changed},
};

/// Variables of the calling process that would change what a script sees.
const NOT_INHERITED: [&str; 8] = [
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];
/// How long the program may take to end after its own timeout.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long pipes may stay open after the program ended (held by something it left behind).
const PIPES: Duration = Duration::from_secs(3);
/// How long after the end nothing of the run may be alive.
const SETTLING: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(10);

/// What a run gave.
pub(crate) struct Outcome {
    /// Its event lines.
    pub(crate) events: Vec<Value>,
    /// What changed in the app folder.
    pub(crate) files: Map<String, Value>,
    /// Command lines of processes that were still alive.
    pub(crate) left_over: Vec<String>,
    /// The scratch folder (gone by now; its name is replaced in texts).
    pub(crate) root: PathBuf,
}

/// Runs a case to its end.
pub(crate) fn run(case: &Case) -> Result<Outcome, String> {
    let scratch = Scratch::new(case).map_err(|error| format!("cannot prepare the scratch home: {error}"))?;
    let before = scratch.snapshot().map_err(|error| format!("cannot read the app folder: {error}"))?;
    let mut child =
        command(case, &scratch).spawn().map_err(|error| format!("cannot start the program: {error}"))?;
    let (lines, errors) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let status = wait(&mut child, Duration::from_secs(case.timeout_s) + PATIENCE);
    let (lines, errors) = (receive(&lines), receive(&errors));
    let left_over = left_over(&scratch.root);
    kill_group(&child);
    let after = scratch.snapshot().map_err(|error| format!("cannot read the app folder: {error}"))?;
    let root = scratch.root.clone();
    // a process that was left behind may still write there; the case has failed already then
    let _ = scratch.close();
    let events = parsed(&lines)?;
    if !["begin", "exit"].iter().all(|wanted| events.iter().any(|event| kind(event) == *wanted)) {
        let code = status.map_or_else(|| "it had to be killed".to_owned(), |status| status.to_string());
        return Err(format!("no begin or no exit line ({code}); stderr:\n{}", errors.join("\n")));
    }
    Ok(Outcome { events, files: changed(&before, &after), left_over, root })
}

fn command(case: &Case, scratch: &Scratch) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pino"));
    command.arg("run").arg(scratch.app.join(&case.script)).arg("--home").arg(&scratch.home);
    command.args(["--events", "jsonl", "--exit-when-ready", "--timeout", &case.timeout_s.to_string()]);
    for (option, value) in [("--input", &case.input), ("--respond", &case.respond)] {
        if let Some(value) = value {
            command.args([option, &value.to_string()]);
        }
    }
    command
        .current_dir(&scratch.root)
        .env("HOME", scratch.root.join("user"))
        .env("PINOKIO_HOME", &scratch.home);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    if ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .all(|name| std::env::var_os(name).is_none_or(|value| value.is_empty()))
    {
        command.env("LANG", "C.UTF-8");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command
}

/// Reads a pipe line by line in the background.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

/// All lines until the pipe is closed, but not for longer than a left-over process could hold it.
fn receive(lines: &Receiver<String>) -> Vec<String> {
    let deadline = Instant::now() + PIPES;
    std::iter::from_fn(|| lines.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok())
        .collect()
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() > deadline {
            kill_group(child);
            let _ = child.wait();
            return None;
        }
        thread::sleep(POLL);
    }
}

fn kill_group(child: &Child) {
    if let Some(pid) = rustix::process::Pid::from_raw(child.id() as i32) {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

fn parsed(lines: &[String]) -> Result<Vec<Value>, String> {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    filled
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| format!("stdout has a line that is not JSON ({error}): {line}"))
        })
        .collect()
}

/// Command lines of what still works inside the scratch folder once it had time to settle. They are killed.
fn left_over(root: &Path) -> Vec<String> {
    let deadline = Instant::now() + SETTLING;
    let mut alive = living(root);
    while !alive.is_empty() && Instant::now() < deadline {
        thread::sleep(POLL);
        alive = living(root);
    }
    for (pid, _) in &alive {
        if let Some(pid) = rustix::process::Pid::from_raw(*pid) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
    alive.into_iter().map(|(_, command)| command).collect()
}

fn living(root: &Path) -> Vec<(i32, String)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let pid: i32 = entry.file_name().to_string_lossy().parse().ok()?;
            let cwd = fs::read_link(entry.path().join("cwd")).ok()?;
            let status = fs::read_to_string(entry.path().join("stat")).ok()?;
            let is_zombie = status.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'));
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            (cwd != root && cwd.starts_with(root) && !is_zombie)
                .then(|| (pid, String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned()))
        })
        .collect()
}
