//! Cloning over HTTP, ssh and from folders: revisions, depth, submodules, large files, sparse checkouts, faults, tokens.

use std::{collections::BTreeMap, fs, sync::Mutex};

use crate::support::{
    Fault, GitServer, SILENT, address, commit, git, limits, repository, source, source_with, watch, write,
};
use pino_source::{CloneRequest, Credentials, Limits, Phase, Revision, SourceError, SourceOptions, Watch};
use tempfile::tempdir;
use tokio_util::sync::CancellationToken;

#[test]
fn shallow_over_http_with_progress() {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::None);
    let target = scratch.path().join("clones/app");
    let phases = Mutex::new(Vec::new());
    let note = |progress: &pino_source::Progress| phases.lock().unwrap().push(progress.phase);
    let watch = Watch::new(CancellationToken::new(), &note);
    let request = CloneRequest::new(address(&server.url("app/.git")), &target);
    let cloned = source().clone_repository(&request, &watch).unwrap();
    assert_eq!(cloned.commit, git(&origin, &["rev-parse", "HEAD"]));
    assert_eq!((cloned.branch.as_deref(), cloned.resumed), (Some("main"), false));
    assert_eq!(git(&target, &["rev-list", "--count", "HEAD"]), "1", "one commit of history");
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
    assert_eq!(git(&target, &["pull", "--ff-only"]), "Already up to date.", "scripts can pull");
    assert_eq!(fs::read_dir(scratch.path().join("clones")).unwrap().count(), 1, "nothing is left beside it");
    let phases = phases.into_inner().unwrap();
    assert!([Phase::Connect, Phase::Fetch, Phase::Checkout].iter().all(|phase| phases.contains(phase)));
    assert!(matches!(
        source().clone_repository(&request, &crate::support::watch()),
        Err(SourceError::Exists { .. })
    ));
}

#[test]
fn branches_tags_and_commits() {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::None);
    let first = git(&origin, &["rev-parse", "v1^{commit}"]);
    let cases = [
        (Revision::Branch("other".into()), Some("other")),
        (Revision::Tag("v1".into()), None),
        (Revision::Commit(first.clone()), None),
        (Revision::Named("v1".into()), None),
    ];
    for (number, (revision, branch)) in cases.into_iter().enumerate() {
        for url in [server.url("app/.git"), format!("file://{}", origin.display())] {
            let target = scratch.path().join(format!("clone-{number}-{}", url.starts_with("http")));
            let request =
                CloneRequest { revision: revision.clone(), ..CloneRequest::new(address(&url), &target) };
            let cloned = source().clone_repository(&request, &watch()).unwrap();
            assert_eq!(
                (cloned.commit.as_str(), cloned.branch.as_deref()),
                (first.as_str(), branch),
                "{revision:?} {url}"
            );
            assert!(target.join("install.js").is_file() && !target.join("README.md").exists());
        }
    }
    let request = CloneRequest {
        revision: Revision::Named("nowhere".into()),
        ..CloneRequest::new(address(&server.url("app/.git")), scratch.path().join("x"))
    };
    let error = source().clone_repository(&request, &watch()).unwrap_err().to_string();
    assert!(error.contains("\"nowhere\"") && error.contains("other"), "{error}");
}

#[test]
fn address_rules_lead_to_local_copies_and_the_origin_stays() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "o/app.git");
    let server = GitServer::start(scratch.path(), Fault::None);
    let http = format!("{}/", server.address);
    let folder = format!("{}/", scratch.path().display());
    for (number, base) in [http, folder].iter().enumerate() {
        let source = source_with(&[("https://git.example/", base)], Credentials::default(), limits());
        let target = scratch.path().join(format!("clone-{number}"));
        let public = "https://git.example/o/app.git/.git";
        source.clone_repository(&CloneRequest::new(address(public), &target), &watch()).unwrap();
        assert_eq!(git(&target, &["config", "remote.origin.url"]), public);
        assert_eq!(source.head(&target).unwrap().origin.as_deref(), Some(public));
    }
}

#[test]
fn a_server_that_dies_in_the_pack_is_asked_again() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::DieInPack(3));
    let target = scratch.path().join("clone");
    source()
        .clone_repository(&CloneRequest::new(address(&server.url("app/.git")), &target), &watch())
        .unwrap();
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
    assert!(server.seen().len() >= 8, "four tries: {}", server.seen().len());
}

