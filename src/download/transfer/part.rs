//! The growing file `NAME.part` and its description `NAME.part.json`.
//!
//! Must not know: HTTP. The file is locked while somebody writes it, so two downloads of one target never mix,
//! neither in this process nor in another one.
//!
//! A part is a *prefix* of the remote file, or *sparse*: then the description lists the ranges that are here, and the part is longer
//! than the file will be. So a sparse part whose description is lost can never be taken for a prefix.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    lane::{Chunk, Disk, Lane, read_at},
    ranges::Ranges,
    tap::Tap,
};
use crate::{DownloadError, disk::boot_id};

const LOCK_POLL: Duration = Duration::from_millis(200);
/// By so much a sparse part is longer than its file.
const TRAILER_BYTES: u64 = 16;
/// A smaller file is on disk in a moment.
const SYNC_BYTES: u64 = 32 << 20;
/// A transfer that took longer can wait for the disk; of a faster one most is still in memory, and the disk gets it afterwards.
const SYNC_AFTER: Duration = Duration::from_secs(30);

/// Which version of the remote file the bytes of a part belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartState {
    /// Address without secrets.
    pub url: String,
    /// The server's version mark.
    pub etag: Option<String>,
    /// The server's time of change.
    pub last_modified: Option<String>,
    /// Size of the complete file.
    pub total: Option<u64>,
    /// What is here of a sparse part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<Ranges>,
    /// What of it is surely on disk, also after a power failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced: Option<Ranges>,
    /// Which start of the machine `ranges` counts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
}

impl PartState {
    /// What this says when another address is asked now. Version marks of two hosts cannot be compared: then equal sizes have
    /// to do, and the content is compared, either where it overlaps or, where a checksum is known, as a whole at the end.
    pub(crate) fn seen_from(self, url: &str, remote: &super::Remote, verified_at_end: bool) -> Self {
        let noted = host_of(&self.url);
        if noted.is_none() || noted == host_of(url) || self.total.is_none() || self.total != remote.total {
            return self;
        }
        if verified_at_end {
            Self { etag: remote.etag.clone(), last_modified: remote.last_modified.clone(), ..self }
        } else {
            Self { etag: None, last_modified: None, ..self }
        }
    }
}

fn host_of(url: &str) -> Option<&str> {
    url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest))
}

/// An open, locked part file.
#[derive(Debug)]
pub(crate) struct PartFile {
    path: PathBuf,
    state_path: PathBuf,
    disk: Disk,
    /// Where bytes of a prefix are added.
    lane: Lane,
    is_sparse: bool,
    version: PartState,
    opened: Instant,
    synced_at: Instant,
    /// On its way to disk, and what that is.
    syncing: Option<(JoinHandle<io::Result<()>>, Ranges)>,
}

