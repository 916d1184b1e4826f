//! Comparing with the remote, going forward and back, local changes.

use std::{fs, path::PathBuf};

use crate::support::{Fault, GitServer, address, commit, git, repository, source, watch, write};
use pino_source::{Change, CloneRequest, Relation, SourceError};
use tempfile::{TempDir, tempdir};

fn cloned() -> (TempDir, PathBuf, PathBuf, GitServer) {
    let scratch = tempdir().unwrap();
    let origin = repository(scratch.path(), "app");
    let server = GitServer::start(scratch.path(), Fault::None);
    let target = scratch.path().join("clone");
    source()
        .clone_repository(&CloneRequest::new(address(&server.url("app/.git")), &target), &watch())
        .unwrap();
    (scratch, origin, target, server)
}

#[test]
fn an_update_is_told_first_and_then_made() {
    let (_scratch, origin, target, _server) = cloned();
    let before = source().head(&target).unwrap();
    assert_eq!(source().compare(&target, None, &watch()).unwrap().relation, Relation::Same);
    write(&origin, "install.js", "module.exports = { run: [1] }\n");
    commit(&origin, "Third");
    write(&origin, "new/file.txt", "x\ny\n");
    let tip = commit(&origin, "Fourth");
    let comparison = source().compare(&target, None, &watch()).unwrap();
    assert_eq!(comparison.relation, Relation::FastForward);
    let summaries: Vec<_> = comparison.commits.iter().map(|line| line.summary.as_str()).collect();
    assert_eq!(summaries, ["Fourth", "Third"]);
    assert_eq!((comparison.diff.files_changed, comparison.diff.added, comparison.diff.removed), (2, 3, 1));
    assert_eq!(comparison.diff.files[1].change, Change::Added);
    assert_eq!(source().head(&target).unwrap(), before, "nothing has changed yet");
    source().go_to(&target, &comparison.target, false, &watch()).unwrap();
    let after = source().head(&target).unwrap();
    assert_eq!((after.commit, after.branch.as_deref()), (tip, Some("main")));
    assert_eq!(git(&target, &["status", "--porcelain"]), "");
    // and back
    source().go_to(&target, &before.commit, false, &watch()).unwrap();
    assert!(!target.join("new").exists());
    assert_eq!(source().compare(&target, None, &watch()).unwrap().relation, Relation::FastForward);
}

#[test]
fn local_changes_are_kept_or_reported() {
    let (_scratch, origin, target, _server) = cloned();
    write(&target, "mine.txt", "mine");
    write(&target, "README.md", "edited here\n");
    write(&origin, "install.js", "other\n");
    commit(&origin, "Third");
    let comparison = source().compare(&target, None, &watch()).unwrap();
    assert_eq!(comparison.local.len(), 2);
    assert_eq!(comparison.conflicts, Vec::<String>::new());
    source().go_to(&target, &comparison.target, false, &watch()).unwrap();
    assert_eq!(fs::read_to_string(target.join("README.md")).unwrap(), "edited here\n");
    assert_eq!(fs::read_to_string(target.join("install.js")).unwrap(), "other\n");

    write(&origin, "README.md", "edited there\n");
    write(&origin, "mine.txt", "theirs");
    commit(&origin, "Fourth");
    let comparison = source().compare(&target, None, &watch()).unwrap();
    assert_eq!(comparison.conflicts, ["README.md", "mine.txt"]);
    let refused = source().go_to(&target, &comparison.target, false, &watch());
    assert!(matches!(refused, Err(SourceError::Conflicts { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(target.join("mine.txt")).unwrap(), "mine");
    source().go_to(&target, &comparison.target, true, &watch()).unwrap();
    assert_eq!(fs::read_to_string(target.join("README.md")).unwrap(), "edited there\n");
}

#[test]
fn rewritten_history_is_followed_and_own_commits_are_not_lost() {
    let (_scratch, origin, target, _server) = cloned();
    git(&origin, &["reset", "-q", "--hard", "v1"]);
    write(&origin, "fresh", "x");
    commit(&origin, "Rewritten");
    for _ in 0..2 {
        assert_eq!(source().compare(&target, None, &watch()).unwrap().relation, Relation::Rewritten);
    }
    write(&target, "own", "x");
    commit(&target, "My own");
    assert_eq!(source().compare(&target, None, &watch()).unwrap().relation, Relation::Diverged { own: 1 });
}

#[test]
fn a_folder_that_is_no_repository_says_so() {
    let scratch = tempdir().unwrap();
    git(scratch.path(), &["init", "-q"]);
    let inner = scratch.path().join("plain");
    fs::create_dir(&inner).unwrap();
    let error = source().head(&inner).unwrap_err().to_string();
    assert!(error.contains("no git repository"), "the repository around it does not count: {error}");
}
