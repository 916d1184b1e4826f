//! Apps that stay: a server that is killed and comes back, restart rules, two servers, many apps. Counts are printed
//! (`--no-capture`); `PINO_KILLS=200` is the long form.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "counts are the result of these tests")]

#[path = "supervise/support.rs"]
mod support;

use std::time::{Duration, Instant};

use support::{Home, get, kill, text, ticks, until, wait_gone};

#[test]
fn an_app_survives_the_death_of_its_server() {
    let home = Home::new();
    home.install_web_app("web");
    let first = home.up();
    let started = home.json(&["start", "web"]);
    let url = started["url"].as_str().unwrap().to_owned();
    assert_eq!((started["state"].as_str(), started["phase"].as_str()), (Some("RUNNING"), Some("ready")));
    assert!(get(&url).contains("200"), "{url}");
    kill(first);
    wait_gone(first);
    assert!(get(&url).contains("200"), "the app answers without a server");
    let second = home.up();
    assert_ne!(first, second);
    let status = home.status("web");
    assert_eq!(
        (status["state"].as_str(), status["adopted"].as_bool()),
        (Some("RUNNING"), Some(true)),
        "{status}"
    );
    assert_eq!(status["url"].as_str(), Some(url.as_str()));
    let log = text(&home.pino(&["logs", "web"]));
    let seen = ticks(&log);
    let expected: Vec<u64> = (0..seen.len() as u64).collect();
    assert!(seen.len() > 1 && seen == expected, "a gap in the log: {} ticks, {log:.2000}", seen.len());
    let stopped = home.json(&["stop", "web"]);
    assert_eq!(stopped[0]["state"], "STOPPED", "{stopped}");
    assert_eq!(get(&url), "");
    home.assert_nothing_left();
}

#[test]
fn a_second_server_refuses_and_names_the_first() {
    let home = Home::new();
    let first = home.up();
    let second = home.pino(&["up"]);
    assert_eq!(second.status.code(), Some(6), "{}", text(&second));
    let said = text(&second);
    assert!(said.contains(&first.to_string()) && said.contains("server.sock"), "{said}");
    assert_eq!(home.pino(&["up", "--detach"]).status.code(), Some(6));
    let run = home.path().join("x.json");
    std::fs::write(&run, r#"{"run":[{"method":"local.set","params":{"a":1}}]}"#).unwrap();
    let alone = home.pino(&["run", run.to_str().unwrap(), "--standalone"]);
    assert_eq!(alone.status.code(), Some(6), "{}", text(&alone));
    assert!(home.pino(&["down"]).status.success());
    assert_eq!(home.pino(&["down"]).status.code(), Some(5), "there is no server any more");
    assert!(home.pino(&["run", run.to_str().unwrap(), "--standalone"]).status.success());
}

#[test]
fn a_run_through_the_server_tells_the_same_events() {
    let home = Home::new();
    let script = home.path().join("demo.js");
    let source = r#"console.log("loaded"); module.exports = { run: [
        { method: "shell.run", params: { message: "echo $GREETING; exit 3" } },
        { method: "input", params: { title: "name", form: [{ key: "name" }] } },
        { method: "local.set", params: { name: "{{input.name}}" } } ] }"#;
    std::fs::write(&script, source).unwrap();
    let run = || {
        let arguments =
            ["run", script.to_str().unwrap(), "--events", "jsonl", "--respond", r#"[{"name":"x"}]"#];
        let output = home.pino(&arguments);
        let lines: Vec<serde_json::Value> = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let kinds: Vec<String> = lines.iter().map(|line| line["t"].as_str().unwrap().to_owned()).collect();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), kinds, lines.last().unwrap()["local"].clone(), errors)
    };
    let here = run();
    home.up();
    let there = run();
    assert_eq!(here, there);
    assert!(here.3.contains("loaded") && here.2["name"] == "x", "{here:?}");
    assert_eq!(home.pino(&["run", script.to_str().unwrap(), "--timeout", "0"]).status.code(), Some(3));
}

#[test]
fn a_crash_loop_backs_off_and_is_given_up() {
    let home = Home::new();
    home.write("crash", "start.js", r#"module.exports = { daemon: true, run: [
        { method: "shell.run", params: { message: "echo ready; sleep 0.05; exit 7", on: [{ event: "/ready/", done: true }] } } ] }"#);
    home.up();
    let changes =
        ["settings", "crash", "restart.policy=on-failure", "restart.limit=3", "restart.backoff_secs=0.02"];
    assert!(home.pino(&changes).status.success());
    home.pino(&["start", "crash"]);
    let status = until("it is given up", || {
        let status = home.status("crash");
        (status["state"] == "ERROR" && status["phase"] == "idle").then_some(status)
    });
    assert_eq!(status["restarts"], 3, "{status}");
    let reason = status["reason"].as_str().unwrap();
    assert!(reason.contains("exit code 7") && reason.contains("given up"), "{reason}");
    home.assert_nothing_left();
}

