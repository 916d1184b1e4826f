//! Several connections for one file, against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{fs, path::Path, time::Duration};

use pino_download::{
    DownloadError, DownloadRequest, Downloads, How, Limits, NO_PROGRESS, Outcome, Progress, Target,
};
use support::{Reply, Request, Server, serve_file};
use tokio_util::sync::CancellationToken;

const MIB: usize = 1 << 20;
const SIZE: usize = 40 * MIB;

/// Content without repetition, so that misplaced bytes show.
fn content(seed: u32) -> Vec<u8> {
    (0..SIZE / 4).flat_map(|n| (n as u32 ^ seed).to_le_bytes()).collect()
}

fn impatient() -> Downloads {
    Downloads::with_limits(Limits {
        attempts: 6,
        unreachable_attempts: 2,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        stall: Duration::from_millis(500),
        connections: 4,
    })
}

async fn fetch(url: String, target: &Path) -> Result<Outcome, DownloadError> {
    let request = DownloadRequest::new(url, Target::File(target.to_owned()));
    impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await
}

/// The file is right and alone in its folder.
fn assert_complete(target: &Path, content: &[u8]) {
    assert!(fs::read(target).unwrap() == content, "the content differs");
    assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
}

async fn check(
    content: &[u8],
    handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
) -> (Outcome, Vec<Request>) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let server = Server::start(handler).await;
    let outcome = fetch(server.url("/f.bin"), &target).await.unwrap();
    assert_complete(&target, content);
    (outcome, server.seen())
}

#[tokio::test]
async fn large_files_come_over_several_connections() {
    let data = content(0);
    let served = data.clone();
    let (outcome, seen) = check(&data, move |request, _| serve_file(request, &served, "\"1\"")).await;
    assert_eq!(outcome.bytes, SIZE as u64);
    assert!(seen.len() >= 4, "{} requests", seen.len());
    assert_eq!(seen.iter().filter(|request| request.from().is_none()).count(), 1);
}

#[tokio::test]
async fn a_server_that_ignores_ranges_is_no_obstacle() {
    let data = content(0);
    let served = data.clone();
    let handler = move |_: &Request, _: usize| {
        Reply::new(200, &served[..]).with("etag", "\"1\"").with("accept-ranges", "bytes")
    };
    check(&data, handler).await;
}

#[tokio::test]
async fn broken_stalled_and_refused_connections_give_their_work_back() {
    let data = content(0);
    let served = data.clone();
    let handler = move |request: &Request, before: usize| {
        let reply = serve_file(request, &served, "\"1\"");
        match before % 5 {
            1 => reply.cut(3 * MIB),
            2 => reply.stall(MIB),
            3 => Reply::new(503, "too many"),
            _ => reply,
        }
    };
    check(&data, handler).await;
}

#[tokio::test]
async fn a_file_that_changes_under_way_is_never_mixed() {
    let (old, new) = (content(0), content(0x5555_5555));
    let (served_old, served_new) = (old.clone(), new.clone());
    // two connections get the old one, all others the new one
    let handler = move |request: &Request, before: usize| match before {
        0 | 1 => serve_file(request, &served_old, "\"old\""),
        _ => serve_file(request, &served_new, "\"new\""),
    };
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let server = Server::start(handler).await;
    fetch(server.url("/f.bin"), &target).await.unwrap();
    // on a busy machine the first two connections may have brought all of the old one before others asked
    let arrived = fs::read(&target).unwrap();
    assert!(arrived == new || arrived == old, "two versions are mixed");
}

#[tokio::test]
async fn a_server_that_sends_the_wrong_range_is_found_out() {
    let data = content(0);
    let served = data.clone();
    let handler = move |request: &Request, _: usize| match request.from() {
        Some(from) if from > 0 => Reply::new(206, &served[..MIB])
            .with("etag", "\"1\"")
            .with("content-range", format!("bytes 0-{}/{SIZE}", MIB - 1)),
        _ => serve_file(request, &served, "\"1\""),
    };
    check(&data, handler).await;
}

#[tokio::test]
async fn what_has_arrived_in_pieces_is_kept_and_continued() {
    let data = content(0);
    let served = data.clone();
    let server = Server::start(move |request, before| {
        let reply = serve_file(request, &served, "\"1\"");
        if before < 4 { reply.stall(4 * MIB) } else { reply }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let request = DownloadRequest::new(server.url("/f.bin"), Target::File(target.clone()));
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = move |progress: &Progress| {
        if progress.done > 6 << 20 {
            stop.cancel();
        }
    };
    let patient = Downloads::with_limits(Limits { connections: 4, ..Limits::default() });
    let result = patient.fetch(&request, &cancel, &progress).await;
    assert!(matches!(result, Err(DownloadError::Cancelled)), "{result:?}");
    assert!(fs::metadata(target.with_extension("bin.part")).unwrap().len() > SIZE as u64);
    let before = server.seen().len();
    let outcome = patient.fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    assert_eq!(outcome.how, How::Resumed);
    assert_complete(&target, &data);
    let asked: usize = server.seen()[before + 1..]
        .iter()
        .map(|request| request.until().unwrap_or(SIZE) - request.from().unwrap_or(0))
        .sum();
    assert!(asked < SIZE - 5 * MIB, "{asked} bytes were asked for again");
}

#[tokio::test]
async fn mirrors_take_over() {
    let data = content(0);
    let served = data.clone();
    let broken = Server::start(|_, _| Reply::new(404, "gone")).await;
    let good = Server::start(move |request, _| serve_file(request, &served, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.bin");
    let mut request = DownloadRequest::new(broken.url("/f.bin"), Target::File(target.clone()));
    request.mirrors = vec!["http://127.0.0.1:9/f.bin".into(), good.url("/f.bin")];
    request.headers = vec![("authorization".into(), "Bearer secret".into())];
    impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    assert_complete(&target, &data);
    assert!(broken.seen().iter().all(|request| request.header("authorization").is_some()));
    assert!(good.seen().iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test]
async fn checksum_files_are_obeyed() {
    let data = content(0);
    let served = data.clone();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/good" => Reply::new(200, "d4c0ea85a3bfd2e0a4f0a1f0a9e2e1d1  other\n"),
        "/none" => Reply::new(404, ""),
        _ => serve_file(request, &served, "\"1\""),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    for list in ["/good", "/none"] {
        let mut request =
            DownloadRequest::new(server.url("/f.bin"), Target::Directory(folder.path().to_owned()));
        request.checksum_file = Some(server.url(list));
        let result = impatient().fetch(&request, &CancellationToken::new(), NO_PROGRESS).await;
        let is_right = match list {
            "/good" => matches!(result, Err(DownloadError::Checksum { .. })),
            _ => matches!(result, Err(DownloadError::NoChecksum { .. })),
        };
        assert!(is_right, "{result:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
