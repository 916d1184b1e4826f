//! What each table is for.

use pino_state::{
    Action, Alert, AnyApp, AppDetails, AppState, DownloadState, Level, Measurement, NewDownload, NewEvent,
    NewProcess, NewSchedule, NewShare, NewTunnel, ProcessEnd, ProcessMark, REDACTED, Role, RunEnd, RunState,
    ScriptState, StateError, phase,
};
use serde_json::json;

use crate::{begin, home, never, step};

#[test]
fn an_app_goes_through_its_life_and_nobody_overtakes() {
    let (_scratch, state) = home();
    let AnyApp::NotInstalled(app) = state.apps().add("comfy", AppState::NotInstalled).unwrap() else {
        panic!()
    };
    let app = app.become_now::<phase::Installing>(&state, None).unwrap();
    let seen_by_another = state.apps().get("comfy").unwrap();
    let app = app.become_now::<phase::Installed>(&state, None).unwrap();
    let late = seen_by_another.become_now(&state, AppState::Error, Some("late"));
    assert!(matches!(late, Err(StateError::Changed { found: "INSTALLED", .. })));
    let app = app.become_now::<phase::Running>(&state, None).unwrap();
    let app = app.become_now::<phase::Error>(&state, Some("https://u:pass1@x/ failed")).unwrap();
    assert_eq!(app.row().error.as_deref(), Some(format!("https://u:{REDACTED}@x/ failed").as_str()));
    assert!(app.row().installed_at_ms.is_some() && app.row().started_at_ms.is_some());
    let details =
        AppDetails { source: Some("https://u:p@example.org/x".to_owned()), ..AppDetails::default() };
    state.apps().describe("comfy", details).unwrap();
    let row = state.apps().get("comfy").unwrap().row().clone();
    assert_eq!(row.details.source.as_deref(), Some("https://example.org/x"), "no password is kept");
    assert!(state.apps().remove("comfy").unwrap() && !state.apps().remove("comfy").unwrap());
}