#[test]
fn faults_end_with_a_cause_and_no_clone() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    // a busy machine is slow too: only the silent server is waited for briefly
    let patience = |fault: &Fault| {
        let stall =
            if *fault == Fault::Stall { std::time::Duration::from_millis(300) } else { limits().stall };
        Limits { stall, attempts: 2, refs_bytes: 1 << 20, ..limits() }
    };
    let cases: [(Fault, &str); 5] = [
        (Fault::DieInPack(usize::MAX), "broke off"),
        (Fault::GarbagePack, "damaged"),
        (Fault::Page, "no git repository"),
        (Fault::EndlessRefs, "more branches and tags"),
        (Fault::Stall, "has sent nothing"),
    ];
    for (fault, wanted) in cases {
        let server = GitServer::start(scratch.path(), fault.clone());
        let target = scratch.path().join("clone");
        let source = source_with(&[], Credentials::default(), patience(&fault));
        let request = CloneRequest::new(address(&server.url("app/.git")), &target);
        let error = source.clone_repository(&request, &watch()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{fault:?}: {error}");
        assert!(!target.exists());
    }
    let missing = CloneRequest::new(address("/nowhere/at/all"), scratch.path().join("clone"));
    assert!(
        source().clone_repository(&missing, &watch()).unwrap_err().to_string().contains("does not exist")
    );
}

#[test]
fn a_token_goes_where_it_belongs_and_nowhere_else() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    // user "me", password "s3cret"
    let private = GitServer::start(scratch.path(), Fault::Private("Basic bWU6czNjcmV0"));
    let host = private.address.strip_prefix("http://").unwrap().to_owned();
    let with_login = private.url("app/.git").replace("http://", "http://me:s3cret@");
    let target = scratch.path().join("one");
    source().clone_repository(&CloneRequest::new(address(&with_login), &target), &watch()).unwrap();
    let config = fs::read_to_string(target.join(".git/config")).unwrap();
    assert!(!config.contains("s3cret"), "the login is not stored: {config}");
    assert_eq!(private.seen()[0].authorization, None, "nothing is sent before the server asks");

    let keyed = || source_with(&[], Credentials::default().with_host(&host, "me:s3cret"), limits());
    let target = scratch.path().join("two");
    keyed()
        .clone_repository(&CloneRequest::new(address(&private.url("app/.git")), &target), &watch())
        .unwrap();

    // a server that sends us elsewhere gets us, but not the token
    let elsewhere = GitServer::start(scratch.path(), Fault::Private("Basic never"));
    let lure = GitServer::start(scratch.path(), Fault::RedirectTo(elsewhere.address.clone()));
    let lured = lure.url("app/.git").replace("http://", "http://me:s3cret@");
    let request = CloneRequest::new(address(&lured), scratch.path().join("three"));
    let error = keyed().clone_repository(&request, &watch()).unwrap_err().to_string();
    assert!(error.contains("401") && !error.contains("s3cret"), "{error}");
    let told = elsewhere.seen();
    assert!(!told.is_empty() && told.iter().all(|seen| seen.authorization.is_none()), "{told:?}");
}

#[test]
fn redirects_to_another_host_work_without_a_token() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::None);
    let old = GitServer::start(scratch.path(), Fault::RedirectTo(server.address.clone()));
    let target = scratch.path().join("clone");
    source().clone_repository(&CloneRequest::new(address(&old.url("app/.git")), &target), &watch()).unwrap();
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
}

#[test]
fn mirrors_are_tried_in_order() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    let (bad, good) =
        (GitServer::start(scratch.path(), Fault::Page), GitServer::start(scratch.path(), Fault::None));
    let target = scratch.path().join("clone");
    let mut request = CloneRequest::new(address(&bad.url("app/.git")), &target);
    request.mirrors = vec![address(&good.url("app/.git"))];
    source().clone_repository(&request, &watch()).unwrap();
    assert_eq!(
        git(&target, &["config", "remote.origin.url"]),
        bad.url("app/.git"),
        "the origin is the first one"
    );
}

#[test]
fn an_interrupted_clone_is_never_seen_and_is_gone_on_with() {
    let scratch = tempdir().unwrap();
    repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::None);
    let target = scratch.path().join("clones/app");
    let request = CloneRequest::new(address(&server.url("app/.git")), &target);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // everything has been fetched when files are written
    let at_checkout = move |progress: &pino_source::Progress| {
        if progress.phase == Phase::Checkout {
            stop.cancel();
        }
    };
    let result = source().clone_repository(&request, &Watch::new(cancel, &at_checkout));
    assert!(matches!(result, Err(SourceError::Cancelled)), "{result:?}");
    assert!(!target.exists());
    let posts = || server.seen().iter().filter(|seen| seen.path.ends_with("/git-upload-pack")).count();
    let before = posts();
    // what a killed process leaves
    for lock in ["index.lock", "refs/heads/main.lock"] {
        write(&scratch.path().join("clones/.app.partial/.git"), lock, "");
    }
    let cloned = source().clone_repository(&request, &watch()).unwrap();
    assert!(cloned.resumed && target.join("README.md").is_file());
    assert_eq!(posts(), before, "nothing was fetched twice");
}