#[test]
fn what_an_app_needs_starts_first_and_circles_are_refused() {
    let home = Home::new();
    for app in ["front", "back", "base"] {
        home.install_web_app(app);
    }
    home.up();
    assert!(home.pino(&["settings", "front", r#"depends_on=["back"]"#]).status.success());
    assert!(home.pino(&["settings", "back", r#"depends_on=["base"]"#]).status.success());
    home.json(&["start", "front"]);
    let at = |app: &str| home.status(app)["ready_at_ms"].as_u64().unwrap();
    assert!(at("base") <= at("back") && at("back") <= at("front"));
    assert_eq!(home.json(&["ps", "--running"]).as_array().unwrap().len(), 3);
    home.json(&["stop", "--all"]);
    home.assert_nothing_left();
    assert!(home.pino(&["settings", "base", r#"depends_on=["front"]"#]).status.success());
    let circle = text(&home.pino(&["start", "front"]));
    assert!(circle.contains("wait for each other"), "{circle}");
}

#[test]
fn an_unhealthy_app_is_started_again() {
    let home = Home::new();
    home.install_web_app("web");
    home.write("web", "start.js", r#"module.exports = { daemon: true, run: [
        { method: "shell.run", params: { message: "echo http://127.0.0.1:9/; exec sleep 1000", on: [{ event: "/(http\\S+)/", done: true }] } },
        { method: "local.set", params: { url: "{{input.event[1]}}" } } ] }"#);
    home.up();
    let changes = [
        "settings",
        "web",
        "restart.policy=always",
        "restart.backoff_secs=0",
        "health.interval_secs=1",
        "health.failures=1",
        "health.start_period_secs=0",
        "health.http_path=/",
    ];
    assert!(home.pino(&changes).status.success());
    home.json(&["start", "web"]);
    let status = until("it was started again", || {
        let status = home.status("web");
        (status["restarts"].as_u64() >= Some(1)).then_some(status)
    });
    assert!(status["reason"].as_str().unwrap().contains("not healthy"), "{status}");
}

#[test]
fn a_thousand_apps_are_listed_at_once() {
    let home = Home::new();
    for number in 0..1000 {
        home.write(&format!("app{number:04}"), "pinokio.js", "module.exports = {}");
    }
    home.up();
    assert_eq!(home.json(&["ps"]).as_array().unwrap().len(), 1000);
    let began = Instant::now();
    home.json(&["ps"]);
    println!("1,000 apps listed in {:?}", began.elapsed());
    home.pino(&["down"]);
    assert_eq!(home.json(&["ps"]).as_array().unwrap().len(), 1000, "without a server too");
}

#[test]
fn apps_can_be_used_without_a_server() {
    let home = Home::new();
    home.install_web_app("web");
    let url = home.json(&["start", "web"])["url"].as_str().unwrap().to_owned();
    assert!(get(&url).contains("200"), "it runs on when the command has ended");
    assert_eq!(home.status("web")["state"], "RUNNING");
    assert!(!ticks(&text(&home.pino(&["logs", "web", "-n", "5"]))).is_empty());
    let attached = home.pino(&["attach", "web", "--lines", "3", "--shell", "none"]);
    assert_eq!(attached.status.code(), Some(5), "{}", text(&attached));
    home.json(&["stop", "web"]);
    home.assert_nothing_left();
    assert_eq!(home.pino(&["status", "web", "--check"]).status.code(), Some(5));
    assert_eq!(home.pino(&["status", "nothing"]).status.code(), Some(4));
    let listing = home.pino(&["exec", "web", "--", "ls"]);
    assert!(text(&listing).contains("app.py"), "{}", text(&listing));
}

#[test]
fn apps_that_want_it_start_with_the_server() {
    let home = Home::new();
    home.install_web_app("auto");
    home.install_web_app("still");
    home.write("auto", "ENVIRONMENT", "PINOKIO_SCRIPT_AUTOLAUNCH=start.js\n");
    home.up();
    until("it is up", || (home.status("auto")["phase"] == "ready").then_some(()));
    assert_eq!(home.status("still")["state"], "INSTALLED");
}

#[test]
fn settings_reach_the_app_schedules_fire_and_strict_codes_fail_it() {
    let home = Home::new();
    home.write(
        "task",
        "start.js",
        r#"module.exports = { run: [
        { method: "shell.run", params: { message: "echo \"$COLOUR $(ulimit -n)\" > out.txt" } },
        { method: "shell.run", params: { message: "exit 3" } },
        { method: "shell.run", params: { message: "echo on >> out.txt" } } ] }"#,
    );
    home.up();
    let changes = [
        "settings",
        "task",
        "env.COLOUR=blue",
        "limits.open_files=77",
        r#"schedules=[{"cron":"* * * * * *","action":"start"}]"#,
    ];
    assert!(home.pino(&changes).status.success());
    let out = home.path().join("api/task/out.txt");
    until("the schedule has fired", || {
        let text = std::fs::read_to_string(&out).unwrap_or_default();
        (text == "blue 77\non\n").then_some(())
    });
    assert!(home.pino(&["settings", "task", "schedules=", "strict_exit_codes=true"]).status.success());
    home.json(&["stop", "task"]);
    std::fs::remove_file(&out).unwrap();
    let failed = text(&home.pino(&["start", "task"]));
    assert!(failed.contains("did not come up") && failed.contains('3'), "{failed}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "blue 77\n", "no step follows a failed command");
    assert!(!home.pino(&["settings", "task", "restart.policy=perhaps"]).status.success());
}

/// A request as it is; the status of the answer and all of it.
fn ask(home: &Home, request: &[u8]) -> (u16, String) {
    use std::{
        io::{Read as _, Write as _},
        os::unix::net::UnixStream,
    };
    let mut stream = UnixStream::connect(home.path().join("pino/server.sock")).unwrap();
    // the server may answer before it has read all
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, answer)
}

#[test]
fn bad_requests_are_refused_and_the_socket_is_the_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.install_web_app("web");
    home.up();
    let mode = |file: &str| std::fs::metadata(home.path().join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("pino/server.sock"), mode("pino")), (0o600, 0o700));
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes();
    let post = |path: &str, body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    };
    let cases = [
        (get("/api/v1/apps"), 200),
        (get("/api/v1/apps/..%2f..%2fetc"), 400),
        (get("/api/v1/apps/none"), 404),
        (get("/api/v1/apps/web/logs?lines=many"), 400),
        (get("/api/v1/apps/web/logs?run=..%2f..%2fx"), 200),
        (get("/api/v1/apps/web/attach"), 426),
        (get("/nothing"), 404),
        (post("/api/v1/apps/web/start", "{"), 400),
        (post("/api/v1/apps/web/start", r#"{"script":"../../../x.js"}"#), 404),
        (post("/api/v1/apps/web/start", r#"{"colour":1}"#), 422),
        (post("/api/v1/runs", r#"{"script":"relative.js"}"#), 400),
        (post("/api/v1/runs/none/messages", "{}"), 404),
        (post("/api/v1/apps/web/stop", &" ".repeat(2 * 1024 * 1024)), 413),
        (b"\x00\xff\r\n\r\n".to_vec(), 400),
    ];
    for (request, wanted) in cases {
        let (status, answer) = ask(&home, &request);
        let shown = String::from_utf8_lossy(&request[..request.len().min(100)]).into_owned();
        assert_eq!(status, wanted, "{shown}: {answer}");
    }
    assert_eq!(home.json(&["ps"]).as_array().unwrap().len(), 1, "it works on");
}

/// The server is killed at random moments of a start, a stop, a rest.
#[test]
fn no_app_is_lost_and_none_is_orphaned_however_often_the_server_is_killed() {
    let kills: u32 = std::env::var("PINO_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let home = Home::new();
    home.install_web_app("web");
    let (mut lost, mut adopted, mut started) = (0, 0, 0);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..kills {
        let pid = home.up();
        let wants = std::process::Command::new(env!("CARGO_BIN_EXE_pino"))
            .args(["start", "web", "--no-wait", "--home"])
            .arg(home.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn();
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        std::thread::sleep(Duration::from_millis(seed % 400));
        kill(pid);
        wait_gone(pid);
        wants.unwrap().wait().unwrap();
        home.up();
        // what was asked for before the kill is there after it, or can be had by asking again
        let asked = home.status("web");
        if asked["adopted"] == true {
            adopted += 1;
        }
        let output = home.pino(&["start", "web", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        match status["url"].as_str().map(get) {
            Some(answer) if answer.contains("200") => started += 1,
            _ => lost += 1,
        }
        let pythons = home
            .processes()
            .into_iter()
            .filter(|(_, line)| line.contains("app.py") && !line.contains("bash"))
            .count();
        assert_eq!(pythons, 1, "one app, once: {:?}", home.processes());
        if seed.is_multiple_of(3) {
            home.json(&["stop", "web"]);
        }
        assert!(home.pino(&["down"]).status.success());
    }
    home.up();
    home.json(&["stop", "web"]);
    home.assert_nothing_left();
    println!(
        "{kills} kills: {started} times up afterwards, {adopted} times taken over, {lost} lost, 0 orphans"
    );
    assert_eq!((lost, started), (0, kills));
}
