//! tar: entry after entry.
//!
//! Must not know: compression.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
    time::{Duration, SystemTime},
};

use tar::{Archive, Entry, EntryType};

use super::{ExtractError, Job, name, stage::Marks};

/// Long names and attributes of one entry; the reader keeps them in memory.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// Unpacks a tar.
pub(super) fn unpack(job: &mut Job<'_>, stream: impl Read) -> Result<(), ExtractError> {
    let headers = Rc::new(Cell::new(Some(0)));
    let mut archive = Archive::new(Meter { stream, headers: Rc::clone(&headers) });
    let mut entries = archive.entries().map_err(|error| job.broken(error))?;
    loop {
        headers.set(Some(0));
        let Some(entry) = entries.next() else { return Ok(()) };
        let entry = entry.map_err(|error| job.broken(error))?;
        headers.set(None);
        job.budget.entry()?;
        unpack_entry(job, entry)?;
    }
}

fn unpack_entry<R: Read>(job: &mut Job<'_>, mut entry: Entry<'_, R>) -> Result<(), ExtractError> {
    let raw = entry.path_bytes().into_owned();
    let shown = String::from_utf8_lossy(&raw).into_owned();
    let Some(path) = name::relative(&raw, job.strip).map_err(|cause| job.dangerous(&shown, cause))? else {
        return drain(job, &mut entry);
    };
    let marks = marks(&entry);
    match entry.header().entry_type() {
        EntryType::Directory => job.stage.folder(&path, marks),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            job.budget.progress(entry.raw_file_position());
            let target = job.stage.file(&path, marks)?;
            let modified = marks.modified;
            job.copy(&mut entry, target.try_clone().map_err(ExtractError::file("open", &path))?, &shown)?;
            // a wrong time is no reason to fail
            let _ = modified.map(|modified| target.set_modified(modified));
            Ok(())
        }
        EntryType::Symlink => {
            let target = link_name(job, &entry, &shown)?;
            let target = name::link_target(&path, &target).map_err(|cause| job.dangerous(&shown, cause))?;
            job.stage.link(&path, target);
            Ok(())
        }
        EntryType::Link => {
            let target = link_name(job, &entry, &shown)?;
            let target = name::relative(&target, job.strip).map_err(|cause| job.dangerous(&shown, cause))?;
            let target = target.ok_or_else(|| job.dangerous(&shown, "is a link to nothing".to_owned()))?;
            job.stage.hard_link(&path, &target)
        }
        EntryType::Char | EntryType::Block | EntryType::Fifo => {
            Err(job.dangerous(&shown, "is a device or a pipe".to_owned()))
        }
        // attributes for tools that know them
        _ => drain(job, &mut entry),
    }
}

fn link_name<R: Read>(job: &Job<'_>, entry: &Entry<'_, R>, shown: &str) -> Result<Vec<u8>, ExtractError> {
    let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
    target.ok_or_else(|| job.dangerous(shown, "is a link to nothing".to_owned()))
}

/// What is skipped has to be read all the same, and counts.
fn drain(job: &mut Job<'_>, entry: &mut impl Read) -> Result<(), ExtractError> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match entry.read(&mut buffer).map_err(|error| job.broken(error))? {
            0 => return Ok(()),
            count => job.budget.take(count as u64)?,
        }
    }
}

fn marks<R: Read>(entry: &Entry<'_, R>) -> Marks {
    let modified = entry.header().mtime().ok().filter(|seconds| *seconds > 0);
    let modified =
        modified.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    Marks { mode: entry.header().mode().ok(), modified }
}

/// Limits what is read between the contents of entries.
struct Meter<R> {
    stream: R,
    /// Bytes since the last content; nothing while content is read.
    headers: Rc<Cell<Option<u64>>>,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if let Some(bytes) = self.headers.get() {
            let bytes = bytes + count as u64;
            self.headers.set(Some(bytes));
            if bytes > MAX_HEADER_BYTES {
                return Err(io::Error::other("a name or its attributes are too long"));
            }
        }
        Ok(count)
    }
}