/// A part file and whether somebody else had it before.
pub(crate) struct Opened {
    /// The part.
    pub part: PartFile,
    /// Another download of the same target ended meanwhile: look at the target again.
    pub waited: bool,
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn new_state_path(state_path: &Path) -> PathBuf {
    with_suffix(state_path, ".new")
}

/// `NAME.part` beside the target.
pub(crate) fn part_path(target: &Path) -> PathBuf {
    with_suffix(target, ".part")
}

impl PartFile {
    /// Opens and locks the part of a target; waits while another download holds it.
    pub(crate) async fn open(
        target: &Path,
        tap: Arc<Tap>,
        cancel: &CancellationToken,
    ) -> Result<Opened, DownloadError> {
        let path = part_path(target);
        let mut waited = false;
        loop {
            if let Some(file) = try_open_locked(&path)? {
                let state_path = with_suffix(target, ".part.json");
                return Ok(Opened { part: Self::of(file, path, state_path, tap)?, waited });
            }
            waited = true;
            tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled),
                () = tokio::time::sleep(LOCK_POLL) => {}
            }
        }
    }

    fn of(file: File, path: PathBuf, state_path: PathBuf, tap: Arc<Tap>) -> Result<Self, DownloadError> {
        let len = file.metadata().map_err(DownloadError::file("read the size of", &path))?.len();
        let version: Option<PartState> =
            std::fs::read(&state_path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let here = version.as_ref().and_then(|state| sparse_content(state, len));
        let is_sparse = here.is_some();
        tap.reset(here.unwrap_or_else(|| Ranges::prefix(len)));
        let disk = Disk::new(file, tap);
        let lane = Lane::new(&disk, len);
        let (version, now) = (version.unwrap_or_default(), Instant::now());
        Ok(Self {
            path,
            state_path,
            disk,
            lane,
            is_sparse,
            version,
            opened: now,
            synced_at: now,
            syncing: None,
        })
    }

    /// Bytes of the remote file that are here.
    pub(crate) fn len(&self) -> u64 {
        if self.is_sparse { self.disk.tap.ranges().covered() } else { self.lane.position() }
    }

    /// Ranges are here, not just a beginning.
    pub(crate) fn is_sparse(&self) -> bool {
        self.is_sparse
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// For lanes of their own.
    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What the bytes belong to; nothing when that is unknown or unreadable.
    pub(crate) fn state(&self) -> Option<PartState> {
        serde_json::from_slice(&std::fs::read(&self.state_path).ok()?).ok()
    }

    /// Notes what the bytes belong to.
    pub(crate) fn set_state(&mut self, state: &PartState) -> Result<(), DownloadError> {
        self.version = PartState { synced: self.version.synced.take(), ..state.clone() };
        self.disk.tap.open(&self.path);
        self.save()
    }

    /// Writes the description as it is now.
    pub(crate) fn save(&self) -> Result<(), DownloadError> {
        let mut state = self.version.clone();
        if self.is_sparse {
            (state.ranges, state.boot) = (Some(self.disk.tap.ranges()), boot_id());
        } else {
            (state.ranges, state.synced, state.boot) = (None, None, None);
        }
        let text = serde_json::to_vec(&state).map_err(io::Error::from);
        text.and_then(|text| self.write_state(&text)).map_err(DownloadError::file("write", &self.state_path))
    }

    /// A fixed name beside it: whoever has the lock of the part is alone here, and a kill leaves no stray files.
    fn write_state(&self, text: &[u8]) -> io::Result<()> {
        let beside = new_state_path(&self.state_path);
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, &self.state_path)
    }

    /// Saves the description; now and then brings the bytes to disk, beside the receiving.
    pub(crate) async fn checkpoint(&mut self) -> Result<(), DownloadError> {
        if let Some((syncing, here)) = self.syncing.take_if(|(syncing, _)| syncing.is_finished()) {
            if matches!(syncing.await, Ok(Ok(()))) {
                self.version.synced = Some(here);
            }
            self.synced_at = Instant::now();
        }
        if self.syncing.is_none() && self.synced_at.elapsed() >= SYNC_AFTER {
            let (file, here) = (Arc::clone(&self.disk.file), self.disk.tap.ranges());
            self.syncing = Some((tokio::task::spawn_blocking(move || file.sync_data()), here));
        }
        self.save()
    }

    /// From now on bytes may come in any order.
    pub(crate) async fn make_sparse(&mut self, total: u64) -> Result<(), DownloadError> {
        self.flush().await?;
        if self.is_sparse {
            return Ok(());
        }
        self.is_sparse = true;
        self.version.synced = None;
        // the description first: without it the longer file would be thrown away
        self.save()?;
        let grown = self.disk.file.set_len(total + TRAILER_BYTES);
        grown.map_err(|source| self.write_error(source, total))
    }

    /// All ranges are here: an ordinary file again.
    pub(crate) async fn make_whole(&mut self, total: u64) -> Result<(), DownloadError> {
        self.disk.quiesce().await;
        self.save()?;
        self.disk.file.set_len(total).map_err(DownloadError::file("shorten", &self.path))?;
        self.is_sparse = false;
        self.lane = Lane::new(&self.disk, total);
        Ok(())
    }

    /// Takes over a file that seems to be the beginning of the remote one.
    pub(crate) async fn adopt(&mut self, existing: &Path) -> Result<(), DownloadError> {
        // an older description would vouch for bytes it does not know
        remove_if_there(&self.state_path)?;
        let copied = tokio::fs::copy(existing, &self.path).await;
        let len = copied.map_err(DownloadError::file("copy what is there of", existing))?;
        self.disk.tap.reset(Ranges::prefix(len));
        self.lane = Lane::new(&self.disk, len);
        Ok(())
    }

    /// Forgets all bytes.
    pub(crate) async fn clear(&mut self) -> Result<(), DownloadError> {
        self.disk.quiesce().await;
        self.lane = Lane::new(&self.disk, 0);
        (self.is_sparse, self.version.synced, self.syncing) = (false, None, None);
        self.disk.tap.reset(Ranges::default());
        // a description of ranges must not outlive them
        remove_if_there(&self.state_path)?;
        self.disk.file.set_len(0).map_err(DownloadError::file("empty", &self.path))
    }

    /// The last bytes of the file.
    pub(crate) async fn tail(&mut self, count: u64) -> Result<Vec<u8>, DownloadError> {
        self.flush().await?;
        let end = self.lane.position();
        let start = end - count.min(end);
        let mut bytes = vec![0; (end - start) as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            let read = read_at(&self.disk.file, &mut bytes[filled..], start + filled as u64);
            match read.map_err(DownloadError::file("read", &self.path))? {
                0 => break,
                count => filled += count,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Adds bytes at the end.
    pub(crate) async fn append(&mut self, bytes: Chunk) -> Result<(), DownloadError> {
        let needed = bytes.len() as u64;
        let pushed = self.lane.push(bytes).await;
        pushed.map_err(|source| self.write_error(source, needed))
    }

    /// Writes what is pending. After a failure only what is really in the file counts.
    pub(crate) async fn flush(&mut self) -> Result<(), DownloadError> {
        let flushed = self.lane.flush().await;
        flushed.map_err(|source| self.write_error(source, 0))
    }

    pub(super) fn write_error(&self, source: io::Error, needed_bytes: u64) -> DownloadError {
        write_error(&self.path, source, needed_bytes)
    }

    /// Gives the complete file its name.
    pub(crate) async fn finish(mut self, target: &Path) -> Result<(), DownloadError> {
        self.flush().await?;
        let file = Arc::clone(&self.disk.file);
        let at_once = self.lane.position() <= SYNC_BYTES || self.opened.elapsed() >= SYNC_AFTER;
        if at_once {
            let synced = tokio::task::spawn_blocking(move || file.sync_all()).await;
            let synced = synced.unwrap_or_else(|error| Err(io::Error::other(error)));
            synced.map_err(|source| self.write_error(source, 0))?;
        } else {
            // nobody waits for it
            drop(tokio::task::spawn_blocking(move || file.sync_all()));
        }
        std::fs::rename(&self.path, target).map_err(DownloadError::file("name", target))?;
        remove_if_there(&new_state_path(&self.state_path))?;
        remove_if_there(&self.state_path)
    }

    /// Removes the part and its description.
    pub(crate) fn discard(self) -> Result<(), DownloadError> {
        remove_if_there(&self.path)?;
        remove_if_there(&new_state_path(&self.state_path))?;
        remove_if_there(&self.state_path)
    }
}

/// The ranges of a sparse part that can be trusted; nothing when it is none.
fn sparse_content(state: &PartState, len: u64) -> Option<Ranges> {
    let total = state.total?;
    let same_boot = state.boot.is_some() && state.boot == boot_id();
    let noted = state.ranges.clone()?;
    let trusted = if same_boot { noted } else { state.synced.clone().unwrap_or_default() };
    let trusted = trusted.sane(total)?;
    // shortened already: it was complete
    (len == total + TRAILER_BYTES || len == total && trusted.covered() == total).then_some(trusted)
}

/// What a failed write means.
pub(super) fn write_error(path: &Path, source: io::Error, needed_bytes: u64) -> DownloadError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            DownloadError::DiskFull { path: path.to_owned(), needed_bytes, available_bytes: 0 }
        }
        _ => DownloadError::File { action: "write", path: path.to_owned(), source },
    }
}