#[test]
fn submodules_come_along() {
    let scratch = tempdir().unwrap();
    let inner = repository(scratch.path(), "inner");
    let outer = repository(scratch.path(), "outer");
    git(&outer, &["submodule", "add", "-q", &inner.display().to_string(), "lib/inner"]);
    git(&outer, &["config", "-f", ".gitmodules", "submodule.lib/inner.url", "../../inner/.git"]);
    commit(&outer, "Add a submodule");
    let server = GitServer::start(scratch.path(), Fault::None);
    let target = scratch.path().join("clone");
    source()
        .clone_repository(&CloneRequest::new(address(&server.url("outer/.git")), &target), &watch())
        .unwrap();
    assert!(target.join("lib/inner/README.md").is_file());
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
    assert!(git(&target, &["submodule", "status"]).contains("lib/inner"));

    // from the network no submodule may name a folder of this machine
    git(&outer, &["config", "-f", ".gitmodules", "submodule.lib/inner.url", &inner.display().to_string()]);
    commit(&outer, "Point at a folder");
    let request = CloneRequest::new(address(&server.url("outer/.git")), scratch.path().join("other"));
    let error = source().clone_repository(&request, &watch()).unwrap_err().to_string();
    assert!(error.contains("must not name a folder"), "{error}");
}

#[test]
fn large_files_are_fetched_by_the_caller() {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    let hex = "ab".repeat(32);
    write(
        &origin,
        "model.bin",
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hex}\nsize 5\n"),
    );
    commit(&origin, "Add a large file");
    write(scratch.path(), &format!("lfs-content/{hex}"), "large");
    let server = GitServer::start(scratch.path(), Fault::None);
    let asked = Mutex::new(Vec::new());
    let fetch = |file: &pino_source::LfsFile| {
        asked.lock().unwrap().push((file.url.clone(), file.headers.clone()));
        fs::write(&file.target, "large").map_err(|error| error.to_string())
    };
    let target = scratch.path().join("clone");
    let request = CloneRequest::new(address(&server.url("app/.git")), &target);
    let watch_with = Watch::new(CancellationToken::new(), SILENT).with_large_files(&fetch);
    let cloned = source().clone_repository(&request, &watch_with).unwrap();
    assert_eq!(cloned.pointers_left, 0);
    assert_eq!(fs::read_to_string(target.join("model.bin")).unwrap(), "large");
    assert_eq!(
        *asked.lock().unwrap(),
        [(server.url(&format!("lfs-content/{hex}")), vec![("X-Key".into(), "v".into())])]
    );
    assert_eq!(source().local_changes(&target).unwrap(), [], "the content is no local change");

    let request = CloneRequest::new(address(&server.url("app/.git")), scratch.path().join("without"));
    assert_eq!(source().clone_repository(&request, &watch()).unwrap().pointers_left, 1);
    fs::remove_file(scratch.path().join("lfs-content").join(&hex)).unwrap();
    let request = CloneRequest::new(address(&server.url("app/.git")), scratch.path().join("missing"));
    let error = source().clone_repository(&request, &watch_with).unwrap_err().to_string();
    assert!(error.contains("model.bin") && error.contains("not here"), "{error}");
}

#[test]
fn a_sparse_checkout_leaves_folders_out() {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    write(&origin, "docs/a.md", "a");
    write(&origin, "src/b.js", "b");
    commit(&origin, "Add folders");
    let target = scratch.path().join("clone");
    let mut request = CloneRequest::new(address(&origin.display().to_string()), &target);
    request.sparse = vec!["src".to_owned()];
    source().clone_repository(&request, &watch()).unwrap();
    assert!(target.join("src/b.js").is_file() && target.join("README.md").is_file());
    assert!(!target.join("docs").exists() && !target.join("big").exists());
    assert_eq!(source().local_changes(&target).unwrap(), []);
    assert_eq!(git(&target, &["status", "--porcelain"]), "", "git agrees");
}

#[test]
fn ssh_is_the_systems_own() {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    // stands for ssh: drops options and host, runs the command
    let fake = scratch.path().join("ssh.sh");
    write(
        scratch.path(),
        "ssh.sh",
        "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/calls\"\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c \"$1\"\n",
    );
    let variables = BTreeMap::from([("GIT_SSH_COMMAND".to_owned(), format!("sh {}", fake.display()))]);
    let options = SourceOptions { variables, limits: limits(), ..SourceOptions::default() };
    let source = pino_source::Source::new(options).unwrap();
    let url = format!("ssh://git@host.example:2222{}", origin.display());
    let target = scratch.path().join("clone");
    source.clone_repository(&CloneRequest::new(address(&url), &target), &watch()).unwrap();
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
    let calls = fs::read_to_string(scratch.path().join("calls")).unwrap();
    assert!(calls.starts_with("-p 2222 git@host.example git-upload-pack '"), "{calls}");
    let gone = CloneRequest::new(address("git@host.example:/nowhere/x.git"), scratch.path().join("gone"));
    let error = source.clone_repository(&gone, &watch()).unwrap_err().to_string();
    assert!(error.contains("ssh to") && error.contains("nowhere"), "{error}");
}
