//! The folder of notes: adding, listing, wishing.
//!
//! Must not know: how downloads are run.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::item::{DownloadState, Entry, Item, NewItem, Noted, QueueError};
use crate::transfer::write_atomically;

/// Finished downloads that are remembered.
const KEPT_DONE: usize = 100;
/// Tries for the lock of a download.
const LOOKS: u32 = 5;

/// The queue of one home.
#[derive(Clone, Debug)]
pub struct Queue {
    folder: PathBuf,
}

/// What a person wants of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Run,
    Pause,
    Cancel,
}

impl Queue {
    /// The queue in `<home>/pino/downloads`; the folder is made when something is noted.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it keeps its notes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a download, or gives the one of the same address and target new life.
    pub fn add(&self, new: NewItem) -> Result<String, QueueError> {
        crate::manager::parse_url(&new.url)?;
        let item = Item::of_new(new);
        self.note(&item)?;
        self.wish(&item.id, Wish::Run)?;
        if !self.is_held(&item.id) {
            self.remove_file(&item.id, "progress.json")?;
        }
        Ok(item.id)
    }

    /// All downloads: those at work first, then by priority and age.
    pub fn list(&self) -> Result<Vec<Entry>, QueueError> {
        let mut entries: Vec<_> = self.items()?.iter().map(|item| self.entry(item)).collect();
        let rank = |entry: &Entry| match entry.state {
            DownloadState::Running => 0,
            DownloadState::Paused | DownloadState::Queued | DownloadState::Interrupted => 1,
            DownloadState::Failed => 2,
            DownloadState::Done | DownloadState::Cancelled => 3,
        };
        entries.sort_by_key(|entry| (rank(entry), -i64::from(entry.priority), entry.created_at_ms));
        Ok(entries)
    }

    /// Stops a download; what has arrived is kept.
    pub fn pause(&self, id: &str) -> Result<Entry, QueueError> {
        self.wish_of_person(id, Wish::Pause)
    }

    /// Goes on with a paused, interrupted, failed or cancelled download: at once where it is still at work, else in the queue.
    pub fn resume(&self, id: &str) -> Result<Entry, QueueError> {
        let mut item = self.item(id)?;
        if !self.is_held(&item.id) {
            item.is_queued = true;
            self.note(&item)?;
            self.remove_file(&item.id, "progress.json")?;
        }
        self.wish_of_person(id, Wish::Run)
    }

    /// Stops a download for good and removes what has arrived of it.
    pub fn cancel(&self, id: &str) -> Result<Entry, QueueError> {
        let entry = self.wish_of_person(id, Wish::Cancel)?;
        if !self.is_held(&entry.id) {
            let item = self.item(id)?;
            let mut noted = self.noted(&item.id);
            if noted.state != DownloadState::Done {
                let path = noted.path.clone().or_else(|| (!item.is_folder).then(|| item.target.clone()));
                path.map_or(Ok(()), |path| remove_part(&path))?;
                noted.state = DownloadState::Cancelled;
                self.set_noted(&item.id, &noted)?;
            }
        }
        Ok(self.entry(&self.item(id)?))
    }

    /// Changes what goes first.
    pub fn set_priority(&self, id: &str, priority: i32) -> Result<Entry, QueueError> {
        let item = Item { priority, ..self.item(id)? };
        self.note(&item)?;
        Ok(self.entry(&item))
    }

    /// Forgets finished and cancelled downloads; the files stay. Gives how many.
    pub fn clear(&self) -> Result<usize, QueueError> {
        let over = |entry: &Entry| matches!(entry.state, DownloadState::Done | DownloadState::Cancelled);
        let entries: Vec<_> = self.list()?.into_iter().filter(over).collect();
        entries.iter().try_for_each(|entry| self.forget(&entry.id))?;
        Ok(entries.len())
    }

    fn wish_of_person(&self, id: &str, wish: Wish) -> Result<Entry, QueueError> {
        let item = self.item(id)?;
        self.wish(&item.id, wish)?;
        Ok(self.entry(&item))
    }

    pub(super) fn wish(&self, id: &str, wish: Wish) -> Result<(), QueueError> {
        let text = match wish {
            Wish::Run => "run",
            Wish::Pause => "pause",
            Wish::Cancel => "cancel",
        };
        self.write(&self.path(id, "wish"), text.as_bytes())
    }

    pub(super) fn wished(&self, id: &str) -> Wish {
        match fs::read_to_string(self.path(id, "wish")).unwrap_or_default().trim() {
            "pause" => Wish::Pause,
            "cancel" => Wish::Cancel,
            _ => Wish::Run,
        }
    }

