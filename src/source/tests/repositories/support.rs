//! A smart-HTTP git server on loopback around `git http-backend`, with faults, and repositories to serve.
//!
//! Must not know: what is tested.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use pino_source::{Address, AddressRules, Credentials, Limits, Progress, Source, SourceOptions, Watch};
use tokio_util::sync::CancellationToken;

/// What the server does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The first so many packs break off in the middle.
    DieInPack(usize),
    /// Bytes of every pack are changed.
    GarbagePack,
    /// Every answer is a page.
    Page,
    /// A list of branches without end.
    EndlessRefs,
    /// The first answer is followed by silence.
    Stall,
    /// Wants this token.
    Private(&'static str),
    /// Sends everybody to another server.
    RedirectTo(String),
}

/// One request the server got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

pub(crate) struct GitServer {
    pub(crate) address: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl GitServer {
    /// Serves the repositories below a folder.
    pub(crate) fn start(root: &Path, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (root, log, deaths) = (root.to_owned(), Arc::clone(&seen), Arc::new(Mutex::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (root, fault, log, deaths) =
                    (root.clone(), fault.clone(), Arc::clone(&log), Arc::clone(&deaths));
                thread::spawn(move || serve(stream.unwrap(), &root, &fault, &log, &deaths));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    root: &Path,
    fault: &Fault,
    log: &Mutex<Vec<Seen>>,
    deaths: &Mutex<usize>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let authorization = headers.get("authorization").cloned();
    log.lock().unwrap().push(Seen { path: target.clone(), authorization: authorization.clone() });
    let mut stream = stream;
    let mut answer = |status: &str, kind: &str, more: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()
    };
    match fault {
        Fault::Page => return answer("200 OK", "text/html", "", b"<html>sign in</html>"),
        Fault::RedirectTo(other) => {
            return answer("302 Found", "text/plain", &format!("Location: {other}{target}\r\n"), b"");
        }
        Fault::Private(token) if authorization.as_deref() != Some(*token) => {
            return answer(
                "401 Unauthorized",
                "text/plain",
                "WWW-Authenticate: Basic realm=\"git\"\r\n",
                b"no",
            );
        }
        Fault::EndlessRefs => return endless(stream),
        Fault::Stall => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 1000\r\n\r\n";
            stream.write_all(head.as_bytes()).ok()?;
            // until the client gives up
            let _ = stream.read(&mut [0; 1]);
            return None;
        }
        _ => {}
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path.contains("/info/lfs/objects/batch") {
        return lfs(root, &body, &headers, &mut answer);
    }
    if let Some(oid) = path.strip_prefix("/lfs-content/") {
        let content = fs::read(root.join("lfs-content").join(oid)).ok()?;
        return answer("200 OK", "application/octet-stream", "", &content);
    }
    let request = Forwarded { method: &method, path, query, kind: headers.get("content-type"), body: &body };
    let (status, kind, mut content) = forward(root, &request)?;
    let is_pack = method == "POST" && content.windows(4).any(|four| four == b"PACK");
    if is_pack && *fault == Fault::GarbagePack {
        let middle = content.len() / 2;
        for byte in &mut content[middle..middle + 40] {
            *byte = !*byte;
        }
    }
    if is_pack && let Fault::DieInPack(times) = fault {
        let mut deaths = deaths.lock().unwrap();
        if *deaths < *times {
            *deaths += 1;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                content.len()
            );
            stream.write_all(head.as_bytes()).ok()?;
            return stream.write_all(&content[..content.len() / 2]).ok();
        }
    }
    answer(&status, &kind, "", &content)
}

struct Forwarded<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    kind: Option<&'a String>,
    body: &'a [u8],
}

/// Status, content type and content as `git http-backend` gives them.
fn forward(root: &Path, request: &Forwarded<'_>) -> Option<(String, String, Vec<u8>)> {
    let output = backend(root, request.method, request.path, request.query, request.kind, request.body);
    let at = output.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&output[..at]).into_owned();
    let value = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
    };
    let status = value("Status").unwrap_or_else(|| "200 OK".to_owned());
    Some((status, value("Content-Type").unwrap_or_default(), output[at + 4..].to_vec()))
}

