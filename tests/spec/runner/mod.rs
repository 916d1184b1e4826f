//! Runs one test in a scratch launcher home and judges what came.
//!
//! Must not know: what the tests are about.

pub(crate) mod test;

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write as _},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use test::{Test, with_places};

const POLL: Duration = Duration::from_millis(10);
/// Marks of a crash: never acceptable.
const CRASHES: [&str; 4] = ["panicked at", "RUST_BACKTRACE", "stack overflow", "internal error"];
/// Output shown with a complaint.
const SHOWN_CHARACTERS: usize = 4000;

/// Whether this machine lets us mount in a namespace of our own.
pub(crate) fn namespaces_allowed() -> bool {
    let tried = Command::new("unshare").args(["-Urm", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// What came of a run.
struct Outcome {
    status: Option<ExitStatus>,
    text: String,
    new_files: BTreeSet<String>,
}

/// Runs a test; the error is the whole story of what is wrong.
pub(crate) fn verdict(test: &Test) -> Result<(), Failed> {
    let outcome = run(test).map_err(|error| format!("cannot run the test: {error}"))?;
    let complaints = complaints(test, &outcome);
    if complaints.is_empty() {
        return Ok(());
    }
    let shown: String = outcome.text.chars().take(SHOWN_CHARACTERS).collect();
    Err(format!("{}\n--- output:\n{shown}", complaints.join("\n")).into())
}

fn complaints(test: &Test, outcome: &Outcome) -> Vec<String> {
    let mut complaints = Vec::new();
    match outcome.status {
        None => complaints.push(format!("it did not end within {} s", test.limit_s)),
        Some(status) if status.code() != Some(test.exit) => {
            let got = status
                .code()
                .map_or_else(|| format!("signal {:?}", status.signal()), |code| code.to_string());
            complaints.push(format!("exit code {got}, expected {}", test.exit));
        }
        Some(_) => {}
    }
    let missing = test.has.iter().filter(|wanted| !wanted.split(" | ").any(|one| outcome.text.contains(one)));
    complaints.extend(missing.map(|wanted| format!("the output lacks: {wanted}")));
    let unwanted =
        test.lacks.iter().map(String::as_str).chain(CRASHES).filter(|text| outcome.text.contains(text));
    complaints.extend(unwanted.map(|text| format!("the output has: {text}")));
    let expected: BTreeSet<String> = test.left.iter().cloned().collect();
    if outcome.new_files != expected {
        complaints.push(format!("files left in the app: {:?}, expected {expected:?}", outcome.new_files));
    }
    complaints
}

fn run(test: &Test) -> io::Result<Outcome> {
    let holder = tempfile::Builder::new().prefix("pino-spec-").tempdir()?;
    let root = holder.path().canonicalize()?;
    let app = root.join("home/api/case");
    fs::create_dir_all(root.join("user"))?;
    copy(&test.folder, &app)?;
    shell(&with_places(&test.prepare, &root), &app)?;
    let before = names(&app)?;
    let mut child = command(test, &root).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // a program that does not read its input is no failure
        let _ = stdin.write_all(test.stdin.as_bytes());
    }
    let (out, errors) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let status = wait(&mut child, Duration::from_secs(test.limit_s))?;
    let text = out.join().unwrap_or_default() + &errors.join().unwrap_or_default();
    let new_files = names(&app)?.difference(&before).cloned().collect();
    Ok(Outcome { status, text, new_files })
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != "test.toml" {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn shell(text: &str, folder: &Path) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let done = Command::new("sh").args(["-ec", text]).current_dir(folder).output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()))
    }
}

fn command(test: &Test, root: &Path) -> Command {
    let program = env!("CARGO_BIN_EXE_pino");
    let mut command = if test.wrapper.is_empty() {
        Command::new(program)
    } else {
        let mut words = if test.needs_namespaces() { vec!["unshare", "-Urm"] } else { Vec::new() };
        let text = with_places(&test.wrapper, root);
        words.extend(["bash", "-c", &text, "bash", program]);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    };
    command.args(test.command.iter().map(|word| with_places(word, root)));
    command.current_dir(root.join("home/api/case")).env("HOME", root.join("user")).env_remove("PINOKIO_HOME");
    command.env("NO_COLOR", "1").env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // what came before a failure still counts
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            kill_group(child);
            return Ok(Some(status));
        }
        thread::sleep(POLL);
    }
    kill_group(child);
    child.wait()?;
    Ok(None)
}

/// Ends what is left of the test, so that the pipes close.
fn kill_group(child: &Child) {
    if let Some(pid) = rustix::process::Pid::from_raw(child.id() as i32) {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

/// Every path below the app, with a slash after folders; what the engine itself keeps there does not count.
fn names(app: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(app.join(&below))? {
            let entry = entry?;
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            if path == "logs" || path == "ENVIRONMENT" {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(format!("{path}/"));
                found.insert(format!("{path}/"));
            } else {
                found.insert(path);
            }
        }
    }
    Ok(found)
}
