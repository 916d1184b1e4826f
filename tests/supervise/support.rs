//! A home with apps, a server that may be killed, and a look at what is left.
//!
//! Must not know: which test it serves.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::Value;

/// Longest wait for anything.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// A home of its own; everything in it is ended when it goes.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("pino-supervise-").tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command to its end.
    pub(crate) fn pino(&self, arguments: &[&str]) -> Output {
        let (command, rest) = arguments.split_first().unwrap();
        let mut pino = Command::new(env!("CARGO_BIN_EXE_pino"));
        pino.arg(command).arg("--home").arg(self.path()).args(rest);
        pino.env_remove("PINOKIO_HOME").stdin(std::process::Stdio::null());
        pino.output().unwrap()
    }

    /// Runs a command that has to go well; gives its JSON answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let output = self.pino(&all);
        assert!(output.status.success(), "{arguments:?}: {}\n{}", text(&output), self.server_log());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&output)))
    }

    /// Starts the server in the background; its process number.
    pub(crate) fn up(&self) -> i32 {
        self.json(&["up", "--detach"])["pid"].as_i64().unwrap() as i32
    }

    pub(crate) fn status(&self, app: &str) -> Value {
        self.json(&["status", app])
    }

    pub(crate) fn server_log(&self) -> String {
        fs::read_to_string(self.path().join("pino/logs/server.log")).unwrap_or_default()
    }

    /// Writes a file of an app.
    pub(crate) fn write(&self, app: &str, file: &str, text: &str) {
        let path = self.path().join("api").join(app).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// An app that answers over HTTP and counts aloud.
    pub(crate) fn install_web_app(&self, app: &str) {
        self.write(app, "app.py", APP);
        self.write(app, "start.js", START);
    }

    /// Processes that work in this home, the servers' own excepted.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let wanted = self.path().to_string_lossy().into_owned();
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let named = pids.filter_map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            let folder = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
            let is_ours = line.contains(&wanted) || folder.starts_with(self.path());
            (is_ours && pid != std::process::id() as i32).then_some((pid, line))
        });
        named.filter(|(_, line)| !line.contains(" up --announce")).collect()
    }

    /// Nothing of the home is left running, after a moment for the last shims to write their exits.
    pub(crate) fn assert_nothing_left(&self) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "left: {left:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.pino(&["down", "--stop-apps"]);
        for (pid, _) in self.processes() {
            kill(pid);
        }
    }
}

/// Prints `tick 0`, `tick 1`, … for ever and answers over HTTP.
const APP: &str = r#"
import http.server, itertools, sys, threading, time
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print("listening on http://127.0.0.1:%d" % server.server_address[1], flush=True)
def count():
    for number in itertools.count():
        print("tick", number, flush=True); time.sleep(0.01)
threading.Thread(target=count, daemon=True).start()
server.serve_forever()
"#;

const START: &str = r#"module.exports = { daemon: true, run: [
  { method: "shell.run", params: { message: "exec python3 -u app.py",
    on: [{ event: "/(http:\\/\\/[0-9.:]+)/", done: true }] } },
  { method: "local.set", params: { url: "{{input.event[1]}}" } },
] }"#;

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// SIGKILL, and nothing of the process is left afterwards.
pub(crate) fn kill(pid: i32) {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return };
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// Waits until a process is gone (a zombie counts).
pub(crate) fn wait_gone(pid: i32) {
    until("the process is gone", || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok();
        stat.is_none_or(|stat| {
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']))
        })
        .then_some(())
    });
}

/// Waits until the look gives something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The status line of an answer; empty when nobody answers.
pub(crate) fn get(url: &str) -> String {
    let place = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let Ok(mut stream) = TcpStream::connect(place) else { return String::new() };
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let asked = write!(stream, "GET / HTTP/1.0\r\nHost: {place}\r\n\r\n");
    let mut answer = String::new();
    if asked.is_err() || stream.read_to_string(&mut answer).is_err() {
        return String::new();
    }
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Numbers of the ticks in a log, in order.
pub(crate) fn ticks(log: &str) -> Vec<u64> {
    log.lines().filter_map(|line| line.trim().strip_prefix("tick ")?.parse().ok()).collect()
}
