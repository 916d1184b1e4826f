//! Which shims there are and how they are. Blocking: live ones are asked, one after the other.
//!
//! Must not know: what they run.

use std::{
    collections::HashMap,
    fs, io,
    io::{Read as _, Write as _},
    path::Path,
    time::{Duration, SystemTime},
};

use super::{
    error::ShimError,
    lost,
    paths::{SOCKET, folder_of, is_id, mark_of},
    status::{self, ShimState, ShimStatus},
    wire::{Answer, FrameBuffer, HEADER_LIMIT, Request, encode},
};
use crate::{members::marked_processes, socket};

/// A shim answers at once; one that does not (stopped by a debugger) is told of from the disk.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// A folder without a state is a shim that is being started, for so long.
const STARTING: Duration = Duration::from_mins(1);

/// All shims in the folder, oldest first.
pub fn list(dir: &Path) -> Result<Vec<ShimStatus>, ShimError> {
    let mut known: Vec<ShimStatus> = ids(dir)?.iter().filter_map(|id| look(dir, id)).collect();
    // one look at all processes serves all shims that were killed
    if known.iter().any(|status| status.state == ShimState::Orphaned) {
        let marks: Vec<String> = known.iter().map(|status| mark_of(&status.id)).collect();
        let mut living: HashMap<usize, Vec<i32>> = HashMap::new();
        for (mark, pid) in marked_processes(&marks) {
            living.entry(mark).or_default().push(pid);
        }
        for (at, status) in known.iter_mut().enumerate() {
            if status.state == ShimState::Orphaned {
                settle(status, living.remove(&at));
            }
        }
    }
    known.sort_by(|one, other| (one.started_at_ms, &one.id).cmp(&(other.started_at_ms, &other.id)));
    Ok(known)
}

/// One shim.
pub fn status(dir: &Path, id: &str) -> Result<ShimStatus, ShimError> {
    let unknown = || ShimError::Unknown { id: id.to_owned(), dir: dir.to_owned() };
    if !is_id(id) {
        return Err(unknown());
    }
    let mut status = look(dir, id).ok_or_else(unknown)?;
    if status.state == ShimState::Orphaned {
        settle(&mut status, None);
    }
    Ok(status)
}

/// Takes folders away of shims that are over since so long; gives their names. Nothing of a shim whose processes live is touched.
pub fn remove_ended(dir: &Path, older_than: Duration) -> Result<Vec<String>, ShimError> {
    let mut removed = Vec::new();
    for status in list(dir)? {
        let folder = folder_of(dir, &status.id);
        let is_over = matches!(status.state, ShimState::Ended | ShimState::Lost) && !status.shim.is_alive();
        if is_over && age(&folder).is_some_and(|age| age >= older_than) && fs::remove_dir_all(&folder).is_ok()
        {
            removed.push(status.id);
        }
    }
    for id in ids(dir)? {
        let folder = folder_of(dir, &id);
        // whoever started it was killed before it was there
        if status::read(&folder).is_none()
            && age(&folder).is_some_and(|age| age >= STARTING.max(older_than))
            && fs::remove_dir_all(&folder).is_ok()
        {
            removed.push(id);
        }
    }
    Ok(removed)
}

/// Time since the folder last changed.
fn age(folder: &Path) -> Option<Duration> {
    let changed = fs::metadata(folder).and_then(|data| data.modified()).ok()?;
    Some(SystemTime::now().duration_since(changed).unwrap_or_default())
}

fn ids(dir: &Path) -> Result<Vec<String>, ShimError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ShimError::Io { action: "read the folder of the shims", source }),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| is_id(name)).collect())
}

/// `Orphaned` stands for "gone without a word": what of it lives is not known yet.
fn look(dir: &Path, id: &str) -> Option<ShimStatus> {
    let folder = folder_of(dir, id);
    let mut status = status::read(&folder)?;
    id.clone_into(&mut status.id);
    if status.state == ShimState::Lost {
        return Some(status);
    }
    if status.shim.is_alive() {
        return Some(ask(&folder).unwrap_or(status));
    }
    // it may have written its last words since we read
    status = status::read(&folder).unwrap_or(status);
    id.clone_into(&mut status.id);
    if status.state != ShimState::Ended {
        status.state = ShimState::Orphaned;
    }
    Some(status)
}

/// What is true of a shim that is gone. `marked`: living processes that carry its mark, when known.
fn settle(status: &mut ShimStatus, marked: Option<Vec<i32>>) {
    status.processes = marked.unwrap_or_default();
    if status.processes.is_empty() {
        status.processes = lost::survivors(status);
    }
    status.ports = crate::listening_ports(&status.processes);
    if status.processes.is_empty() {
        status.state = lost::ended_state(status);
        status.rss_bytes = 0;
    }
}

/// Asks a live shim.
fn ask(folder: &Path) -> Option<ShimStatus> {
    let mut stream = socket::connect(&folder.join(SOCKET)).ok()?;
    stream.set_read_timeout(Some(ANSWER_LIMIT)).ok()?;
    stream.set_write_timeout(Some(ANSWER_LIMIT)).ok()?;
    stream.write_all(&encode(&Request::Status, &[])).ok()?;
    let (mut frames, mut buffer) = (FrameBuffer::new(HEADER_LIMIT), vec![0; HEADER_LIMIT]);
    loop {
        match frames.next::<Answer>() {
            Ok(Some((Answer::Status(status), _))) => return Some(*status),
            Ok(Some(_)) | Err(_) => return None,
            Ok(None) => {}
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => frames.push(&buffer[..count]),
        }
    }
}
