//! The commit a launcher's folder is at, read straight from its repository: a run must not wait for a git library.
//!
//! Must not know: what a commit is for.

use std::{fs, path::Path};

/// The commit, when the folder is a clone.
pub(super) fn commit(folder: &Path) -> Option<String> {
    let git = folder.join(".git");
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return hash(&head) };
    if let Ok(text) = fs::read_to_string(git.join(name)) {
        return hash(&text);
    }
    let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
    let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, known)| known == name))?;
    hash(line.split(' ').next()?)
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_found_loose_packed_and_detached() {
        let scratch = tempfile::tempdir().unwrap();
        let git = scratch.path().join(".git");
        let (loose, packed) = ("a".repeat(40), "b".repeat(40));
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        assert_eq!(commit(scratch.path()), None);
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(git.join("packed-refs"), format!("# pack-refs\n{packed} refs/heads/main\n")).unwrap();
        assert_eq!(commit(scratch.path()), Some(packed));
        fs::write(git.join("refs/heads/main"), format!("{loose}\n")).unwrap();
        assert_eq!(commit(scratch.path()), Some(loose.clone()));
        fs::write(git.join("HEAD"), format!("{loose}\n")).unwrap();
        assert_eq!(commit(scratch.path()), Some(loose));
    }
}
