//! The hub and its caching proxy against a hub on the loopback: layout, globs, gates, resumes, many clients, offline.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pino_download::{
    Downloads, Hub, HubConfig, HubError, HubProxy, Limits, NO_PROGRESS, Proxies, Queue, RepoId, RepoKind,
    RepoRequest,
};
use sha2::{Digest as _, Sha256};
use support::{Reply, Request, Server, serve_file};
use tokio_util::sync::CancellationToken;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const CONFIG: &[u8] = b"{\"kind\": \"tiny\"}";

fn weights() -> Vec<u8> {
    (0..700_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    use std::fmt::Write as _;
    bytes.as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn git_name(content: &[u8]) -> String {
    let mut hasher = sha1::Sha1::new();
    hasher.update(format!("blob {}\0", content.len()));
    hasher.update(content);
    hex(hasher.finalize())
}

/// What a hub answers for `org/tiny`: a small file, a large one elsewhere; `org/gated` only to those with the token.
fn hub_reply(request: &Request, weights: &[u8], stall_once: &AtomicBool) -> Reply {
    let path = request.path.split('?').next().unwrap_or_default();
    if path.starts_with("/api/models/org/tiny/revision/") {
        return json(&format!(r#"{{"sha":"{COMMIT}","siblings":[]}}"#));
    }
    if path.starts_with("/api/models/org/tiny/tree/") {
        if request.path.contains("cursor=2") {
            return json(r#"[{"type":"file","path":"notes/readme.md","size":2,"oid":"x"}]"#);
        }
        let list = format!(
            r#"[{{"type":"directory","path":"notes"}},{{"type":"file","path":"config.json","size":{}}},{{"type":"file","path":"model.safetensors","size":{},"xetHash":"abc"}}]"#,
            CONFIG.len(),
            weights.len()
        );
        return json(&list).with(
            "link",
            "<https://huggingface.co/api/models/org/tiny/tree/x?recursive=true&cursor=2>; rel=\"next\"",
        );
    }
    if path.starts_with("/org/gated/resolve/") && request.header("authorization") != Some("Bearer hf_right") {
        return Reply::new(403, "no").with("x-error-code", "GatedRepo");
    }
    let file = path.split_once("/resolve/").and_then(|(_, rest)| rest.split_once('/')).map(|(_, file)| file);
    match (path, file) {
        ("/cdn/weights", _) => {
            let reply = serve_file(request, weights, "\"cdn\"");
            if stall_once.swap(false, Ordering::Relaxed) { reply.stall(1_000_000) } else { reply }
        }
        (_, Some("config.json")) => small(request, CONFIG),
        (_, Some("notes/readme.md")) => small(request, b"hi"),
        (_, Some("model.safetensors")) => Reply::new(302, "")
            .with("location", "/cdn/weights")
            .with("x-repo-commit", COMMIT)
            .with("x-linked-etag", format!("\"{}\"", hex(Sha256::digest(weights))))
            .with("x-linked-size", weights.len()),
        (_, Some(_)) => {
            Reply::new(404, "").with("x-error-code", "EntryNotFound").with("x-repo-commit", COMMIT)
        }
        _ => Reply::new(404, "").with("x-error-code", "RepoNotFound"),
    }
}

fn json(text: &str) -> Reply {
    Reply::new(200, text).with("content-type", "application/json")
}

fn small(request: &Request, content: &[u8]) -> Reply {
    serve_file(request, content, &format!("\"{}\"", git_name(content))).with("x-repo-commit", COMMIT)
}

async fn start_hub(stall_once: bool) -> Server {
    let (weights, stall) = (weights(), AtomicBool::new(stall_once));
    Server::start(move |request, _| {
        let reply = hub_reply(request, &weights, &stall);
        // an answer to HEAD has the length of the body, but no body
        if request.verb == "HEAD" {
            Reply { length: Some(reply.body.len()), body: Vec::new(), ..reply }
        } else {
            reply
        }
    })
    .await
}

fn config(endpoint: &str, cache: &Path, more: &[(&str, &str)]) -> HubConfig {
    let mut variables = BTreeMap::from([
        ("HF_ENDPOINT".to_owned(), endpoint.to_owned()),
        ("HF_HOME".to_owned(), cache.to_string_lossy().into_owned()),
    ]);
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    HubConfig::from_variables(&variables)
}

fn downloads() -> Downloads {
    let patience = Limits {
        first_pause: Duration::from_millis(1),
        stall: Duration::from_millis(400),
        ..Limits::default()
    };
    Downloads::with_limits(patience)
}

fn repo(name: &str) -> RepoRequest {
    RepoRequest::all(RepoId::new(RepoKind::Model, name).unwrap())
}

async fn fetch(config: HubConfig, wanted: &RepoRequest) -> Result<pino_download::HubOutcome, HubError> {
    Hub::new(downloads(), config, Proxies::default())
        .fetch(wanted, &CancellationToken::new(), NO_PROGRESS)
        .await
}

#[tokio::test]
async fn a_repository_arrives_in_the_layout_apps_know() {
    let hub = start_hub(true).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = config(&hub.url(""), folder.path(), &[]);
    let outcome = fetch(settings.clone(), &repo("org/tiny")).await.unwrap();
    let home = folder.path().join("hub/models--org--tiny");
    assert_eq!(outcome.folder, home.join("snapshots").join(COMMIT));
    assert_eq!(fs::read_to_string(home.join("refs/main")).unwrap(), COMMIT);
    assert!(fs::read(outcome.folder.join("model.safetensors")).unwrap() == weights());
    assert_eq!(fs::read(outcome.folder.join("notes/readme.md")).unwrap(), b"hi");
    let link = fs::read_link(outcome.folder.join("config.json")).unwrap();
    assert_eq!(link, Path::new("../../blobs").join(git_name(CONFIG)));
    // a second time nothing is transferred
    let before = hub.seen().len();
    fetch(settings, &repo("org/tiny")).await.unwrap();
    assert!(
        hub.seen()[before..]
            .iter()
            .all(|request| request.verb == "HEAD" || request.path.starts_with("/api/"))
    );
    let offline = config(&hub.url(""), folder.path(), &[("HF_HUB_OFFLINE", "1")]);
    assert_eq!(fetch(offline.clone(), &repo("org/tiny")).await.unwrap().commit, COMMIT);
    assert!(matches!(fetch(offline, &repo("org/other")).await, Err(HubError::Offline { .. })));
}

#[tokio::test]
async fn patterns_folders_and_names() {
    let hub = start_hub(false).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = || config(&hub.url(""), folder.path(), &[]);
    let local = folder.path().join("app/models");
    let include = vec!["*.json".to_owned(), "notes/".to_owned()];
    let wanted = RepoRequest { include, local_dir: Some(local.clone()), ..repo("org/tiny") };
    let outcome = fetch(settings(), &wanted).await.unwrap();
    assert_eq!((outcome.folder.clone(), outcome.files.len()), (local.clone(), 2));
    assert!(!local.join("model.safetensors").exists());
    let notes = fs::read_to_string(local.join(".cache/huggingface/download/config.json.metadata")).unwrap();
    assert!(notes.starts_with(&format!("{COMMIT}\n{}\n", git_name(CONFIG))));
    let nothing = RepoRequest { include: vec!["*.gguf".into()], ..repo("org/tiny") };
    assert!(matches!(fetch(settings(), &nothing).await, Err(HubError::NothingFits { .. })));
    let missing = RepoRequest { files: vec!["nope.bin".into()], ..repo("org/tiny") };
    assert!(matches!(fetch(settings(), &missing).await, Err(HubError::NoFile { .. })));
    assert!(matches!(fetch(settings(), &repo("org/none")).await, Err(HubError::NoRepo { .. })));
}

#[tokio::test]
async fn gates_open_with_a_token_that_goes_nowhere_else() {
    let hub = start_hub(false).await;
    let folder = tempfile::tempdir().unwrap();
    let wanted = RepoRequest { files: vec!["model.safetensors".into()], ..repo("org/gated") };
    let error = fetch(config(&hub.url(""), folder.path(), &[]), &wanted).await.unwrap_err();
    assert!(matches!(&error, HubError::Gated { .. }) && error.to_string().contains("HF_TOKEN"), "{error}");
    let error =
        fetch(config(&hub.url(""), folder.path(), &[("HF_TOKEN", "hf_wrong")]), &wanted).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hf_wrong"));
    let outcome =
        fetch(config(&hub.url(""), folder.path(), &[("HF_TOKEN", "hf_right")]), &wanted).await.unwrap();
    assert!(fs::read(&outcome.files[0]).unwrap() == weights());
}

struct Proxy {
    url: String,
    cancel: CancellationToken,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

async fn start_proxy(upstream: &str, cache: &Path) -> Proxy {
    let cancel = CancellationToken::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let manager = downloads().noted_in(Queue::at(cache.join("notes")));
    let settings = config(upstream, cache, &[]);
    let proxy =
        HubProxy::new(manager, &settings, Proxies::default(), Arc::new(|_| {}), cancel.clone()).unwrap();
    tokio::spawn(proxy.serve(listener));
    Proxy { url, cancel }
}

async fn get(url: &str, range: Option<&str>) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (status, headers, answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn the_proxy_fetches_once_for_many_clients() {
    let hub = start_hub(true).await;
    let folder = tempfile::tempdir().unwrap();
    let proxy = start_proxy(&hub.url(""), folder.path()).await;
    let url = format!("{}/org/tiny/resolve/main/model.safetensors", proxy.url);
    let data = weights();
    let clients = (0..6).map(|number| {
        let (url, data) = (url.clone(), &data);
        async move {
            let start = number * 100_000;
            let (status, headers, body) =
                get(&url, (number > 0).then(|| format!("bytes={start}-")).as_deref()).await;
            assert_eq!(status, if number > 0 { 206 } else { 200 });
            assert_eq!(
                (headers["x-repo-commit"].as_str(), headers["x-linked-size"].as_str()),
                (COMMIT, "2800000")
            );
            assert_eq!(headers["etag"].trim_matches('"'), hex(Sha256::digest(data)));
            assert!(body == data[start..]);
        }
    });
    futures::future::join_all(clients).await;
    let fetched = hub
        .seen()
        .iter()
        .filter(|request| request.verb == "GET" && request.path.contains("/resolve/"))
        .count();
    // once, and once more where the first connection stalled
    assert!(fetched <= 2, "{fetched} times");
    // the cache is one for apps too, also without the hub
    let snapshot = folder.path().join("hub/models--org--tiny/snapshots").join(COMMIT);
    assert!(fs::read(snapshot.join("model.safetensors")).unwrap() == data);
    assert_eq!(get(&url, Some("bytes=9999999-")).await.0, 416);
}

#[tokio::test]
async fn the_proxy_serves_what_it_has_without_the_hub() {
    let hub = start_hub(false).await;
    let folder = tempfile::tempdir().unwrap();
    let path = "/org/tiny/resolve/main/config.json";
    let list = "/api/models/org/tiny/tree/main?recursive=true";
    {
        let proxy = start_proxy(&hub.url(""), folder.path()).await;
        assert_eq!(get(&format!("{}{path}", proxy.url), None).await.2, CONFIG);
        let (_, headers, body) = get(&format!("{}{list}", proxy.url), None).await;
        assert!(!String::from_utf8_lossy(&body).contains("xetHash"));
        assert!(headers["link"].contains("cursor=2"));
    }
    let proxy = start_proxy("http://127.0.0.1:9", folder.path()).await;
    assert_eq!(get(&format!("{}{path}", proxy.url), None).await.2, CONFIG);
    assert_eq!(get(&format!("{}{list}", proxy.url), None).await.0, 200);
    assert_eq!(get(&format!("{}/org/tiny/resolve/main/other", proxy.url), None).await.0, 502);
}

#[tokio::test]
async fn the_proxy_refuses_strangers_and_passes_refusals_on() {
    let hub = start_hub(false).await;
    let folder = tempfile::tempdir().unwrap();
    let proxy = start_proxy(&hub.url(""), folder.path()).await;
    let (status, headers, _) = get(&format!("{}/org/gated/resolve/main/config.json", proxy.url), None).await;
    assert_eq!((status, headers["x-error-code"].as_str()), (403, "GatedRepo"));
    assert_eq!(
        get(&format!("{}/org/tiny/resolve/main/nope", proxy.url), None).await.1["x-error-code"],
        "EntryNotFound"
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let stranger =
        client.get(format!("{}/org/tiny/resolve/main/config.json", proxy.url)).header("host", "evil.example");
    assert_eq!(stranger.send().await.unwrap().status().as_u16(), 403);
}
