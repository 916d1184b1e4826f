//! `log`, packets, `exec`, `net`, `uri`: what a script tells, asks and runs.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use pino_stdlib::MethodError;
use serde_json::json;
use support::{World, failure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

#[tokio::test]
async fn log_prints_the_first_form_that_is_given() {
    let cases = [
        (json!({"raw": "a\nb\r\nc"}), "a\r\nb\r\nc\r\n"),
        (json!({"text": [1, [2, null]], "json": 1}), "1,2,\r\n"),
        (json!({"text": {"a": 1}}), "[object Object]\r\n"),
        (json!({"json": {"b": 1, "a": [1, 2]}}), "{\"b\":1,\"a\":[1,2]}\r\n"),
        (json!({"json2": {"b": 1}}), "{\r\n  \"b\": 1\r\n}\r\n"),
        (json!({"raw": null, "text": "x"}), "null\r\n"),
        (json!({"raw": ""}), "\r\n"),
        (json!({}), ""),
        (json!("text"), ""),
    ];
    for (params, expected) in cases {
        let world = World::new();
        world.call("log", params.clone()).await.unwrap();
        assert_eq!(world.printed(), expected, "{params}");
    }
}

#[tokio::test]
async fn messages_are_packets() {
    let world = World::new();
    world.call("notify", json!({"html": "hi", "href": "./x"})).await.unwrap();
    world.call("push", json!({"message": "m"})).await.unwrap();
    world.call("web.open", json!({"uri": "http://x"})).await.unwrap();
    world.call("browser.open", json!({"uri": "http://x", "target": "_self"})).await.unwrap();
    world.call("web.close", json!({"target": "t"})).await.unwrap();
    world.call("tab.open", json!({"url": "/x"})).await.unwrap();
    let packets = world.packets();
    let expected = [
        ("notify", json!({"html": "hi", "href": "./x"})),
        ("push", json!({"message": "m", "title": "Pinokio"})),
        ("web.open", json!({"uri": "http://x"})),
        ("web.open", json!({"uri": "http://x", "target": "_blank"})),
        ("browser.close", json!({"target": "t"})),
        ("tab.open", json!({"url": "/x"})),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(kind, data)| (kind.to_owned(), data)).collect();
    assert_eq!(packets, expected);
}

#[tokio::test]
async fn proxy_start_is_accepted_and_ignored() {
    let world = World::new();
    world.call("proxy.start", json!({"uri": "http://x", "name": "n"})).await.unwrap();
    assert_eq!(world.warnings(), ["deprecated"]);
}

#[tokio::test]
async fn dialogs_wait_only_when_told() {
    let world = World::new();
    let shown = world.call("htmlmodal.open", json!({"html": "x"})).await.unwrap();
    assert_eq!((shown["action"].as_str(), shown["html"].as_str()), (Some("open"), Some("x")));
    assert_eq!(world.packets().len(), 1);
    let nobody = world.call("htmlmodal.open", json!({"await": true, "nobody": true})).await;
    assert!(matches!(nobody, Err(MethodError::NoAnswer(_))));
    assert!(world.call("filepicker.open", json!({"nobody": 1})).await.is_err());
}

#[tokio::test]
async fn uri_open_adds_a_query_before_the_fragment() {
    let world = World::new();
    let params =
        json!({"uri": "http://x/a?b=1#f", "params": {"c": [1, "two words"], "d": {"e": 1}, "n": null}});
    let result = world.call("uri.open", params).await.unwrap();
    assert_eq!(result["uri"], "http://x/a?b=1&c=1&c=two+words&d=%7B%22e%22%3A1%7D#f");
    assert!(world.call("uri.open", json!({})).await.is_err());
}

#[tokio::test]
async fn exec_gives_output_and_fails_with_the_command() {
    let world = World::new();
    world.host.variables.lock().unwrap().insert("PATH".into(), std::env::var("PATH").unwrap());
    let params = json!({"message": "echo \"$A\" $PWD; echo err >&2", "env": {"A": "x y"}});
    let result = world.call("exec", params).await.unwrap();
    assert_eq!(
        result["stdout"],
        format!("x y {}\n", world.at("").display().to_string().trim_end_matches('/'))
    );
    assert_eq!((&result["stderr"], &result["error"]), (&json!("err\n"), &json!(null)));
    let text = failure(world.call("exec", json!({"message": "echo why >&2; exit 7"})).await);
    assert!(text.contains("ended with code 7") && text.ends_with("why"), "{text}");
    let text = failure(world.call("exec", json!({"message": "sleep 30", "timeout": 50})).await);
    assert!(text.contains("did not end"), "{text}");
    assert_eq!(world.call("exec", json!({})).await.unwrap(), json!(null));
}

/// Answers one request with this text and gives what was asked.
async fn answer_once(reply: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.unwrap();
            asked.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&asked).into_owned();
            let body_bytes = text.split_once("\r\n\r\n").map(|(head, body)| (length_in(head), body.len()));
            if count == 0 || body_bytes.is_some_and(|(length, there)| there >= length) {
                stream.write_all(reply.as_bytes()).await.unwrap();
                return text;
            }
        }
    });
    (address, task)
}

fn length_in(head: &str) -> usize {
    let line =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn net_sends_json_and_reads_json() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{\"ok\":[1]}";
    let reply = Box::leak(reply.replace("length: 9", "length: 10").into_boxed_str());
    let (address, asked) = answer_once(reply).await;
    let world = World::new();
    let params = json!({
        "url": format!("{address}/api"), "method": "post", "data": {"q": 1}, "params": {"a": [1, 2], "b": "x y"},
        "headers": {"X-Own": "v", "Skipped": null}, "auth": {"username": "u", "password": "p"}
    });
    assert_eq!(world.call("net", params).await.unwrap(), json!({"ok": [1]}));
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST /api?a%5B%5D=1&a%5B%5D=2&b=x+y HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("x-own: v") && asked.contains("application/json") && asked.contains("Basic dTpw"),
        "{asked}"
    );
    assert!(asked.ends_with("{\"q\":1}") && !asked.to_lowercase().contains("skipped"), "{asked}");
}

#[tokio::test]
async fn net_fails_on_other_statuses_and_silence() {
    let world = World::new();
    let (address, _asked) =
        answer_once("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\ngone").await;
    let text = failure(world.call("net", json!({"url": format!("{address}/x?token=secret")})).await);
    assert!(text.contains("answered 404 Not Found: gone") && !text.contains("secret"), "{text}");
    let text = failure(world.call("net", json!({"url": "http://127.0.0.1:9/"})).await);
    assert!(text.contains("cannot reach http://127.0.0.1:9/"), "{text}");
    assert!(matches!(
        world.call("net", json!({"url": "file:///etc/passwd"})).await,
        Err(MethodError::BadParams(_))
    ));
    assert!(matches!(world.call("net", json!({})).await, Err(MethodError::BadParams(_))));
}

#[tokio::test]
async fn net_gives_text_and_bytes() {
    let world = World::new();
    let plain = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
    let (address, _asked) = answer_once(plain).await;
    assert_eq!(world.call("net", json!({"url": address})).await.unwrap(), json!("hello"));
    let (address, _asked) = answer_once(plain).await;
    let bytes = world.call("net", json!({"url": address, "responseType": "arraybuffer"})).await.unwrap();
    assert_eq!(bytes, json!({"$buffer": "aGVsbG8="}));
}