/// A reader sees the old text or the new one, whatever happens between.
pub(crate) fn write_atomically(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".pino-").tempfile_in(folder)?;
    temporary.write_all(text)?;
    temporary.persist(path).map(|_| ()).map_err(|error| error.error)
}

fn remove_if_there(path: &Path) -> Result<(), DownloadError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DownloadError::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The open file with its lock, or nothing while somebody else has it.
fn try_open_locked(path: &Path) -> Result<Option<File>, DownloadError> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = opened.map_err(DownloadError::file("create", path))?;
    match file.try_lock() {
        Ok(()) if is_still(&file, path) => Ok(Some(file)),
        // renamed or removed by whoever held it before
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        // some network file systems know no locks: then nothing but this process protects the part
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(Some(file)),
        Err(TryLockError::Error(error)) => Err(DownloadError::file("lock", path)(error)),
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    async fn open(target: &Path) -> PartFile {
        PartFile::open(target, Arc::default(), &CancellationToken::new()).await.unwrap().part
    }

    #[tokio::test]
    async fn grows_is_locked_and_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let mut part = open(&target).await;
        part.append(Chunk::from_static(b"hello ")).await.unwrap();
        part.append(Chunk::from_static(b"world")).await.unwrap();
        assert_eq!(part.tail(5).await.unwrap(), b"world");
        assert!(try_open_locked(part.path()).unwrap().is_none());
        let state = PartState { url: "u".into(), total: Some(11), ..PartState::default() };
        part.set_state(&state).unwrap();
        assert_eq!(part.state(), Some(state));
        part.append(Chunk::from_static(b"!")).await.unwrap();
        part.finish(&target).await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"hello world!");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_sparse_part_is_no_prefix_without_its_description() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let mut part = open(&target).await;
        part.set_state(&PartState { total: Some(100), ..PartState::default() }).unwrap();
        part.make_sparse(100).await.unwrap();
        let mut lane = Lane::new(part.disk(), 40);
        lane.push(Chunk::from_static(b"middle")).await.unwrap();
        lane.flush().await.unwrap();
        part.save().unwrap();
        drop((part, lane));
        let part = open(&target).await;
        assert!(part.is_sparse() && part.len() == 6);
        assert_eq!(part.disk().tap.ranges().gaps(100), [(0, 40), (46, 100)]);
        drop(part);
        std::fs::remove_file(with_suffix(&target, ".part.json")).unwrap();
        let part = open(&target).await;
        assert!(!part.is_sparse() && part.len() > 100, "longer than the file: never continued");
    }

    #[tokio::test]
    async fn after_a_restart_of_the_machine_only_what_was_synced_counts() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        std::fs::write(part_path(&target), vec![0; 116]).unwrap();
        let state = r#"{"url":"u","etag":"e","last_modified":null,"total":100,"ranges":[[0,50]],"synced":[[0,20]],"boot":"before"}"#;
        std::fs::write(with_suffix(&target, ".part.json"), state).unwrap();
        assert_eq!(open(&target).await.len(), 20);
    }

    #[tokio::test]
    async fn waiting_for_a_lock_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let cancel = CancellationToken::new();
        let _held = open(&target).await;
        cancel.cancel();
        let again = PartFile::open(&target, Arc::default(), &cancel).await;
        assert!(matches!(again, Err(DownloadError::Cancelled)));
    }
}
