//! `gradio.predict` against the interfaces of Gradio 3, 4 and 5, over loopback.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use serde_json::json;
use support::{World, failure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Path → answer; `None` is 404. Every request gets a connection of its own.
async fn serve(answer: fn(&str, &str) -> Option<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stream, answer));
        }
    });
    format!("http://{address}")
}

async fn one(mut stream: TcpStream, answer: fn(&str, &str) -> Option<String>) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    let (head_end, length) = loop {
        let count = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..count]);
        let shown = String::from_utf8_lossy(&text).to_lowercase();
        if let Some(end) = shown.find("\r\n\r\n") {
            let length = shown.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            break (end + 4, length.map_or(0, |length| length.parse::<usize>().unwrap()));
        }
    };
    while text.len() < head_end + length {
        let count = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..count]);
    }
    let shown = String::from_utf8_lossy(&text).into_owned();
    let path = shown.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, body) = match answer(&path, &shown) {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", "{}".to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

fn gradio5(path: &str, request: &str) -> Option<String> {
    match path {
        "/config" => Some(r#"{"version":"5.9","api_prefix":"/gradio_api"}"#.to_owned()),
        "/gradio_api/upload" => request.contains("PIXELS").then(|| r#"["/tmp/gradio/x/a.png"]"#.to_owned()),
        "/gradio_api/call/predict" => {
            let is_right = request.contains(r#""path":"/tmp/gradio/x/a.png""#) && request.contains(r#""hi""#);
            is_right.then(|| r#"{"event_id":"e1"}"#.to_owned())
        }
        "/gradio_api/call/predict/e1" => Some(
            "event: heartbeat\ndata: null\n\nevent: generating\ndata: [1]\n\nevent: complete\ndata: [\"done\", 2]\n\n".to_owned(),
        ),
        _ => None,
    }
}

#[tokio::test]
async fn version_5_with_a_file() {
    let world = World::new();
    world.write("a.png", "PIXELS");
    let uri = serve(gradio5).await;
    let call = json!({"uri": uri, "path": "/predict", "params": ["hi", {"path": "a.png"}]});
    let result = world.call("gradio.predict", call).await.unwrap();
    assert_eq!(result, json!({"data": ["done", 2], "endpoint": "/predict"}));
}

fn gradio4(path: &str, _: &str) -> Option<String> {
    match path {
        "/config" => Some(r#"{"version":"4.44"}"#.to_owned()),
        "/call/fail" => Some(r#"{"event_id":"e"}"#.to_owned()),
        "/call/fail/e" => Some("event: error\ndata: \"out of memory\"\n\n".to_owned()),
        "/call/cut" => Some(r#"{"event_id":"../../config"}"#.to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn version_4_tells_why_it_failed() {
    let world = World::new();
    let uri = serve(gradio4).await;
    let text = failure(world.call("gradio.predict", json!({"uri": uri, "path": "fail"})).await);
    assert!(text.contains("/fail failed") && text.contains("out of memory"), "{text}");
    let text = failure(world.call("gradio.predict", json!({"uri": uri, "path": "cut"})).await);
    assert!(text.contains("no event id"), "{text}");
    let text = failure(world.call("gradio.predict", json!({"uri": uri, "path": "/none"})).await);
    assert!(text.contains("no endpoint /none"), "{text}");
}

fn gradio3(path: &str, request: &str) -> Option<String> {
    match path {
        "/config" => Some(r#"{"version":"3.50"}"#.to_owned()),
        "/run/predict" => request.contains(r#"{"data":[1]}"#).then(|| r#"{"data":["old"]}"#.to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn version_3_answers_at_once() {
    let world = World::new();
    let uri = serve(gradio3).await;
    let result =
        world.call("gradio.predict", json!({"uri": uri, "path": "/predict", "params": [1]})).await.unwrap();
    assert_eq!(result["data"], json!(["old"]));
}

#[tokio::test]
async fn what_is_no_gradio_app_is_said() {
    let world = World::new();
    let uri = serve(|path, _| (path == "/config").then(|| "<html>".to_owned())).await;
    let text = failure(world.call("gradio.predict", json!({"uri": uri, "path": "/x"})).await);
    assert!(text.contains("is no Gradio app"), "{text}");
    let nobody = json!({"uri": "http://127.0.0.1:9", "path": "/x"});
    assert!(failure(world.call("gradio.predict", nobody).await).contains("cannot reach"));
    assert!(failure(world.call("key.get", json!({})).await).contains("never finished"));
}
