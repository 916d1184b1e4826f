//! `fs.*` and `env.*`: files of the app, the drive, ENVIRONMENT.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use std::fs;

use pino_stdlib::MethodError;
use serde_json::json;
use support::{World, failure};

#[tokio::test]
async fn reads_bytes_and_text() {
    let world = World::new();
    world.write("d.bin", "ABC");
    assert_eq!(world.call("fs.read", json!({"path": "d.bin"})).await.unwrap(), json!({"$buffer": "QUJD"}));
    assert_eq!(
        world.call("fs.read", json!({"path": "d.bin", "encoding": "hex"})).await.unwrap(),
        json!("414243")
    );
    let text = failure(world.call("fs.read", json!({"path": "none"})).await);
    assert!(
        text.starts_with("cannot read ") && text.contains("no such file") && text.contains("check the path"),
        "{text}"
    );
    assert!(matches!(world.call("fs.read", json!({})).await, Err(MethodError::BadParams(_))));
    assert!(matches!(
        world.call("fs.read", json!({"path": "d.bin", "encoding": "x"})).await,
        Err(MethodError::BadParams(_))
    ));
}

#[tokio::test]
async fn prints_with_line_ends_of_terminals() {
    let world = World::new();
    world.write("t.txt", "alpha\nbeta");
    world.call("fs.cat", json!({"path": "t.txt"})).await.unwrap();
    assert_eq!(world.printed(), "alpha\r\nbeta\r\n");
}

#[tokio::test]
async fn the_first_true_content_counts_and_else_the_first_given() {
    let world = World::new();
    let cases = [
        (json!({"json": {"a": [1, null]}, "text": "no"}), "{\"a\":[1,null]}"),
        (json!({"json": 0, "json2": {"a": 1}}), "{\n  \"a\": 1\n}"),
        (json!({"json": 0}), "0"),
        (json!({"text": ""}), ""),
        (json!({"json": null, "text": "t"}), "t"),
        (json!({"text": 12.5}), "12.5"),
        (json!({"buffer": [104, 105]}), "hi"),
    ];
    for (mut params, expected) in cases {
        params["path"] = json!("out/deep/f.txt");
        world.call("fs.write", params.clone()).await.unwrap();
        assert_eq!(world.read("out/deep/f.txt").as_deref(), Some(expected), "{params}");
    }
    world.call("fs.append", json!({"path": "out/deep/f.txt", "text": "!\n"})).await.unwrap();
    assert_eq!(world.read("out/deep/f.txt").as_deref(), Some("hi!\n"));
    assert!(world.call("fs.write", json!({"path": "x"})).await.is_err());
}

#[tokio::test]
async fn a_folder_is_never_replaced_by_a_file() {
    let world = World::new();
    world.write("dir/kept", "kept");
    let text = failure(world.call("fs.write", json!({"path": "dir", "text": "x"})).await);
    assert!(text.contains("is a folder"), "{text}");
    assert_eq!(world.read("dir/kept").as_deref(), Some("kept"));
}

#[tokio::test]
async fn writing_outside_is_refused() {
    let world = World::new();
    for method in ["fs.write", "fs.append"] {
        assert!(world.call(method, json!({"path": "/etc/pino-test", "text": "x"})).await.is_err());
    }
    assert!(world.call("fs.rm", json!({"path": "/etc/pino-test"})).await.is_err());
    assert!(world.call("fs.copy", json!({"src": "/etc/hostname", "dest": "/etc/pino-test"})).await.is_err());
    assert!(world.call("fs.make", json!({"path": "/etc/pino-test"})).await.is_err());
}

#[tokio::test]
async fn removes_what_is_there_but_never_everything() {
    let world = World::new();
    world.write("a/b/c", "x");
    world.call("fs.rm", json!({"path": "a"})).await.unwrap();
    world.call("fs.remove", json!({"path": "a"})).await.unwrap();
    assert!(!world.at("a").exists());
    for precious in ["~/api", "~/api/..", ""] {
        assert!(world.call("fs.rm", json!({"path": precious})).await.is_err(), "{precious}");
    }
    assert!(world.at("").exists());
}

#[tokio::test]
async fn copies_files_and_folders() {
    let world = World::new();
    world.write("m.bin", "weights");
    world.write("dir/sub/b.txt", "b");
    world.call("fs.copy", json!({"src": "m.bin", "dest": "models/deep/m.bin"})).await.unwrap();
    world.call("fs.copy", json!({"src": "dir", "dest": "copy"})).await.unwrap();
    assert_eq!(world.read("models/deep/m.bin").as_deref(), Some("weights"));
    assert_eq!(world.read("copy/sub/b.txt").as_deref(), Some("b"));
    let kept = json!({"src": "dir", "dest": "copy2", "options": {"recursive": false}});
    assert!(world.call("fs.copy", kept).await.is_err());
}

#[tokio::test]
async fn links_folders_to_the_drive() {
    let world = World::new();
    world.write("app/models/a.bin", "a");
    world.write("app/other/b.bin", "b");
    let params = json!({"drive": {"models": ["app/models", "app/other"]}});
    world.call("fs.link", params.clone()).await.unwrap();
    for path in ["app/models", "app/other"] {
        assert!(world.at(path).symlink_metadata().unwrap().is_symlink());
    }
    assert_eq!(
        (world.read("app/models/b.bin").as_deref(), world.read("app/other/a.bin").as_deref()),
        (Some("b"), Some("a"))
    );
    world.call("fs.share", params).await.unwrap();
    let index = fs::read_to_string(world.home().join("drive/drives.json")).unwrap();
    assert!(index.contains("local:demo"), "{index}");
    assert!(world.printed().contains("is a link already"));
    world.call("fs.link", json!({"venv": "app/env"})).await.unwrap();
    world.call("fs.link", json!({})).await.unwrap();
    assert!(world.call("fs.link", json!({"drive": {"../x": "app/models2"}})).await.is_err());
}

