//! Shims that were being started when their starter was killed: they are waited for, so that none is overlooked.
//!
//! Must not know: what they run.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Longest wait; a shim needs some milliseconds.
const LIMIT: Duration = Duration::from_secs(10);
/// Looked for so often.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// What a shim writes as soon as its shell runs.
const STATE: &str = "status.json";

/// Waits until every shim that is on its way has arrived or given up.
pub(crate) async fn wait_for_shims(shims: &Path) {
    let waiting = async {
        while is_one_on_its_way(shims) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    if tokio::time::timeout(LIMIT, waiting).await.is_err() {
        tracing::warn!("a shim is being started since long; what it starts is not known here");
    }
}

/// A folder without a state belongs to a process that has not come to it, or to one that was killed before.
fn is_one_on_its_way(shims: &Path) -> bool {
    let folders = fs::read_dir(shims).into_iter().flatten().flatten().map(|entry| entry.path());
    let stateless: Vec<PathBuf> = folders.filter(|folder| !folder.join(STATE).exists()).collect();
    if stateless.is_empty() {
        return false;
    }
    let names: Vec<&[u8]> = stateless.iter().map(|folder| folder.as_os_str().as_encoded_bytes()).collect();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.into_iter().any(|line| line.split(|byte| *byte == 0).any(|word| names.contains(&word)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_process_is_not_waited_for() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("0123456789abcdef");
        fs::create_dir(&folder).unwrap();
        assert!(!is_one_on_its_way(scratch.path()));
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line"])
            .arg(&folder)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert!(is_one_on_its_way(scratch.path()));
        fs::write(folder.join(STATE), "{}").unwrap();
        assert!(!is_one_on_its_way(scratch.path()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
