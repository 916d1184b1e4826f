//! A real run, from nothing to an HTTP 200 and back to nothing: git clone, environment by uv, a package from the
//! package index, a daemon found by its output, `stop`, no process left.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity =
        ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The sample launcher's app part as a repository of its own, as launchers find it.
fn app_repository(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for file in ["app.py", "requirements.txt"] {
        fs::copy(root().join("tests/launchers/hello-flask").join(file), folder.join(file)).unwrap();
    }
    git(folder, &["init", "-q"]);
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", "The app"]);
}

/// The launcher: clones the app, installs it, starts it.
fn launcher(folder: &Path, repository: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::copy(root().join("tests/launchers/hello-flask/pinokio.js"), folder.join("pinokio.js")).unwrap();
    let install = format!(
        "module.exports = {{ run: [
          {{ when: \"{{{{!exists('app')}}}}\", method: 'shell.run', params: {{ message: 'git clone {} app' }} }},
          {{ method: 'shell.run', params: {{ path: 'app', venv: 'env', venv_python: '3', message: ['uv pip install -r requirements.txt'] }} }},
        ] }}",
        repository.display()
    );
    fs::write(folder.join("install.js"), install).unwrap();
    let start = fs::read_to_string(root().join("tests/launchers/hello-flask/start.js")).unwrap();
    fs::write(folder.join("start.js"), start.replace("venv: \"env\"", "path: \"app\", venv: \"env\""))
        .unwrap();
}

fn pino(script: &Path, home: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pino"))
        .arg("run")
        .arg(script)
        .arg("--home")
        .arg(home)
        .args(["--events", "jsonl", "--timeout", "400"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn events(child: &mut Child) -> impl Iterator<Item = Value> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).expect("stdout carries JSON lines only"))
}

fn get(url: &str) -> String {
    let place = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(place).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Processes whose working directory lies in the folder.
fn alive_in(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let folders = processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
    folders.filter(|cwd| cwd.starts_with(folder)).collect()
}

#[test]
fn a_launcher_goes_from_nothing_to_a_page_and_stops() {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path().canonicalize().unwrap();
    let (home, repository) = (scratch.join("home"), scratch.join("repository"));
    let app = home.join("api/hello");
    app_repository(&repository);
    launcher(&app, &repository);

    let mut install = pino(&app.join("install.js"), &home);
    let told: Vec<Value> = events(&mut install).collect();
    let last = told.last().expect("at least an exit event");
    assert_eq!(
        last["status"],
        "done",
        "install failed: {:#?}",
        told.iter().filter(|e| e["t"] == "error").collect::<Vec<_>>()
    );
    assert!(install.wait().unwrap().success());

    let mut start = pino(&app.join("start.js"), &home);
    let mut told = events(&mut start);
    let ready =
        told.by_ref().find(|event| ["ready", "exit"].contains(&event["t"].as_str().unwrap())).unwrap();
    assert_eq!(ready["t"], "ready", "{ready:#}");
    let answer = get(ready["local"]["url"].as_str().expect("local.url is set"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("Hello from Cloud-Pinokio"), "{answer}");

    writeln!(start.stdin.as_mut().unwrap(), r#"{{"t":"stop"}}"#).unwrap();
    let exit = told.last().expect("an exit event");
    assert_eq!((exit["t"].as_str(), exit["status"].as_str()), (Some("exit"), Some("stopped")));
    assert_eq!(start.wait().unwrap().code(), Some(130));

    let deadline = Instant::now() + Duration::from_secs(5);
    while !alive_in(&scratch).is_empty() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(alive_in(&scratch), Vec::<PathBuf>::new(), "processes outlived the run");
}
