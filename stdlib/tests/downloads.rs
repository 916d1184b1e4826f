//! `fs.extract`, `fs.verify`, `hf.*`: archives, checksums, repositories of a hub on the loopback.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use pino_stdlib::MethodError;
use serde_json::json;
use support::{World, failure};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[tokio::test]
async fn archives_are_unpacked_and_bad_ones_leave_nothing() {
    let world = World::new();
    world.write("in/top/x.txt", "hello");
    let made = Command::new("tar")
        .arg("-czf")
        .arg(world.at("a.tgz"))
        .arg("-C")
        .arg(world.at("in"))
        .arg("top")
        .status();
    assert!(made.unwrap().success());
    let params = json!({"path": "a.tgz", "dest": "out", "strip": 1, "remove": true});
    let result = world.call("fs.extract", params).await.unwrap();
    assert_eq!((result["files"].clone(), result["bytes"].clone()), (json!(1), json!(5)));
    assert_eq!(world.read("out/x.txt").as_deref(), Some("hello"));
    assert!(!world.at("a.tgz").exists());
    assert!(world.packets().iter().any(|(kind, _)| kind == "progress"));
    world.write("bad.zip", "<html>");
    let text = failure(world.call("fs.extract", json!({"path": "bad.zip", "dest": "none"})).await);
    assert!(text.starts_with("fs.extract: ") && text.contains("no archive"), "{text}");
    let wrong = world.call("fs.extract", json!({"path": "bad.zip", "strip": -1})).await;
    assert!(matches!(wrong, Err(MethodError::BadParams(_))));
}

#[tokio::test]
async fn files_are_compared_with_what_they_should_be() {
    let world = World::new();
    world.write("f.bin", "abc");
    let good = world
        .call("fs.verify", json!({"path": "f.bin", "sha256": ABC.to_uppercase(), "size": 3}))
        .await
        .unwrap();
    assert_eq!(good, json!({"ok": true, "bytes": 3, "checksum": format!("sha256:{ABC}")}));
    let text = failure(world.call("fs.verify", json!({"path": "f.bin", "md5": "0".repeat(32)})).await);
    assert!(text.contains("wrong checksum") && text.contains("download it again"), "{text}");
    let soft = world.call("fs.verify", json!({"path": "f.bin", "size": 4, "fail": false})).await.unwrap();
    assert_eq!(
        (soft["ok"].clone(), soft["problem"].clone()),
        (json!(false), json!("has 3 bytes instead of 4"))
    );
    assert!(matches!(
        world.call("fs.verify", json!({"path": "f.bin"})).await,
        Err(MethodError::BadParams(_))
    ));
    world.write("f.bin.sha256", &format!("{ABC}  f.bin\n"));
    assert_eq!(world.call("fs.verify", json!({"path": "f.bin"})).await.unwrap()["ok"], json!(true));
    world.write("SUMS", &format!("{}  f.bin\n", "0".repeat(64)));
    assert!(world.call("fs.verify", json!({"path": "f.bin", "sidecar": "SUMS"})).await.is_err());
}

/// A hub with one small file and a login that is confirmed at the second question.
fn start_hub() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let questions = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(100) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
            reader.read_line(&mut first).unwrap();
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            std::io::copy(&mut std::io::Read::take(&mut reader, length), &mut std::io::sink()).unwrap();
            let (status, more, body) = hub_answer(&first, &questions);
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n",
                body.len()
            );
            let body = if first.starts_with("HEAD") { "" } else { &body };
            // a client that has had enough closes; that is its business
            (&stream).write_all(format!("{head}{body}").as_bytes()).ok();
        }
    });
    url
}

fn hub_answer(first: &str, questions: &AtomicUsize) -> (u16, String, String) {
    let marks = format!("x-repo-commit: {COMMIT}\r\netag: \"{ABC}\"\r\n");
    let page = |body: &str| (200, "content-type: application/json\r\n".to_owned(), body.to_owned());
    match first.split(' ').nth(1).unwrap_or_default() {
        path if path.contains("/resolve/") => (200, marks, "abc".to_owned()),
        path if path.contains("/revision/") => page(&format!(r#"{{"sha":"{COMMIT}","siblings":[]}}"#)),
        path if path.contains("/tree/") => page(r#"[{"type":"file","path":"a/f.bin","size":3}]"#),
        "/oauth/device" => page(
            r#"{"device_code":"d","user_code":"AB-CD","verification_uri":"https://hub/device","expires_in":60,"interval":1}"#,
        ),
        "/oauth/token" if questions.fetch_add(1, Ordering::Relaxed) == 0 => {
            page(r#"{"error":"authorization_pending"}"#)
        }
        "/oauth/token" => page(r#"{"access_token":"hf_s3cret"}"#),
        "/api/whoami-v2" => page("{}"),
        _ => (404, String::new(), String::new()),
    }
}

fn world_at(hub: &str) -> World {
    let world = World::new();
    let cache = world.home().join("cache/HF_HOME").to_string_lossy().into_owned();
    let variables = [("HF_ENDPOINT".to_owned(), hub.to_owned()), ("HF_HOME".to_owned(), cache)];
    world.host.variables.lock().unwrap().extend(variables);
    world
}

#[tokio::test]
async fn repositories_come_into_folders_and_the_cache() {
    let world = world_at(&start_hub());
    let params = json!({"path": ".", "_": ["org/model a/f.bin"], "local-dir": "models/x"});
    let result = world.call("hf.download", params).await.unwrap();
    assert_eq!(world.read("models/x/a/f.bin").as_deref(), Some("abc"));
    assert_eq!(result["exit_code"], json!(0));
    let result = world.call("hf.download", json!({"_": "org/model", "include": "*.bin"})).await.unwrap();
    let folder = format!("cache/HF_HOME/hub/models--org--model/snapshots/{COMMIT}");
    assert_eq!(result["path"], json!(world.home().join(&folder)));
    assert_eq!(fs::read_to_string(world.home().join(folder).join("a/f.bin")).unwrap(), "abc");
    assert!(matches!(
        world.call("hf.download", json!({"_": ["../x"]})).await,
        Err(MethodError::BadParams(_))
    ));
    assert!(matches!(world.call("hf.download", json!(null)).await, Err(MethodError::BadParams(_))));
}

#[tokio::test]
async fn a_login_is_confirmed_kept_and_forgotten() {
    let world = world_at(&start_hub());
    let result = world.call("hf.login", json!({"interval": 10})).await.unwrap();
    assert_eq!(
        (result["status"].clone(), result["login"]["user_code"].clone()),
        (json!("success"), json!("AB-CD"))
    );
    let path = world.home().join("cache/HF_AUTH/token");
    assert_eq!(fs::read_to_string(&path).unwrap(), "hf_s3cret");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let seen = format!("{result} {} {:?}", world.printed(), world.packets());
    assert!(seen.contains("https://hub/device") && !seen.contains("s3cret"), "{seen}");
    let again = world.call("hf.login", json!({})).await.unwrap();
    assert_eq!(again["already_logged_in"], json!(true));
    assert_eq!(world.call("hf.logout", json!({})).await.unwrap()["status"], json!("success"));
    assert!(!path.exists());
}
