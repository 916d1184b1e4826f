//! A `git` that stands before the real one while a script runs a second time: clones that are there stay.
//!
//! Must not know: scripts. Launchers clone without looking; run again, they would fail at what is done already.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{LifeError, tools};

const TEXT: &str = include_str!("git.sh");

/// Variables that put it in front, on top of these.
pub(crate) fn variables(
    home: &Path,
    own: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, LifeError> {
    let path = own.get("PATH").cloned().unwrap_or_default();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|file| tools::is_executable(file));
    let Some(real) = real else { return Ok(BTreeMap::new()) };
    let folder = home.join("pino/guard");
    let file = folder.join("git");
    let quoted = format!("'{}'", real.display().to_string().replace('\'', r"'\''"));
    let write = || {
        fs::create_dir_all(&folder)?;
        crate::files::write_atomically(&file, TEXT.replace("REAL_GIT", &quoted).as_bytes())?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))
    };
    write().map_err(LifeError::file("write", &file))?;
    Ok(BTreeMap::from([("PATH".to_owned(), format!("{}:{path}", folder.display()))]))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use std::process::Command;

    use super::*;

    fn run(folder: &Path, program: &Path, arguments: &[&str]) -> bool {
        let mut command = Command::new(program);
        command.args(["-c", "user.name=T", "-c", "user.email=t@e", "-c", "init.defaultBranch=main"]);
        command
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
            .status
            .success()
    }

    #[test]
    fn what_is_cloned_stays_and_what_is_half_there_is_completed() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path();
        let own = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
        let guard = root.join("pino/guard/git");
        variables(root, &own).unwrap();
        let real = Path::new("git");
        fs::create_dir(root.join("origin")).unwrap();
        assert!(run(&root.join("origin"), real, &["init", "-q"]));
        fs::write(root.join("origin/a"), "1").unwrap();
        fs::write(root.join("origin/b"), "2").unwrap();
        assert!(
            run(&root.join("origin"), real, &["add", "."])
                && run(&root.join("origin"), real, &["commit", "-qm", "x"])
        );
        let url = root.join("origin").display().to_string();
        let clone = |program: &Path| run(root, program, &["clone", "--depth", "1", &url, "app"]);
        assert!(clone(&guard), "the first time it is git itself");
        assert!(!clone(real), "git refuses the second time");
        fs::write(root.join("app/a"), "mine").unwrap();
        fs::remove_file(root.join("app/b")).unwrap();
        assert!(clone(&guard));
        assert_eq!(fs::read_to_string(root.join("app/a")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(root.join("app/b")).unwrap(), "2");
        // killed before anything was checked out
        fs::remove_dir_all(root.join("app")).unwrap();
        fs::create_dir(root.join("app")).unwrap();
        assert!(
            run(&root.join("app"), real, &["init", "-q"])
                && run(&root.join("app"), real, &["remote", "add", "origin", &url])
        );
        assert!(clone(&guard));
        assert_eq!(fs::read_to_string(root.join("app/b")).unwrap(), "2");
        assert!(run(root, &guard, &["-C", "app", "status"]), "everything else is git's");
    }
}
