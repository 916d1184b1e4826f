//! Downloads against a server that misbehaves in every way we know of.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use pino_download::{
    DownloadError, DownloadRequest, Downloads, How, Limits, NO_PROGRESS, Outcome, Progress, Proxies, Target,
};
use support::{Reply, Request, Server, serve_file};
use tokio_util::sync::CancellationToken;

/// Content without repetition, so that misplaced bytes show.
fn content(bytes: usize) -> Vec<u8> {
    (0..bytes / 4).flat_map(|n| (n as u32).to_le_bytes()).collect()
}

fn impatient() -> Downloads {
    Downloads::with_limits(Limits {
        attempts: 4,
        unreachable_attempts: 2,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        stall: Duration::from_millis(300),
        ..Limits::default()
    })
}

async fn fetch(url: String, target: &Path) -> Result<Outcome, DownloadError> {
    let request = DownloadRequest::new(url, Target::File(target.to_owned()));
    impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await
}

/// Fetches `content` from a server with this handler and gives the outcome with the requests it took.
async fn check(
    content: &[u8],
    prepare: impl FnOnce(&Path),
    handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
) -> (Outcome, Vec<Request>) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    prepare(&target);
    let server = Server::start(handler).await;
    let outcome = fetch(server.url("/f.bin"), &target).await.unwrap();
    assert!(fs::read(&target).unwrap() == content, "the content differs");
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["f.bin"]);
    (outcome, server.seen())
}

fn nothing(_: &Path) {}

#[tokio::test]
async fn a_plain_download_is_one_request() {
    let data = content(100_000);
    let served = data.clone();
    let (outcome, seen) =
        check(&data, nothing, move |request, _| serve_file(request, &served, "\"1\"")).await;
    assert_eq!((outcome.how, outcome.bytes, seen.len()), (How::Downloaded, 100_000, 1));
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let (outcome, _) = check(b"", nothing, |request, _| serve_file(request, b"", "\"1\"")).await;
    assert_eq!(outcome.bytes, 0);
}

#[tokio::test]
async fn a_cut_connection_is_continued() {
    let data = content(400_000);
    let served = data.clone();
    let handler = move |request: &Request, before: usize| match before {
        0 => serve_file(request, &served, "\"1\"").cut(150_000),
        1 => serve_file(request, &served, "\"1\"").cut(100_000),
        _ => serve_file(request, &served, "\"1\""),
    };
    let (outcome, seen) = check(&data, nothing, handler).await;
    assert_eq!(outcome.how, How::Resumed);
    let from: Vec<_> = seen.iter().map(Request::from).collect();
    assert_eq!(from, [None, Some(150_000), Some(250_000)]);
    assert_eq!(seen[1].header("if-range"), Some("\"1\""));
}

#[tokio::test]
async fn a_file_that_changes_under_way_is_fetched_anew() {
    let (old, new) = (content(300_000), vec![7; 280_000]);
    let served = new.clone();
    let handler = move |request: &Request, before: usize| match before {
        0 => serve_file(request, &old, "\"old\"").cut(100_000),
        _ => serve_file(request, &served, "\"new\""),
    };
    let (outcome, _) = check(&new, nothing, handler).await;
    assert_eq!(outcome.how, How::Downloaded);
}

#[tokio::test]
async fn a_changed_file_sent_as_a_range_is_noticed() {
    let (old, new) = (content(300_000), vec![7; 300_000]);
    let served = new.clone();
    let handler = move |request: &Request, before: usize| match (before, request.from()) {
        (0, _) => serve_file(request, &old, "\"old\"").cut(100_000),
        (_, Some(from)) => Reply::new(206, &served[from..])
            .with("etag", "\"new\"")
            .with("content-range", format!("bytes {from}-299999/300000")),
        _ => serve_file(request, &served, "\"new\""),
    };
    check(&new, nothing, handler).await;
}

#[tokio::test]
async fn a_wrong_range_is_noticed() {
    let data = content(300_000);
    let served = data.clone();
    let handler = move |request: &Request, before: usize| match (before, request.from()) {
        (0, _) => serve_file(request, &served, "\"1\"").cut(100_000),
        (_, Some(_)) => {
            Reply::new(206, &served[..]).with("etag", "\"1\"").with("content-range", "bytes 0-299999/300000")
        }
        _ => serve_file(request, &served, "\"1\""),
    };
    let (outcome, _) = check(&data, nothing, handler).await;
    assert_eq!(outcome.how, How::Downloaded);
}

#[tokio::test]
async fn a_server_without_ranges_sends_all_of_it_again() {
    let data = content(300_000);
    let served = data.clone();
    let handler = move |_: &Request, before: usize| {
        let reply = Reply::new(200, &served[..]).with("etag", "\"1\"");
        if before == 0 { reply.cut(100_000) } else { reply }
    };
    let (outcome, _) = check(&data, nothing, handler).await;
    assert_eq!(outcome.how, How::Downloaded);
}