#[test]
fn a_thousand_apps_in_one_home() {
    let (_scratch, state) = home();
    for number in 0..1000 {
        state.apps().add(&format!("app-{number:04}"), AppState::Installed).unwrap();
    }
    let apps = state.apps().list().unwrap();
    assert_eq!((apps.len(), apps[7].name.as_str()), (1000, "app-0007"));
    assert_eq!(state.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_run_is_found_by_app_name_and_prefix() {
    let (_scratch, state) = home();
    // the wall clock jumps back by a century between the two
    state.journal(begin("aaaa1111aaaa", "comfy", 4_102_444_800_000), never);
    state.journal(step("aaaa1111aaaa", 0), never);
    state.journal(begin("bbbb2222bbbb", "comfy", 946_684_800_000), never);
    state.journal(step("bbbb2222bbbb", 0), never);
    let end = RunEnd { state: RunState::Error, error: Some("no".to_owned()), wall_ms: 5 };
    let states = vec![(0, ScriptState::Error)];
    state.journal(
        pino_state::Batch { run: "bbbb2222bbbb".into(), end: Some(end), states, ..Default::default() },
        never,
    );
    state.flush().unwrap();
    let runs = state.runs().list(Some("comfy"), 10).unwrap();
    assert_eq!(
        runs.iter().map(|run| run.uuid.as_str()).collect::<Vec<_>>(),
        ["bbbb2222bbbb", "aaaa1111aaaa"]
    );
    assert_eq!((runs[0].wall_ms, runs[0].steps), (Some(5), 1), "durations come from the monotonic clock");
    assert!(!runs[1].can_go_on(), "this very process carries it");
    assert_eq!(state.runs().to_resume("comfy").unwrap().unwrap().uuid, "bbbb2222bbbb");
    assert_eq!(state.runs().find("aaaa").unwrap().unwrap().uuid, "aaaa1111aaaa");
    assert!(state.runs().find("a'--").unwrap().is_none() && state.runs().find("cccc").unwrap().is_none());
    let scripts = state.scripts().of("bbbb2222bbbb").unwrap();
    assert_eq!((scripts[0].position, scripts[0].state), (1, ScriptState::Error));
    assert_eq!(scripts[0].local.as_deref(), Some("{\"n\":0}"));
    assert_eq!(state.steps().of("bbbb2222bbbb", 10).unwrap().len(), 1);
}

#[test]
fn settings_are_json_by_scope() {
    let (_scratch, state) = home();
    let settings = state.settings();
    settings.set("comfy", "restart", &json!({ "policy": "always" })).unwrap();
    settings.set("", "port", &42000).unwrap();
    assert_eq!(settings.get::<u16>("", "port").unwrap(), Some(42000));
    assert_eq!(settings.get::<u16>("comfy", "port").unwrap(), None);
    assert!(settings.get::<u16>("comfy", "restart").is_err());
    assert_eq!(settings.list("comfy").unwrap()["restart"]["policy"], "always");
    assert!(settings.remove("", "port").unwrap());
}

#[test]
fn events_keep_no_secrets() {
    let (_scratch, state) = home();
    let token = format!("hf_{}", "Ab1".repeat(12));
    state.events().add(NewEvent {
        app: Some("comfy".to_owned()),
        run: None,
        kind: "download".to_owned(),
        level: Level::Warning,
        message: format!("401 with {token}"),
        data: Some(json!({ "header": format!("Bearer {token}") })),
    });
    state.flush().unwrap();
    let events = state.events().after(0, Some("comfy"), 10).unwrap();
    assert_eq!(events[0].message, format!("401 with {REDACTED}"));
    assert_eq!(events[0].data, Some(json!({ "header": format!("Bearer {REDACTED}") })));
    assert_eq!(state.events().newest(None, 10).unwrap(), events);
}

#[test]
fn alerts_count_up_until_they_are_cleared() {
    let (_scratch, state) = home();
    let alert = |message: &str| Alert {
        app: "comfy".to_owned(),
        rule: "crash".to_owned(),
        level: Level::Error,
        message: message.to_owned(),
    };
    let first = state.alerts().raise(alert("once")).unwrap();
    assert_eq!(state.alerts().raise(alert("twice")).unwrap(), first);
    let open = state.alerts().open().unwrap();
    assert_eq!((open.len(), open[0].count, open[0].message.as_str()), (1, 2, "twice"));
    assert!(state.alerts().seen(first).unwrap() && state.alerts().clear("comfy", "crash").unwrap());
    assert!(state.alerts().open().unwrap().is_empty());
    assert_ne!(state.alerts().raise(alert("again")).unwrap(), first);
}

#[test]
fn downloads_are_listed_as_they_are_due() {
    let (_scratch, state) = home();
    let new = |target: &str, priority| NewDownload {
        url: "https://me:secret@example.org/f".to_owned(),
        target: target.to_owned(),
        priority,
        ..NewDownload::default()
    };
    let later = state.downloads().add(new("/a", 0)).unwrap();
    let sooner = state.downloads().add(new("/b", 9)).unwrap();
    assert_eq!(state.downloads().add(new("/a", 1)).unwrap(), later, "one row a target");
    state.downloads().progress(later, 10, Some(100), Some("\"v1\"".to_owned()));
    state.downloads().set_state(sooner, DownloadState::Done, None).unwrap();
    let queued = state.downloads().list(Some(DownloadState::Queued)).unwrap();
    assert_eq!(
        (queued.len(), queued[0].done_bytes, queued[0].url.as_str()),
        (1, 10, "https://example.org/f")
    );
    assert_eq!(state.downloads().list(None).unwrap()[0].id, sooner);
    assert!(state.downloads().remove(later).unwrap() && state.downloads().get(later).unwrap().is_none());
}

#[test]
fn services_of_an_app() {
    let (_scratch, state) = home();
    let process = state.processes().add(NewProcess {
        app: Some("comfy".to_owned()),
        run: None,
        label: "start.js".to_owned(),
        shim: Some("s1".to_owned()),
        mark: ProcessMark::own(),
        command: "git clone https://u:hunter22@example.org/x".to_owned(),
        cwd: "/".to_owned(),
        started_at_ms: 1,
    });
    let alive = state.processes().alive(Some("comfy")).unwrap();
    assert!(!alive[0].command.contains("hunter22"), "{}", alive[0].command);
    state
        .processes()
        .end(process.unwrap(), ProcessEnd { at_ms: 2, exit_code: Some(0), ..Default::default() })
        .unwrap();
    assert!(state.processes().alive(None).unwrap().is_empty());
    assert_eq!(
        (state.processes().list("comfy", 9).unwrap().len(), state.processes().prune(0).unwrap()),
        (1, 1)
    );

    let tunnel = NewTunnel { app: "comfy".to_owned(), provider: "p".to_owned(), port: 7860, pid: None };
    let tunnel = state.tunnels().add(tunnel).unwrap();
    state.tunnels().opened(tunnel, "https://x.example.org").unwrap();
    assert_eq!(state.tunnels().open().unwrap()[0].url.as_deref(), Some("https://x.example.org"));
    let share = NewShare {
        app: "comfy".to_owned(),
        tunnel: Some(tunnel),
        role: Role::Use,
        token_hash: "ab".to_owned(),
        label: None,
        expires_at_ms: Some(100),
    };
    let share = state.shares().add(share).unwrap();
    assert!(state.shares().by_token_hash("ab", 99).unwrap().is_some(), "not over yet");
    assert!(state.shares().by_token_hash("ab", 101).unwrap().is_none(), "over");
    assert!(
        state.shares().revoke(share).unwrap() && state.shares().by_token_hash("ab", 99).unwrap().is_none()
    );
    state.tunnels().closed(tunnel, None).unwrap();
    assert!(state.tunnels().open().unwrap().is_empty());
}

#[test]
fn schedules_and_metrics() {
    let (_scratch, state) = home();
    let new = NewSchedule {
        app: "comfy".to_owned(),
        cron: "0 4 * * *".to_owned(),
        action: Action::Restart,
        script: None,
        args: json!({}),
    };
    let id = state.schedules().add(new).unwrap();
    state.schedules().ran(id, 5, "done").unwrap();
    assert!(state.schedules().enable(id, false).unwrap());
    let rows = state.schedules().list(Some("comfy")).unwrap();
    assert_eq!((rows[0].last_run_at_ms, rows[0].enabled), (Some(5), false));
    assert!(state.schedules().remove(id).unwrap());

    let at = |at_ms, value| Measurement { at_ms, app: String::new(), name: "rss_bytes".to_owned(), value };
    state.metrics().add(vec![at(3, 1.0), at(1, 2.0), at(2, 3.0)]);
    state.flush().unwrap();
    let values: Vec<_> =
        state.metrics().series("", "rss_bytes", 2).unwrap().iter().map(|m| m.value).collect();
    assert_eq!(values, [2.0, 3.0], "in the order they came, whatever the clock said");
}

#[test]
fn a_resumption_without_a_step_leaves_the_first_run_to_be_resumed() {
    let (_scratch, state) = home();
    state.journal(begin("aaaa1111aaaa", "comfy", 1), never);
    state.journal(step("aaaa1111aaaa", 0), never);
    let mut second = begin("bbbb2222bbbb", "comfy", 2);
    second.begin.as_mut().unwrap().resumes = Some("aaaa1111aaaa".to_owned());
    state.journal(second, never);
    state.flush().unwrap();
    let run = state.runs().to_resume("comfy").unwrap().unwrap();
    assert_eq!((run.uuid.as_str(), run.state), ("aaaa1111aaaa", RunState::Stopped));
    state.journal(step("bbbb2222bbbb", 0), never);
    state.flush().unwrap();
    assert_eq!(state.runs().to_resume("comfy").unwrap().unwrap().uuid, "bbbb2222bbbb");
}
