//! Runs that were interrupted go on, and the state of the home survives: by the command line, as a person does it.
//!
//! `PINO_FAULT_ROUNDS=200` makes the kill test a soak; `--no-capture` shows its counts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

/// A home with one app.
struct Home {
    scratch: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir_all(scratch.path().join("home/api/demo")).unwrap();
        Self { scratch }
    }

    fn path(&self) -> PathBuf {
        self.scratch.path().canonicalize().unwrap().join("home")
    }

    fn app(&self, file: &str) -> PathBuf {
        self.path().join("api/demo").join(file)
    }

    fn script(&self, file: &str, steps: Value) {
        fs::write(self.app(file), json!({ "run": steps }).to_string()).unwrap();
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.app(file)).unwrap_or_default()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pino"));
        command.args(arguments).arg("--home").arg(self.path()).stdin(Stdio::null());
        command
    }

    fn pino(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run(&self, file: &str) -> Output {
        self.pino(&["run", self.app(file).to_str().unwrap(), "--events", "jsonl"])
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.pino(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn events(output: &Output) -> Vec<Value> {
    output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn reached(output: &Output) -> Vec<u64> {
    events(output)
        .iter()
        .filter(|event| event["t"] == "at")
        .filter_map(|event| event["index"].as_u64())
        .collect()
}

fn note(text: &str) -> Value {
    json!({ "method": "shell.run", "params": { "message": format!("echo {text} >> ran.txt") } })
}

fn write(file: &str, text: &str) -> Value {
    json!({ "method": "fs.write", "params": { "path": file, "text": text } })
}

fn call(file: &str) -> Value {
    json!({ "method": "script.start", "params": { "uri": file } })
}

#[test]
fn a_failed_install_goes_on_at_the_failed_step() {
    let home = Home::new();
    home.script(
        "install.json",
        json!([
            { "method": "local.set", "params": { "name": "x", "list": [1, { "deep": true }] } },
            note("first"),
            { "method": "local.set", "params": { "id": "{{input.id ? 'shell' : 'none'}}" } },
            call("later.json"),
            write("out.txt", "{{local.name}} {{local.list[1].deep}} {{local.id}} {{input}}"),
        ]),
    );
    assert_eq!(home.run("install.json").status.code(), Some(1));
    let told = home.json(&["resume", "demo", "--json"]);
    assert_eq!(
        (told["index"].as_u64(), told["script"].as_str()),
        (Some(3), home.app("install.json").to_str())
    );
    home.script("later.json", json!([{ "method": "script.return", "params": "yes" }]));
    let output = home.pino(&["resume", "demo", "--events", "jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(reached(&output), [3, 0, 4]);
    assert_eq!(
        (home.text("ran.txt").as_str(), home.text("out.txt").starts_with("x true ")),
        ("first\n", true)
    );
    let runs = home.json(&["runs", "--json"]);
    assert_eq!(
        (runs[0]["state"].as_str(), runs[0]["resumes"].as_str()),
        (Some("done"), runs[1]["uuid"].as_str())
    );
    let again = home.pino(&["resume", "demo"]);
    assert_eq!(again.status.code(), Some(4), "nothing is left to resume");
    let first = runs[1]["uuid"].as_str().unwrap();
    let steps = home.json(&["runs", first, "--json"]);
    let states: Vec<_> =
        steps["journal"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
    assert_eq!(states, ["done", "done", "done", "error"]);
    assert_eq!(steps["journal"][1]["exit_code"], 0);
    assert!(home.pino(&["runs", first]).status.success() && home.pino(&["runs"]).status.success());
}

#[test]
fn a_called_script_goes_on_at_its_own_step() {
    let home = Home::new();
    home.script("install.json", json!([note("outer"), call("torch.json"), write("out.txt", "outer done")]));
    home.script(
        "torch.json",
        json!([
            note("inner"),
            { "method": "local.set", "params": { "k": 5 } },
            call("later.json"),
            write("inner.txt", "{{local.k}}"),
        ]),
    );
    assert_eq!(home.run("install.json").status.code(), Some(1));
    home.script("later.json", json!([note("later")]));
    let output = home.pino(&["resume", "demo", "--events", "jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(home.text("ran.txt"), "outer\ninner\nlater\n");
    assert_eq!((home.text("inner.txt").as_str(), home.text("out.txt").as_str()), ("5", "outer done"));
}

#[test]
fn a_daemon_that_was_up_is_up_again() {
    let home = Home::new();
    home.script(
        "install.json",
        json!([call("service.json"), note("install"), call("later.json"), note("end")]),
    );
    let service = json!({ "daemon": true, "run": [note("service")] });
    fs::write(home.app("service.json"), service.to_string()).unwrap();
    assert_eq!(home.run("install.json").status.code(), Some(1));
    home.script(
        "later.json",
        json!([{ "method": "log", "params": { "raw": "{{running('service.json')}}" } }]),
    );
    let output = home.pino(&["resume", "demo", "--events", "jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(home.text("ran.txt"), "service\ninstall\nservice\nend\n");
    let is_up = |event: &Value| event["t"] == "stream" && event["raw"].as_str().unwrap().contains("true");
    assert!(events(&output).iter().any(is_up));
}

#[test]
fn a_script_that_changed_before_its_step_is_refused() {
    let home = Home::new();
    let script =
        |first: &str| home.script("install.json", json!([note(first), call("later.json"), note("end")]));
    script("one");
    assert_eq!(home.run("install.json").status.code(), Some(1));
    home.script("later.json", json!([note("later")]));
    script("changed");
    let refused = home.pino(&["resume", "demo"]);
    let why =
        String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
    assert!(refused.status.code() == Some(1) && why.contains("step 1") && why.contains("--force"), "{why}");
    // a refusal has done nothing: it is the interrupted run that goes on
    let forced = home.pino(&["resume", "demo", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", String::from_utf8_lossy(&forced.stderr));
    assert_eq!(home.text("ran.txt"), "one\nlater\nend\n");
}

#[test]
fn a_program_says_why_it_cannot_go_on() {
    let home = Home::new();
    fs::write(home.app("install.lua"), "log{ raw = 'x' }\nerror('no')\n").unwrap();
    assert_eq!(home.run("install.lua").status.code(), Some(1));
    let output = home.pino(&["resume", "demo"]);
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && why.contains("program") && why.contains("pino run"), "{why}");
}

/// 20, or what `PINO_FAULT_ROUNDS` says.
fn rounds() -> u32 {
    std::env::var("PINO_FAULT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// Anything will do: where a process is killed shall differ from round to round.
fn random(below: u32) -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_micros() % below
}

#[test]
fn an_install_that_is_killed_leaves_no_step_out() {
    const STEPS: u32 = 12;
    let home = Home::new();
    let (mut kills, mut twice, mut left_out, mut damaged) = (0, 0, 0, 0);
    while kills < rounds() {
        let _ = fs::remove_file(home.app("ran.txt"));
        let count = json!({ "method": "local.set", "params": { "n": "{{(local.n || 0) + 1}}" } });
        let steps: Vec<_> = (0..STEPS).flat_map(|step| [note(&step.to_string()), count.clone()]).collect();
        home.script("install.json", steps.into_iter().chain([write("n.txt", "{{local.n}}")]).collect());
        let mut command =
            home.command(&["run", home.app("install.json").to_str().unwrap(), "--events", "jsonl"]);
        loop {
            // a kill after the last word of a run is none: there is nothing left to go on with
            if killed_after(&mut command, 20 + random(150)) && !home.app("n.txt").exists() {
                kills += 1;
                damaged += u32::from(!home.pino(&["backup", "--check"]).status.success());
                command = home.command(&["resume", "demo", "--events", "jsonl"]);
            } else {
                break;
            }
        }
        let ran: Vec<u32> = home.text("ran.txt").lines().map(|line| line.parse().unwrap()).collect();
        left_out += (0..STEPS).filter(|step| !ran.contains(step)).count() as u32;
        twice += ran.len() as u32 - STEPS.min(ran.len() as u32);
        assert_eq!(home.text("n.txt"), STEPS.to_string(), "variables went on too: {ran:?}");
        fs::remove_file(home.app("n.txt")).unwrap();
    }
    report_counts(kills, twice, left_out, damaged);
    assert_eq!((left_out, damaged), (0, 0));
    assert!(twice <= 2 * kills, "at most the step at work and the one before it are run twice");
}

/// Kills the run with its shells after so many lines of events; false when it ended well before.
fn killed_after(command: &mut Command, lines: u32) -> bool {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..lines {
        let mut line = String::new();
        if out.read_line(&mut line).unwrap() == 0 {
            let status = child.wait().unwrap();
            assert_eq!(status.code(), Some(0));
            return false;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

#[expect(clippy::print_stdout, reason = "the counts of a soak are its result")]
fn report_counts(kills: u32, twice: u32, left_out: u32, damaged: u32) {
    println!(
        "killed while installing: {kills} times, {twice} steps run twice, {left_out} left out, {damaged} damaged databases"
    );
}

#[test]
fn without_room_for_the_journal_the_run_goes_on() {
    let home = Home::new();
    home.script("install.json", json!([note("one"), note("two")]));
    // files may have 64 KiB: less than an empty database
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_pino"), "run"])
        .arg(home.app("install.json"))
        .args(["--events", "jsonl", "--home"])
        .arg(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(home.text("ran.txt"), "one\ntwo\n");
    let warning = events(&output).into_iter().find(|event| event["code"] == "journal");
    let message = warning.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("cannot be resumed") && message.contains("Free some space"), "{message}");
    assert!(home.run("install.json").status.success() && home.pino(&["backup", "--check"]).status.success());
}

#[test]
fn two_runs_at_once_are_both_written_down() {
    let home = Home::new();
    for file in ["a.json", "b.json"] {
        home.script(file, (0..20).map(|step| note(&step.to_string())).collect());
    }
    let start = |file: &str| {
        let script = home.app(file);
        let mut command = home.command(&["run", script.to_str().unwrap(), "--events", "jsonl"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let (mut a, mut b) = (start("a.json"), start("b.json"));
    assert!(a.wait().unwrap().success() && b.wait().unwrap().success());
    let runs = home.json(&["runs", "--json"]);
    let told: Vec<_> =
        runs.as_array().unwrap().iter().map(|run| (run["state"].clone(), run["steps"].clone())).collect();
    assert_eq!(told, vec![(json!("done"), json!(20)); 2]);
}

#[test]
fn no_secret_is_told() {
    let home = Home::new();
    let (named, shaped) = ("my-own-secret-value", format!("hf_{}", "aB3".repeat(12)));
    fs::create_dir_all(home.path().join("pino")).unwrap();
    fs::write(home.path().join("pino/secrets.json"), json!({ "hub": "stored-secret-value" }).to_string())
        .unwrap();
    fs::write(home.app("ENVIRONMENT"), format!("MY_TOKEN={named}\n")).unwrap();
    home.script(
        "install.json",
        json!([
            { "method": "shell.run", "params": { "message": format!("echo $MY_TOKEN {shaped} stored-secret-value https://u:hunter22@example.invalid/x") } },
            call(&format!("https://u:hunter22@example.invalid/{shaped}")),
        ]),
    );
    let mut command = home.command(&["run", home.app("install.json").to_str().unwrap(), "--events", "jsonl"]);
    let output = command.env("PINO_LOG", "trace").output().unwrap();
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let person = home.pino(&["run", home.app("install.json").to_str().unwrap()]);
    let told = told + &String::from_utf8_lossy(&person.stdout) + &String::from_utf8_lossy(&person.stderr);
    let runs = home.json(&["runs", "--json"]);
    let told =
        told + &home.json(&["runs", runs[0]["uuid"].as_str().unwrap(), "--json"])["journal"].to_string();
    for secret in [named, &shaped, "stored-secret-value", "hunter22"] {
        assert!(!told.contains(secret), "{secret} was told:\n{told}");
    }
    assert!(told.contains("[redacted]"));
    assert_mode(&home.path().join("pino/secrets.json"));
    assert_mode(&home.path().join("pino/pino.db"));
}

fn assert_mode(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
}

#[test]
fn the_state_is_saved_put_back_and_made_anew() {
    let home = Home::new();
    home.script("install.json", json!([note("one")]));
    assert!(home.run("install.json").status.success());
    let copy = home.scratch.path().join("copy.db");
    let report = home.json(&["backup", copy.to_str().unwrap(), "--json"]);
    assert_eq!(report["runs"], 1);
    assert!(home.run("install.json").status.success());
    let restored = home.json(&["restore", copy.to_str().unwrap(), "--json"]);
    assert!(Path::new(restored["kept"].as_str().unwrap()).exists());
    assert_eq!(home.json(&["runs", "--json"]).as_array().unwrap().len(), 1);
    fs::create_dir_all(home.app("env")).unwrap();
    let rebuilt = home.json(&["restore", "--rebuild", "--json"]);
    assert_eq!(rebuilt["installed"], json!(["demo"]));
    assert_eq!(home.json(&["backup", "--check", "--json"])["problems"], json!([]));
    let missing = home.pino(&["restore", "/nowhere/at-all.db"]);
    assert_eq!(missing.status.code(), Some(1));
}
