//! What is known of a shim: told by itself while it lives, and left on the disk for later.
//!
//! Must not know: sockets. Files are replaced as a whole, so a reader never sees half of one; the exit code has a place of its own that
//! was filled before, so a full disk cannot lose it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{Exit, ListeningPort, ProcessIdentity, ShellMode};

const STATUS: &str = "status.json";
const EXIT: &str = "exit.json";
/// What we keep in the folder of a shim.
pub(crate) const FILES: [&str; 2] = [STATUS, EXIT];
/// Room for [`LastWords`].
const EXIT_BYTES: usize = 256;

/// What has to survive a full disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastWords {
    pub(crate) exit: Exit,
    pub(crate) ended_at_ms: u64,
    pub(crate) log_bytes: u64,
    pub(crate) log_lost_bytes: u64,
}

/// How a shim and its shell are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShimState {
    /// The shell runs.
    #[default]
    Running,
    /// The shell has ended; processes it started live on.
    Leftover,
    /// Over, nothing is left.
    Ended,
    /// The shim was killed; processes of its shell live on and can be stopped.
    Orphaned,
    /// The shim was killed and nothing lives; how the shell ended is unknown.
    Lost,
}

/// All that is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShimStatus {
    /// Its name: that of its folder.
    pub id: String,
    /// The group it was started for.
    pub group: String,
    /// The label of its shell.
    pub label: String,
    /// The name of its shell in the group.
    pub shell_id: String,
    /// How it is.
    pub state: ShimState,
    /// How its shell lives.
    pub mode: ShellMode,
    /// The shim.
    pub shim: ProcessIdentity,
    /// The shell.
    pub program: ProcessIdentity,
    /// Milliseconds since 1970.
    pub started_at_ms: u64,
    /// Milliseconds since 1970.
    pub ended_at_ms: Option<u64>,
    /// The command as it was given.
    pub command: String,
    /// Its working directory.
    pub cwd: String,
    /// How the shell ended.
    pub exit: Option<Exit>,
    /// Largest memory of all processes together.
    pub peak_rss_bytes: u64,
    /// Memory of all processes now.
    pub rss_bytes: u64,
    /// CPU time of all processes so far.
    pub cpu_ms: u64,
    /// Living processes, the shell first.
    pub processes: Vec<i32>,
    /// Bytes of output so far.
    pub log_bytes: u64,
    /// Lines of output so far.
    pub log_lines: u64,
    /// Bytes of output the disk did not take.
    pub log_lost_bytes: u64,
    /// Ports its processes listen on.
    pub ports: Vec<ListeningPort>,
    /// Why it was stopped, when somebody asked for it.
    pub stop_reason: Option<String>,
}

/// Writes it to the folder of the shim; a full disk leaves the one before.
pub(crate) fn write(folder: &Path, status: &ShimStatus) -> io::Result<()> {
    let bytes = serde_json::to_vec(status)?;
    let new = folder.join("status.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&bytes)?;
    fs::rename(new, folder.join(STATUS))
}

/// What was written last; an exit code that no status could be written for is put in.
pub(crate) fn read(folder: &Path) -> Option<ShimStatus> {
    let mut status: ShimStatus = serde_json::from_slice(&fs::read(folder.join(STATUS)).ok()?).ok()?;
    if status.exit.is_none()
        && let Some(last) = read_exit(folder)
    {
        status.exit = Some(last.exit);
        status.ended_at_ms = Some(last.ended_at_ms);
        (status.log_bytes, status.log_lost_bytes) = (last.log_bytes, last.log_lost_bytes);
        status.state = ShimState::Ended;
    }
    Some(status)
}

/// Takes room for the exit code.
pub(crate) fn reserve_exit(folder: &Path) -> io::Result<()> {
    write_exit(folder, None, true)
}

/// Notes the exit code in the room taken before.
pub(crate) fn note_exit(folder: &Path, last: LastWords) -> io::Result<()> {
    write_exit(folder, Some(last), false)
}

fn read_exit(folder: &Path) -> Option<LastWords> {
    serde_json::from_slice::<Option<LastWords>>(&fs::read(folder.join(EXIT)).ok()?).ok()?
}

fn write_exit(folder: &Path, last: Option<LastWords>, create: bool) -> io::Result<()> {
    let mut text = serde_json::to_vec(&last)?;
    text.resize(EXIT_BYTES, b' ');
    let mut file = OpenOptions::new().write(true).create(create).mode(0o600).open(folder.join(EXIT))?;
    file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_an_exit_of_its_own_counts() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read(folder.path()), None);
        let status = ShimStatus { id: "x".to_owned(), log_bytes: 7, ..ShimStatus::default() };
        reserve_exit(folder.path()).unwrap_or_else(|error| panic!("{error}"));
        write(folder.path(), &status).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read(folder.path()), Some(status.clone()));
        let exit = Exit { code: Some(3) };
        let last = LastWords { exit, ended_at_ms: 9, log_bytes: 8, log_lost_bytes: 1 };
        note_exit(folder.path(), last).unwrap_or_else(|error| panic!("{error}"));
        let read = read(folder.path()).unwrap_or_default();
        assert_eq!((read.exit, read.state, read.log_bytes), (Some(exit), ShimState::Ended, 8));
    }
}