    /// A full name or a beginning that only one has.
    pub(super) fn item(&self, id: &str) -> Result<Item, QueueError> {
        let unknown = || QueueError::Unknown { id: id.to_owned() };
        let mut fitting = self.items()?.into_iter().filter(|item| !id.is_empty() && item.id.starts_with(id));
        match (fitting.next(), fitting.next()) {
            (Some(item), None) => Ok(item),
            _ => Err(unknown()),
        }
    }

    /// All notes that can be read; a damaged one is reported and left out.
    pub(super) fn items(&self) -> Result<Vec<Item>, QueueError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failure("read", &self.folder))?,
        };
        let mut items = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(id) = name.strip_suffix(".json").filter(|id| !id.contains('.')) else { continue };
            match fs::read(&path).map(|text| serde_json::from_slice::<Item>(&text)) {
                Ok(Ok(item)) if item.id == id => items.push(item),
                _ => {
                    tracing::warn!(path = %path.display(), "the note of a download cannot be read; it is left out");
                }
            }
        }
        items.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(items)
    }

    pub(super) fn entry(&self, item: &Item) -> Entry {
        let noted = self.noted(&item.id);
        Entry {
            state: self.state(item, &noted),
            url: item.visible_url(),
            target: noted.path.unwrap_or_else(|| item.target.clone()),
            done: noted.done,
            total: noted.total,
            priority: item.priority,
            error: noted.error,
            created_at_ms: item.created_at_ms,
            id: item.id.clone(),
        }
    }

    fn state(&self, item: &Item, noted: &Noted) -> DownloadState {
        use DownloadState::{Cancelled, Done, Failed, Interrupted, Paused, Queued, Running};
        if self.is_held(&item.id) {
            return if noted.state == Paused { Paused } else { Running };
        }
        match noted.state {
            Done | Failed | Cancelled => noted.state,
            _ if self.wished(&item.id) == Wish::Pause => Paused,
            _ if item.is_queued => Queued,
            _ => Interrupted,
        }
    }

    pub(super) fn noted(&self, id: &str) -> Noted {
        let text = fs::read(self.path(id, "progress.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(super) fn set_noted(&self, id: &str, noted: &Noted) -> Result<(), QueueError> {
        let path = self.path(id, "progress.json");
        let text = serde_json::to_vec(noted).map_err(|error| failure("write", &path)(error.into()))?;
        self.write(&path, &text)
    }

    pub(super) fn note(&self, item: &Item) -> Result<(), QueueError> {
        let path = self.path(&item.id, "json");
        let text = serde_json::to_vec_pretty(item).map_err(|error| failure("write", &path)(error.into()))?;
        self.write(&path, &text)
    }

    /// Removes all notes of a download.
    pub(super) fn forget(&self, id: &str) -> Result<(), QueueError> {
        ["progress.json", "wish", "json", "lock"].iter().try_for_each(|kind| self.remove_file(id, kind))
    }

    /// Forgets the oldest finished ones when there are too many.
    pub(super) fn prune(&self) -> Result<(), QueueError> {
        let mut done: Vec<_> =
            self.list()?.into_iter().filter(|entry| entry.state == DownloadState::Done).collect();
        done.sort_by_key(|entry| std::cmp::Reverse(entry.created_at_ms));
        done.iter().skip(KEPT_DONE).try_for_each(|entry| self.forget(&entry.id))
    }

    /// The lock of whoever runs a download; nothing while somebody else has it.
    pub(super) fn hold(&self, id: &str) -> Result<Option<File>, QueueError> {
        self.make_folder()?;
        let path = self.path(id, "lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(failure("create", &path))?;
        // somebody who looks whether it is held has it for a moment
        for _ in 0..LOOKS {
            if file.try_lock().is_ok() {
                return Ok(Some(file));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(None)
    }

    pub(super) fn is_held(&self, id: &str) -> bool {
        let Ok(file) = OpenOptions::new().write(true).open(self.path(id, "lock")) else { return false };
        matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
    }

    fn path(&self, id: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{id}.{kind}"))
    }

    fn remove_file(&self, id: &str, kind: &str) -> Result<(), QueueError> {
        let path = self.path(id, kind);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure("remove", &path)(error)),
            _ => Ok(()),
        }
    }

    /// Files made by [`write_atomically`] are for their owner only.
    fn write(&self, path: &Path, text: &[u8]) -> Result<(), QueueError> {
        self.make_folder()?;
        write_atomically(path, text).map_err(failure("write", path))
    }

    fn make_folder(&self) -> Result<(), QueueError> {
        fs::create_dir_all(&self.folder).map_err(failure("create the folder", &self.folder))
    }
}

fn failure(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> QueueError + use<> {
    let path = path.to_owned();
    move |source| QueueError::Notes { action, path, source }
}

/// What has arrived of a file that is not wanted any more.
fn remove_part(target: &Path) -> Result<(), QueueError> {
    for suffix in [".part", ".part.json", ".part.json.new"] {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failure("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
