//! The queue: order, pauses, cancellation, what other processes see; one download of an address at a time.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{fs, sync::Mutex, time::Duration};

use pino_download::{
    DownloadError, DownloadRequest, DownloadState, Downloads, How, Limits, NO_PROGRESS, NewItem, Queue,
    QueueRun, Target,
};
use support::{Reply, Server, serve_file};
use tokio_util::sync::CancellationToken;

const DATA: &[u8] = &[7; 300_000];

fn item(url: String, target: Target, priority: i32) -> NewItem {
    NewItem { url, target, checksum: None, checksum_file: None, mirrors: Vec::new(), priority }
}

fn plain_run<'a>() -> QueueRun<'a> {
    QueueRun { slots: 1, is_endless: false, prepare: &|_| {}, ended: &|_, _| {}, progress: NO_PROGRESS }
}

fn downloads(queue: &Queue) -> Downloads {
    Downloads::with_limits(Limits { first_pause: Duration::from_millis(1), attempts: 2, ..Limits::default() })
        .noted_in(queue.clone())
}

/// Waits until something is so.
async fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never became so");
}

#[tokio::test]
async fn the_most_important_goes_first_and_secrets_are_not_shown() {
    let server = Server::start(|request, _| serve_file(request, DATA, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::at(folder.path().join("notes"));
    for (name, priority) in [("low", -5), ("usual", 0), ("high", 9)] {
        let url = server.url(&format!("/{name}?token=s3cret"));
        queue.add(item(url, Target::File(folder.path().join(name)), priority)).unwrap();
    }
    let shown = queue.list().unwrap();
    assert!(shown.iter().all(|entry| entry.state == DownloadState::Queued && !entry.url.contains("s3cret")));
    let done = queue.run(&downloads(&queue), plain_run(), &CancellationToken::new()).await.unwrap();
    assert_eq!(done, (3, 0));
    let order: Vec<_> = server.seen().iter().map(|request| request.path[..4].to_owned()).collect();
    assert_eq!(order, ["/hig", "/usu", "/low"]);
    assert!(
        queue.list().unwrap().iter().all(|entry| entry.state == DownloadState::Done && entry.done == 300_000)
    );
    assert_eq!(queue.clear().unwrap(), 3);
    assert!(queue.list().unwrap().is_empty());
    use std::os::unix::fs::PermissionsExt as _;
    queue.add(item(server.url("/x?k=1"), Target::File(folder.path().join("x")), 0)).unwrap();
    for note in fs::read_dir(queue.folder())
        .unwrap()
        .flatten()
        .filter(|note| note.path().extension().is_some_and(|kind| kind == "json"))
    {
        assert_eq!(note.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", note.path());
    }
}

#[tokio::test]
async fn a_running_download_is_paused_resumed_and_cancelled_from_elsewhere() {
    let server = Server::start(|request, before| {
        let reply = serve_file(request, DATA, "\"1\"");
        if before < 2 { reply.stall(100_000) } else { reply }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::at(folder.path().join("notes"));
    let target = folder.path().join("f.bin");
    let request = DownloadRequest::new(server.url("/f.bin"), Target::File(target.clone()));
    let manager = downloads(&queue);
    let running =
        tokio::spawn(async move { manager.fetch(&request, &CancellationToken::new(), NO_PROGRESS).await });
    let state = || queue.list().unwrap().first().map(|entry| entry.state);
    until(|| state() == Some(DownloadState::Running) && server.seen().len() == 1).await;
    let id = queue.list().unwrap()[0].id.clone();
    queue.pause(&id[..4]).unwrap();
    until(|| state() == Some(DownloadState::Paused)).await;
    assert_eq!(server.seen().len(), 1);
    queue.resume(&id).unwrap();
    until(|| server.seen().len() == 2).await;
    queue.cancel(&id).unwrap();
    let result = running.await.unwrap();
    assert!(matches!(result, Err(DownloadError::CancelledByPerson)), "{result:?}");
    assert_eq!(state(), Some(DownloadState::Cancelled));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes"]);
    // given new life, the queue fetches it
    queue.resume(&id).unwrap();
    assert_eq!(queue.run(&downloads(&queue), plain_run(), &CancellationToken::new()).await.unwrap(), (1, 0));
    assert!(fs::read(&target).unwrap() == DATA);
}

#[tokio::test]
async fn unknown_and_damaged_notes_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::at(folder.path());
    fs::write(folder.path().join("0123.json"), "{ broken").unwrap();
    fs::write(folder.path().join("4567.json"), "[1]").unwrap();
    assert!(queue.list().unwrap().is_empty());
    assert!(queue.pause("0123").is_err());
    assert!(queue.pause("").is_err());
    assert!(queue.add(item("file:///etc/passwd".into(), Target::File("x".into()), 0)).is_err());
}

#[tokio::test]
async fn an_address_is_fetched_once_and_copied_then() {
    let server = Server::start(|request, _| serve_file(request, DATA, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::at(folder.path().join("notes"));
    let (manager, cancel) = (downloads(&queue), CancellationToken::new());
    let hows = Mutex::new(Vec::new());
    let fetches = (0..5).map(|number| {
        let request =
            DownloadRequest::new(server.url("/f.bin"), Target::File(folder.path().join(number.to_string())));
        let (manager, cancel, hows) = (&manager, &cancel, &hows);
        async move {
            let outcome = manager.fetch(&request, cancel, NO_PROGRESS).await.unwrap();
            assert!(fs::read(outcome.path).unwrap() == DATA);
            hows.lock().unwrap().push(outcome.how);
        }
    });
    futures::future::join_all(fetches).await;
    let hows = hows.into_inner().unwrap();
    assert_eq!(hows.iter().filter(|how| **how == How::Downloaded).count(), 1, "{hows:?}");
    assert_eq!(hows.iter().filter(|how| **how == How::Copied).count(), 4, "{hows:?}");
    // a changed copy is not passed on
    let changed = folder.path().join("0");
    for number in 0..5 {
        fs::write(folder.path().join(number.to_string()), "changed").unwrap();
    }
    fs::remove_file(&changed).unwrap();
    let request = DownloadRequest::new(server.url("/f.bin"), Target::File(changed.clone()));
    assert_eq!(manager.fetch(&request, &cancel, NO_PROGRESS).await.unwrap().how, How::Downloaded);
    assert!(fs::read(changed).unwrap() == DATA);
    assert!(queue.list().unwrap().is_empty(), "what scripts fetch is forgotten when it is there");
}

#[tokio::test]
async fn speed_limits_hold() {
    let server = Server::start(|request, _| serve_file(request, DATA, "\"1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let rates = pino_download::Rates { total_bytes_per_sec: Some(400_000), host_bytes_per_sec: None };
    let manager = Downloads::new().at_rates(rates);
    let request = DownloadRequest::new(server.url("/f.bin"), Target::Directory(folder.path().to_owned()));
    let started = std::time::Instant::now();
    manager.fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap();
    // the only bound that a busy machine cannot break
    assert!(started.elapsed() >= Duration::from_millis(600), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_refusal_is_noted_without_secrets() {
    let server = Server::start(|_, _| Reply::new(403, "no")).await;
    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::at(folder.path().join("notes"));
    let mut request =
        DownloadRequest::new(server.url("/f?sig=s3cret"), Target::File(folder.path().join("f")));
    request.headers.push(("authorization".into(), "Bearer hf_t0ken".into()));
    downloads(&queue).fetch(&request, &CancellationToken::new(), NO_PROGRESS).await.unwrap_err();
    let entry = queue.list().unwrap().remove(0);
    assert_eq!(entry.state, DownloadState::Failed);
    assert!(entry.error.as_ref().is_some_and(|error| error.contains("403") && !error.contains("s3cret")));
    for note in fs::read_dir(queue.folder()).unwrap().flatten().filter(|note| note.path().is_file()) {
        assert!(!fs::read_to_string(note.path()).unwrap().contains("hf_t0ken"));
    }
}