fn endless(mut stream: TcpStream) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n001e# service=git-upload-pack\n0000";
    stream.write_all(head.as_bytes()).ok()?;
    // bounded all the same: a client that never stops would take 256 MiB
    for number in 0..4_000_000 {
        let line = format!("{number:040x} refs/heads/b{number}\n");
        stream.write_all(format!("{:04x}{line}", line.len() + 4).as_bytes()).ok()?;
    }
    Some(())
}

type Answer<'a> = dyn FnMut(&str, &str, &str, &[u8]) -> Option<()> + 'a;

fn lfs(root: &Path, body: &[u8], headers: &BTreeMap<String, String>, answer: &mut Answer<'_>) -> Option<()> {
    let question: serde_json::Value = serde_json::from_slice(body).ok()?;
    let host = headers.get("host")?;
    let objects: Vec<_> = question["objects"]
        .as_array()?
        .iter()
        .map(|object| {
            let oid = object["oid"].as_str().unwrap();
            if root.join("lfs-content").join(oid).is_file() {
                serde_json::json!({ "oid": oid, "size": object["size"],
                    "actions": { "download": { "href": format!("http://{host}/lfs-content/{oid}"), "header": { "X-Key": "v" } } } })
            } else {
                serde_json::json!({ "oid": oid, "size": object["size"], "error": { "code": 404, "message": "not here" } })
            }
        })
        .collect();
    let text = serde_json::json!({ "objects": objects }).to_string();
    answer("200 OK", "application/vnd.git-lfs+json", "", text.as_bytes())
}

fn backend(
    root: &Path,
    method: &str,
    path: &str,
    query: &str,
    kind: Option<&String>,
    body: &[u8],
) -> Vec<u8> {
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", kind.map_or("", String::as_str))
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let body = body.to_vec();
    let writer = thread::spawn(move || input.write_all(&body));
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    let _ = writer.join();
    child.wait().unwrap();
    output
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = [
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "protocol.file.allow=always",
    ];
    let output = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A repository with a few commits, a second branch and a tag.
pub(crate) fn repository(root: &Path, name: &str) -> PathBuf {
    let folder = root.join(name);
    fs::create_dir_all(&folder).unwrap();
    git(&folder, &["init", "-q"]);
    git(&folder, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    write(&folder, "install.js", "module.exports = { run: [] }\n");
    commit(&folder, "First");
    git(&folder, &["tag", "-a", "v1", "-m", "v1"]);
    write(&folder, "README.md", "second\n");
    write(&folder, "big/data.bin", (0..200_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    commit(&folder, "Second");
    git(&folder, &["branch", "other", "v1"]);
    folder
}

pub(crate) fn commit(folder: &Path, message: &str) -> String {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "--allow-empty", "-m", message]);
    git(folder, &["rev-parse", "HEAD"])
}

pub(crate) fn limits() -> Limits {
    Limits { first_pause: Duration::from_millis(1), stall: Duration::from_secs(20), ..Limits::default() }
}

pub(crate) fn source_with(rules: &[(&str, &str)], credentials: Credentials, limits: Limits) -> Source {
    let pairs = rules.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
    let rules = AddressRules::from_pairs(pairs);
    Source::new(SourceOptions { credentials, rules, variables: BTreeMap::new(), limits }).unwrap()
}

pub(crate) fn source() -> Source {
    source_with(&[], Credentials::default(), limits())
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(crate) const SILENT: &(dyn Fn(&Progress) + Send + Sync) = &|_| {};

pub(crate) fn watch() -> Watch<'static> {
    Watch::new(CancellationToken::new(), SILENT)
}