#[tokio::test]
async fn a_stalled_transfer_is_continued() {
    let data = content(300_000);
    let served = data.clone();
    let handler = move |request: &Request, before: usize| match before {
        0 => serve_file(request, &served, "\"1\"").stall(120_000),
        _ => serve_file(request, &served, "\"1\""),
    };
    let (outcome, _) = check(&data, nothing, handler).await;
    assert_eq!(outcome.how, How::Resumed);
}

#[tokio::test]
async fn busy_servers_are_asked_again() {
    let data = content(1000);
    let served = data.clone();
    let handler = move |request: &Request, before: usize| match before {
        0 => Reply::new(503, "busy"),
        1 => Reply::new(429, "slow down").with("retry-after", "1"),
        _ => serve_file(request, &served, "\"1\""),
    };
    let (_, seen) = check(&data, nothing, handler).await;
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_download_of_an_earlier_run_is_continued() {
    let data = content(300_000);
    let (served, beginning) = (data.clone(), data[..99_999].to_vec());
    let prepare = move |target: &Path| {
        fs::write(target.with_extension("bin.part"), &beginning).unwrap();
        let state = r#"{"url":"u","etag":"\"1\"","last_modified":null,"total":300000}"#;
        fs::write(target.with_extension("bin.part.json"), state).unwrap();
    };
    let (outcome, seen) =
        check(&data, prepare, move |request, _| serve_file(request, &served, "\"1\"")).await;
    assert_eq!((outcome.how, seen.last().and_then(Request::from)), (How::Resumed, Some(99_999)));
}

#[tokio::test]
async fn a_part_of_another_version_is_not_used() {
    let data = content(300_000);
    let served = data.clone();
    let prepare = |target: &Path| {
        fs::write(target.with_extension("bin.part"), vec![1; 100_000]).unwrap();
        let state = r#"{"url":"u","etag":"\"0\"","last_modified":null,"total":300000}"#;
        fs::write(target.with_extension("bin.part.json"), state).unwrap();
    };
    let (outcome, _) = check(&data, prepare, move |request, _| serve_file(request, &served, "\"1\"")).await;
    assert_eq!(outcome.how, How::Downloaded);
}

#[tokio::test]
async fn a_beginning_without_description_is_compared_before_it_is_used() {
    let data = content(300_000);
    for (beginning, how) in [(data[..200_000].to_vec(), How::Resumed), (vec![9; 200_000], How::Downloaded)] {
        for name in ["bin", "bin.part"] {
            let (served, beginning) = (data.clone(), beginning.clone());
            let prepare = move |target: &Path| fs::write(target.with_extension(name), beginning).unwrap();
            let (outcome, seen) =
                check(&data, prepare, move |request, _| serve_file(request, &served, "\"1\"")).await;
            assert_eq!(outcome.how, how);
            assert!(seen.iter().any(|request| request.from() == Some(200_000 - 65_536)));
        }
    }
}

#[tokio::test]
async fn a_cut_within_the_compared_part_does_not_vouch_for_it() {
    let data = content(300_000);
    let served = data.clone();
    let prepare = |target: &Path| fs::write(target.with_extension("bin.part"), vec![9; 200_000]).unwrap();
    let handler = move |request: &Request, _: usize| {
        let reply = serve_file(request, &served, "\"1\"");
        // nothing of the overlap arrives on the first try
        if request.from().is_some() { reply.cut(0) } else { reply }
    };
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    prepare(&target);
    let server = Server::start(handler).await;
    let result = fetch(server.url("/f.bin"), &target).await;
    assert!(result.is_err(), "{result:?}");
    assert!(!target.with_extension("bin.part.json").exists());
}

#[tokio::test]
async fn a_complete_file_is_left_alone() {
    let data = content(5000);
    let (served, there) = (data.clone(), data.clone());
    let prepare = move |target: &Path| fs::write(target, there).unwrap();
    let (outcome, seen) =
        check(&data, prepare, move |request, _| serve_file(request, &served, "\"1\"")).await;
    assert_eq!((outcome.how, seen.len()), (How::AlreadyThere, 1));
}

#[tokio::test]
async fn a_refusal_is_final_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| Reply::new(403, "no")).await;
    let error = fetch(server.url("/f.bin?token=secret"), &folder.path().join("f.bin")).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("403") && text.contains("HF_TOKEN") && !text.contains("secret"), "{text}");
    assert_eq!(server.seen().len(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn it_gives_up_in_the_end_and_keeps_what_came() {
    let data = content(400_000);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let served = data.clone();
    let server = Server::start(move |request, _| serve_file(request, &served, "\"1\"").cut(10_000)).await;
    let error = fetch(server.url("/f.bin"), &target).await.unwrap_err();
    assert!(matches!(error, DownloadError::GaveUp { attempts: 4, .. }), "{error}");
    assert_eq!(fs::read(target.with_extension("bin.part")).unwrap(), data[..40_000]);
    assert!(!target.exists());
}

#[tokio::test]
async fn nobody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetch("http://127.0.0.1:9/f.bin".into(), &folder.path().join("f.bin")).await.unwrap_err();
    assert!(matches!(&error, DownloadError::GaveUp { attempts: 2, .. }), "{error}");
    assert!(error.to_string().contains("cannot reach http://127.0.0.1:9/f.bin"), "{error}");
}

#[tokio::test]
async fn a_wrong_checksum_discards_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|request, _| serve_file(request, b"abc", "\"1\"")).await;
    let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (hex, is_good) in [(right.to_owned(), true), ("0".repeat(64), false)] {
        let target = folder.path().join(format!("f{is_good}.bin"));
        let mut request = DownloadRequest::new(server.url("/f.bin"), Target::File(target.clone()));
        request.checksum = Some(hex.parse().unwrap());
        let result = impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await;
        assert_eq!((result.is_ok(), target.exists()), (is_good, is_good), "{result:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn it_can_be_stopped_and_continued() {
    let data = content(300_000);
    let served = data.clone();
    let server = Server::start(move |request, before| {
        let reply = serve_file(request, &served, "\"1\"");
        if before == 0 { reply.stall(100_000) } else { reply }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let request = DownloadRequest::new(server.url("/f.bin"), Target::File(target.clone()));
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = move |_: &Progress| stop.cancel();
    let patient = Downloads::new();
    let result = patient.fetch(&request, &cancel, &progress).await;
    assert!(matches!(result, Err(DownloadError::Cancelled)), "{result:?}");
    let outcome = patient.fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    assert_eq!(outcome.how, How::Resumed);
    assert!(fs::read(&target).unwrap() == data);
}

#[tokio::test]
async fn two_downloads_of_one_target_do_not_mix() {
    let data = content(2_000_000);
    let served = data.clone();
    let server = Server::start(move |request, _| serve_file(request, &served, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let fetches = (0..4).map(|_| fetch(server.url("/f.bin"), &target));
    let outcomes = futures::future::join_all(fetches).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(fs::read(&target).unwrap() == data);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn names_come_from_the_header_after_redirects() {
    let handler = |request: &Request, _: usize| match request.path.as_str() {
        "/go" => Reply::new(302, "").with("location", "/blob/123"),
        "/loop" => Reply::new(302, "").with("location", "/loop"),
        _ => Reply::new(200, "x").with("content-disposition", "attachment; filename=\"../../evil name.bin\""),
    };
    let server = Server::start(handler).await;
    let folder = tempfile::tempdir().unwrap();
    let get =
        |path: &str| DownloadRequest::new(server.url(path), Target::Directory(folder.path().join("deep/er")));
    let downloads = impatient();
    let cancel = CancellationToken::new();
    let outcome = downloads.fetch(&get("/go"), &cancel, NO_PROGRESS).await.unwrap();
    assert_eq!(outcome.path, folder.path().join("deep/er/evil name.bin"));
    assert!(downloads.fetch(&get("/loop"), &cancel, NO_PROGRESS).await.is_err());
}

#[tokio::test]
async fn progress_is_told_at_most_five_times_a_second() {
    let data = content(4_000_000);
    let served = data.clone();
    let server = Server::start(move |request, _| serve_file(request, &served, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let request = DownloadRequest::new(server.url("/f.bin"), Target::Directory(folder.path().to_owned()));
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let progress = move |progress: &Progress| {
        assert_eq!((progress.label.as_str(), progress.total), ("f.bin", Some(4_000_000)));
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let started = std::time::Instant::now();
    Downloads::new().fetch(&request, &CancellationToken::new(), &progress).await.unwrap();
    let allowed = 2 + started.elapsed().as_millis() as usize / 200;
    assert!((1..=allowed).contains(&count.load(Ordering::Relaxed)));
}

#[tokio::test]
async fn proxies_of_the_variables_are_used_except_for_this_machine() {
    let proxy = Server::start(|request, _| serve_file(request, request.path.as_bytes(), "\"1\"")).await;
    let variables = [("HTTP_PROXY".to_owned(), proxy.url(""))].into();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.txt");
    let mut request = DownloadRequest::new("http://models.invalid/a.bin", Target::File(target.clone()));
    request.proxies = Proxies::from_variables(&variables);
    impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "http://models.invalid/a.bin");
    let local = Server::start(|request, _| serve_file(request, b"direct", "\"1\"")).await;
    request.url = local.url("/a.bin");
    request.target = Target::File(folder.path().join("g.txt"));
    impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    assert_eq!((local.seen().len(), proxy.seen().len()), (1, 1));
}
