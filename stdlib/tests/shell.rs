//! Our additions to `shell.run`: `timeout`, `retry`, `limits`; and the log of what a shell printed.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use std::time::{Duration, Instant};

use serde_json::json;
use support::{World, failure};

/// The default environment of a step is not what is tested.
fn command(message: &str) -> serde_json::Value {
    let path = std::env::var("PATH").unwrap();
    json!({ "message": message, "conda": { "skip": true }, "env": { "PATH": [path] } })
}

fn with(message: &str, more: serde_json::Value) -> serde_json::Value {
    let mut params = command(message);
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended() {
    let world = World::new();
    let params = with("echo begun; (setsid sleep 300 &); sleep 300", json!({ "timeout": "300ms" }));
    let began = Instant::now();
    let text = failure(world.call("shell.run", params).await);
    assert!(text.contains("longer than 0.3 s") && text.contains("begun"), "{text}");
    assert!(began.elapsed() < Duration::from_mins(1), "it does not wait for the command");
    let result = world.call("shell.run", with("echo hi", json!({ "timeout": 60 }))).await.unwrap();
    assert_eq!(result["stdout"], "hi\n");
}

#[tokio::test]
async fn what_failed_is_tried_again() {
    let world = World::new();
    let counting = "echo x >> tries; test $(wc -l < tries) -ge 3";
    let result = world.call("shell.run", with(counting, json!({ "retry": 5 }))).await.unwrap();
    assert_eq!((world.read("tries").unwrap().as_str(), &result["exit_code"]), ("x\nx\nx\n", &json!(0)));
    let retries = world.warnings().iter().filter(|code| code.as_str() == "retry").count();
    assert_eq!(retries, 2, "{:?}", world.warnings());

    let failing = "echo y >> more; echo 'Error: no network'";
    let params = with(failing, json!({ "retry": { "times": 2, "delay": "1ms" } }));
    let text = failure(world.call("shell.run", params).await);
    assert!(text.contains("Error:"), "{text}");
    assert_eq!(world.read("more").as_deref(), Some("y\ny\ny\n"));
}

#[tokio::test]
async fn limits_hold_the_command() {
    let world = World::new();
    let params = with("ulimit -n; ulimit -f", json!({ "limits": { "files": 77, "file_size": "512 KiB" } }));
    let result = world.call("shell.run", params).await.unwrap();
    assert_eq!(result["stdout"], "77\n512\n");
    let wrong = world.call("shell.run", with("true", json!({ "limits": { "memory": "much" } }))).await;
    assert!(matches!(wrong, Err(pino_stdlib::MethodError::BadParams(_))));
}

#[tokio::test]
async fn what_was_printed_is_logged_below_the_home() {
    let world = World::new();
    std::fs::create_dir_all(world.home().join("logs")).unwrap();
    world.call("shell.run", command(r"printf '\033[31mred\033[0m\n'")).await.unwrap();
    let logged = walk(&world.home().join("logs/shell/cleaned"));
    assert_eq!(logged, ["red\n"]);
}

/// The texts of all files below.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
    found
}
