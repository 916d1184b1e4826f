//! The journal: every operation with what it was going to do, before it does it, and with how each part ended.
//!
//! Must not know: how to do, complete or undo anything. One JSON line an entry, only appended; an entry that a kill tore
//! apart does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Seek as _, SeekFrom},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    DriveError,
    action::{Action, Outcome},
    disk,
};

/// What an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A folder of an app became a link to the drive (`fs.link`).
    Link,
    /// Equal files became one.
    Dedupe,
    /// What nobody needs went to the trash.
    Gc,
    /// The trash was emptied.
    Purge,
    /// Existing model folders were linked.
    Import,
    /// A file or folder moved (`fs.move`).
    Move,
    /// Another operation was taken back.
    Undo,
}

/// One operation, as it was planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub id: String,
    pub kind: Kind,
    pub at_ms: u64,
    /// The operation this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    pub actions: Vec<Action>,
}

impl Operation {
    pub(crate) fn new(id: String, kind: Kind, actions: Vec<Action>) -> Self {
        let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        Self { id, kind, at_ms, undoes: None, actions }
    }
}

/// An operation and how it ended; without outcomes it was cut off.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub operation: Operation,
    pub outcomes: Option<Vec<Outcome>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Entry {
    Begin(Operation),
    End { id: String, outcomes: Vec<Outcome> },
}

/// The file.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(crate) fn new(notes: &Path) -> Self {
        Self { path: notes.join("journal.jsonl") }
    }

    /// Notes what is about to be done; on disk when this returns.
    pub(crate) fn begin(&self, operation: &Operation) -> Result<(), DriveError> {
        self.append(&[&Entry::Begin(operation.clone())])
    }

    /// Notes how it ended.
    pub(crate) fn end(&self, id: &str, outcomes: &[Outcome]) -> Result<(), DriveError> {
        self.append(&[&Entry::End { id: id.to_owned(), outcomes: outcomes.to_vec() }])
    }

    /// Notes an operation that is over already.
    pub(crate) fn record(&self, operation: &Operation, outcomes: &[Outcome]) -> Result<(), DriveError> {
        let end = Entry::End { id: operation.id.clone(), outcomes: outcomes.to_vec() };
        self.append(&[&Entry::Begin(operation.clone()), &end])
    }

    fn append(&self, entries: &[&Entry]) -> Result<(), DriveError> {
        let append = || {
            let mut text = Vec::new();
            for entry in entries {
                serde_json::to_writer(&mut text, entry)?;
                text.push(b'\n');
            }
            disk::create_folders(self.path.parent().unwrap_or(Path::new(".")))?;
            let mut file = disk::open_append(&self.path)?;
            if !ends_with_line(&mut file)? {
                text.insert(0, b'\n');
            }
            disk::write(&mut file, &text)?;
            disk::sync(&file)
        };
        append().map_err(DriveError::file("write", &self.path))
    }

    /// Every operation, oldest first.
    pub(crate) fn all(&self) -> Result<Vec<Recorded>, DriveError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(DriveError::file("read", &self.path)(error)),
        };
        let mut all: Vec<Recorded> = Vec::new();
        let mut places = BTreeMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Entry::Begin(operation)) => {
                    places.entry(operation.id.clone()).or_insert_with(|| {
                        all.push(Recorded { operation, outcomes: None });
                        all.len() - 1
                    });
                }
                Ok(Entry::End { id, outcomes }) => {
                    if let Some(recorded) = places.get(&id).and_then(|at| all.get_mut(*at)) {
                        recorded.outcomes = Some(outcomes);
                    }
                }
                // empty, or torn by a kill: then nothing of it was done
                Err(_) => {}
            }
        }
        Ok(all)
    }

    /// Writes the journal anew without operations that nobody can need any more.
    pub(crate) fn keep(&self, is_needed: impl Fn(&Recorded) -> bool) -> Result<(), DriveError> {
        let all = self.all()?;
        if all.iter().all(&is_needed) {
            return Ok(());
        }
        let mut text = Vec::new();
        let mut write = || -> io::Result<()> {
            for Recorded { operation, outcomes } in all.iter().filter(|recorded| is_needed(recorded)) {
                serde_json::to_writer(&mut text, &Entry::Begin(operation.clone()))?;
                text.push(b'\n');
                if let Some(outcomes) = outcomes {
                    let end = Entry::End { id: operation.id.clone(), outcomes: outcomes.clone() };
                    serde_json::to_writer(&mut text, &end)?;
                    text.push(b'\n');
                }
            }
            disk::write_atomically(&self.path, &text)
        };
        write().map_err(DriveError::file("write", &self.path))
    }
}

/// Ids of operations that were taken back, and not brought back since.
pub(crate) fn undone(all: &[Recorded]) -> BTreeSet<&str> {
    let mut undone = BTreeSet::new();
    // newest first: whether an undo counts depends on later ones only
    for Recorded { operation, outcomes } in all.iter().rev() {
        let is_complete = outcomes.as_ref().is_some_and(|outcomes| !outcomes.iter().any(Outcome::is_open));
        if let Some(target) = &operation.undoes
            && is_complete
            && !undone.contains(operation.id.as_str())
        {
            undone.insert(target.as_str());
        }
    }
    undone
}

fn ends_with_line(file: &mut fs::File) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last == [b'\n'])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    fn operation(id: &str, undoes: Option<&str>) -> Operation {
        Operation {
            undoes: undoes.map(str::to_owned),
            ..Operation::new(id.to_owned(), Kind::Dedupe, Vec::new())
        }
    }

    #[test]
    fn survives_torn_lines_and_double_entries() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path());
        journal.begin(&operation("a", None)).unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut text = fs::read(&path).unwrap();
        text.extend(b"{\"end\":{\"id\":\"a\",\"outc");
        fs::write(&path, text).unwrap();
        journal.record(&operation("b", None), &[Outcome::done()]).unwrap();
        journal.record(&operation("b", None), &[Outcome::done()]).unwrap();
        let all = journal.all().unwrap();
        let ends: Vec<_> =
            all.iter().map(|one| (one.operation.id.as_str(), one.outcomes.is_some())).collect();
        assert_eq!(ends, [("a", false), ("b", true)]);
        journal.keep(|recorded| recorded.outcomes.is_none()).unwrap();
        assert_eq!(journal.all().unwrap().len(), 1);
    }

    #[test]
    fn an_undo_of_an_undo_counts() {
        let done =
            |id, undoes| Recorded { operation: operation(id, undoes), outcomes: Some(vec![Outcome::done()]) };
        let mut all = vec![done("a", None), done("u", Some("a"))];
        assert_eq!(undone(&all), BTreeSet::from(["a"]));
        all.push(done("v", Some("u")));
        assert_eq!(undone(&all), BTreeSet::from(["u"]));
        all.push(Recorded { operation: operation("w", Some("v")), outcomes: None });
        assert_eq!(undone(&all), BTreeSet::from(["u"]));
    }
}
