//! `app.download`, `github.*`, `script.status`: against a local repository and a loopback API.

#![expect(clippy::unwrap_used, reason = "a failing call is a failing test")]

mod support;

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;
use support::{World, failure};

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A git configuration in which this address stands for a local repository.
fn redirect(world: &World, address: &str, folder: &Path) {
    let text = format!("[url \"file://{}\"]\n\tinsteadOf = {address}\n", folder.display());
    world.write("gitconfig", &text);
    let mut variables = world.host.variables.lock().unwrap();
    variables.insert("GIT_CONFIG_GLOBAL".to_owned(), world.at("gitconfig").display().to_string());
    variables.insert("PATH".to_owned(), std::env::var("PATH").unwrap());
}

#[tokio::test]
async fn an_app_is_fetched_once_and_faults_are_told() {
    let world = World::new();
    world.write("origin/pinokio.js", "module.exports = {}");
    git(&world.at("origin"), &["init", "-q"]);
    git(&world.at("origin"), &["add", "."]);
    git(&world.at("origin"), &["commit", "-qm", "one"]);
    redirect(&world, "https://example.org/me/app.git", &world.at("origin"));
    let request = json!({"uri": "https://example.org/me/app.git"});
    let answer = world.call("app.download", request.clone()).await.unwrap();
    assert_eq!((&answer["ok"], &answer["name"]), (&json!(true), &json!("app")));
    assert!(Path::new(answer["path"].as_str().unwrap()).join("pinokio.js").is_file());
    assert_eq!(world.call("app.download", request).await.unwrap()["code"], "APP_EXISTS");
    assert_eq!(world.call("app.download", json!({"uri": "/etc"})).await.unwrap()["code"], "INVALID_URI");
    let escaping = json!({"uri": "https://example.org/me/app.git", "name": "../x"});
    assert_eq!(world.call("app.download", escaping).await.unwrap()["code"], "INVALID_NAME");
    assert!(failure(world.call("app.launch", json!({"app": "x"})).await).contains("no desktop"));
    assert!(failure(world.call("terminal.upload", json!({})).await).contains("filepicker.open"));
}

/// Answers every request from the list and keeps what was asked.
fn api(answers: Vec<(&'static str, u16, serde_json::Value)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    thread::spawn(move || {
        for (start, status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 8192];
            let length = stream.read(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            assert!(text.starts_with(start), "{text}");
            kept.lock().unwrap().push(text);
            let body = body.to_string();
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_repository_is_made_and_pushed_without_showing_the_token() {
    let world = World::new();
    world.write("work/a.txt", "a");
    let work = world.at("work");
    git(&work, &["init", "-q"]);
    git(&work, &["add", "."]);
    git(&work, &["commit", "-qm", "one"]);
    std::fs::create_dir_all(world.at("bare")).unwrap();
    git(&world.at("bare"), &["init", "-q", "--bare"]);
    redirect(&world, "https://github.invalid/me/app.git", &world.at("bare"));
    let made = json!({"full_name": "me/app", "clone_url": "https://github.invalid/me/app.git"});
    let (address, asked) =
        api(vec![("GET /user ", 200, json!({"login": "me"})), ("POST /user/repos ", 201, made)]);
    {
        let mut variables = world.host.variables.lock().unwrap();
        variables.insert("GITHUB_API_URL".to_owned(), address);
        variables.insert("GITHUB_TOKEN".to_owned(), "ghp_very_secret".to_owned());
    }
    let request = json!({"name": "app", "visibility": "public", "path": work.display().to_string()});
    let result = world.call("github.create", request).await.unwrap();
    assert_eq!(result["full_name"], "me/app");
    let asked = asked.lock().unwrap();
    assert!(
        asked[1].contains(r#""private":false"#) && asked[1].contains("Bearer ghp_very_secret"),
        "{asked:?}"
    );
    let heads = Command::new("git").args(["for-each-ref"]).current_dir(world.at("bare")).output().unwrap();
    assert!(!heads.stdout.is_empty(), "the branch was pushed");
    assert!(!std::fs::read_to_string(work.join(".git/config")).unwrap().contains("secret"));
}

#[tokio::test]
async fn what_github_says_is_passed_on() {
    let world = World::new();
    let text = failure(world.call("github.create", json!({"name": "app"})).await);
    assert!(text.contains("set GITHUB_TOKEN"), "{text}");
    world.write("work/a.txt", "a");
    let work = world.at("work");
    git(&work, &["init", "-q"]);
    let refusal = json!({"message": "Validation failed", "errors": [{"message": "name already exists"}]});
    let (address, _) =
        api(vec![("GET /user ", 200, json!({"login": "me"})), ("POST /orgs/team/repos ", 422, refusal)]);
    {
        let mut variables = world.host.variables.lock().unwrap();
        variables.insert("GITHUB_API_URL".to_owned(), address);
        variables.insert("GH_TOKEN".to_owned(), "t".to_owned());
    }
    let request = json!({"name": "team/app", "path": work.display().to_string()});
    let text = failure(world.call("github.create", request).await);
    assert!(text.contains("422") && text.contains("name already exists"), "{text}");
    let text = failure(world.call("github.fork", json!({"path": work.display().to_string()})).await);
    assert!(text.contains("neither `upstream` nor `origin`"), "{text}");
}

#[tokio::test]
async fn the_status_of_a_script_has_its_variables() {
    let world = World::new();
    let answer = world.call("script.status", json!("other.js")).await.unwrap();
    assert_eq!((&answer["running"], &answer["ready"]), (&json!(false), &json!(false)));
    assert!(answer["local"].is_object() && answer["uri"].as_str().unwrap().ends_with("other.js"));
}