#[tokio::test]
async fn moves_once_and_never_over_something() {
    let world = World::new();
    world.write("models/a.bin", "a");
    world.write("taken", "taken");
    world.call("fs.move", json!({"src": "models", "dest": "deep/kept"})).await.unwrap();
    assert_eq!(world.read("deep/kept/a.bin").as_deref(), Some("a"));
    for (src, dest) in [("models", "x"), ("deep/kept/a.bin", "taken"), ("deep", "deep/inside")] {
        assert!(world.call("fs.move", json!({"src": src, "dest": dest})).await.is_err(), "{src}");
    }
    assert_eq!(world.read("taken").as_deref(), Some("taken"));
}

#[tokio::test]
async fn what_links_lead_into_is_not_removed() {
    let world = World::new();
    world.write("app/models/a.bin", "a");
    world.call("fs.link", json!({"drive": {"models": "app/models"}})).await.unwrap();
    let drive = world.home().join("drive").display().to_string();
    let refused = world.call("fs.rm", json!({"path": drive})).await;
    assert!(refused.unwrap_err().to_string().contains("leads into it"));
    world.call("fs.rm", json!({"path": "app/models"})).await.unwrap();
    world.call("fs.rm", json!({"path": drive})).await.unwrap();
}

#[tokio::test]
async fn a_clash_on_the_drive_is_a_warning_and_git_names_the_owner() {
    let world = World::new();
    world.write(".git/config", "[remote \"origin\"]\n\turl = https://h/a.git\n");
    world.write("one/x.bin", "one");
    world.write("two/x.bin", "two");
    world.call("fs.link", json!({"drive": {"m": ["one", "two"]}})).await.unwrap();
    assert_eq!(world.warnings(), ["link-conflict"]);
    assert_eq!(
        (world.read("one/x.bin").as_deref(), world.read("one/x.bin.conflict-1").as_deref()),
        (Some("one"), Some("two"))
    );
    let index = fs::read_to_string(world.home().join("drive/drives.json")).unwrap();
    assert!(index.contains("https://h/a.git"), "{index}");
}

#[tokio::test]
async fn downloads_need_a_place_and_an_address() {
    let world = World::new();
    let text = failure(world.call("fs.download", json!({"uri": "http://127.0.0.1:9/x"})).await);
    assert_eq!(text, "fs.download: either dir or path must be specified");
    for params in [
        json!({"dir": "d"}),
        json!({"dir": "d", "uri": ["", null]}),
        json!({"path": "f", "uri": ["http://a/1", "http://a/2"]}),
        json!({"dir": "d", "uri": "ftp://a/1"}),
        json!({"dir": "d", "uri": "http://127.0.0.1:9/x", "sha256": "short"}),
    ] {
        let result = world.call("fs.download", params.clone()).await;
        assert!(matches!(result, Err(MethodError::BadParams(_))), "{params}: {result:?}");
    }
}

#[tokio::test]
async fn a_stopped_run_stops_its_download() {
    let world = World::new();
    world.host.cancel.cancel();
    let result = world.call("fs.download", json!({"dir": "d", "uri": "http://127.0.0.1:9/x"})).await;
    assert!(matches!(result, Err(MethodError::Stopped)), "{result:?}");
}

#[tokio::test]
async fn environment_files_are_edited_line_by_line() {
    let world = World::new();
    world.write("ENVIRONMENT", "A=1\n# note\nB=old\n");
    world.call("env.set", json!({"B": "two words"})).await.unwrap();
    assert_eq!(world.read("ENVIRONMENT").as_deref(), Some("A=1\n# note\nB=two words\n"));
    world.call("env.set", json!({"A": 2, "C": true})).await.unwrap();
    assert_eq!(world.read("ENVIRONMENT").as_deref(), Some("A=2\n# note\nB=two words\n\nC=true"));
    assert!(world.call("env.set", json!({"A\nB": 1})).await.is_err());
}

#[tokio::test]
async fn the_file_in_force_is_the_one_that_changes() {
    let world = World::new();
    world.write("ENVIRONMENT", "A=root\n");
    world.write("pinokio/ENVIRONMENT", "A=inner\n");
    world.call("env.set", json!({"A": "new"})).await.unwrap();
    assert_eq!(world.read("pinokio/ENVIRONMENT").as_deref(), Some("A=new\n"));
    assert_eq!(world.read("ENVIRONMENT").as_deref(), Some("A=root\n"));
}

#[tokio::test]
async fn env_switch_goes_round() {
    let world = World::new();
    world.write("ENVIRONMENT", "MODE=a\nOTHER=z\n");
    for (name, value) in [("MODE", "b"), ("OTHER", "z")] {
        world.host.variables.lock().unwrap().insert(name.into(), value.into());
    }
    world
        .call("env.switch", json!({"MODE": ["a", "b"], "OTHER": ["x", "y"], "NEW": ["n", "m"]}))
        .await
        .unwrap();
    assert_eq!(world.read("ENVIRONMENT").as_deref(), Some("MODE=a\nOTHER=z\n\nNEW=n"));
}
