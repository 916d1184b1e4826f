//! Downloads as a table and, while they run, as bars or lines.
//!
//! Must not know: where they come from.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use indicatif::{HumanBytes, HumanCount};
use pino_engine::downloads::{DownloadError, DownloadState, Entry, Outcome, Progress};

use super::bars::Bars;

/// One line a download.
pub(crate) fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "no downloads".to_owned();
    }
    let mut text = String::new();
    for entry in entries {
        // writing to a text cannot fail
        let _ = writeln!(
            text,
            "{}  {:<11}  {:>4}  {:<22}  {}",
            entry.id,
            state(entry.state),
            share(entry),
            size(entry),
            entry.target.display()
        );
        if let Some(error) = entry.error.as_ref().filter(|_| entry.state == DownloadState::Failed) {
            let _ = writeln!(text, "              {error}");
        }
    }
    text.trim_end().to_owned()
}

fn state(state: DownloadState) -> &'static str {
    match state {
        DownloadState::Queued => "queued",
        DownloadState::Running => "running",
        DownloadState::Paused => "paused",
        DownloadState::Interrupted => "interrupted",
        DownloadState::Done => "done",
        DownloadState::Failed => "failed",
        DownloadState::Cancelled => "cancelled",
    }
}

fn share(entry: &Entry) -> String {
    let total = entry.total.filter(|total| *total > 0);
    total.map_or_else(|| "–".to_owned(), |total| format!("{}%", entry.done.min(total) * 100 / total))
}

fn size(entry: &Entry) -> String {
    match entry.total {
        Some(total) if entry.done < total => format!("{} of {}", HumanBytes(entry.done), HumanBytes(total)),
        Some(total) => HumanBytes(total).to_string(),
        None => HumanBytes(entry.done).to_string(),
    }
}

/// Prints a line.
pub(crate) fn line(text: &str) {
    super::print(&format!("{text}\n"));
}

/// Shows downloads while they run.
pub(crate) struct Follow {
    bars: Mutex<Bars>,
    as_json: bool,
}

impl Follow {
    /// Bars at a terminal, lines elsewhere, JSON lines when asked for.
    pub(crate) fn new(as_json: bool) -> Self {
        let is_live = !as_json && std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self { bars: Mutex::new(Bars::new(is_live)), as_json }
    }

    /// How far one is.
    pub(crate) fn progress(&self, progress: &Progress) {
        let value =
            serde_json::json!({ "label": progress.label, "done": progress.done, "total": progress.total });
        if self.as_json {
            line(&value.to_string());
            return;
        }
        let line = self.bars.lock().unwrap_or_else(PoisonError::into_inner).update(&value.into());
        if let Some(line) = line {
            self::line(&line);
        }
    }

    /// One is over.
    pub(crate) fn ended(&self, id: &str, result: &Result<Outcome, DownloadError>) {
        if self.as_json {
            let told = match result {
                Ok(outcome) => serde_json::json!({ "id": id, "path": outcome.path, "bytes": outcome.bytes }),
                Err(error) => serde_json::json!({ "id": id, "error": error.to_string() }),
            };
            line(&told.to_string());
        } else {
            match result {
                Ok(outcome) => line(&format!("{} ({})", outcome.path.display(), HumanBytes(outcome.bytes))),
                Err(error) => super::failure(&error.to_string(), None),
            }
        }
    }

    /// All are over.
    pub(crate) fn summary(&self, good: usize, bad: usize) {
        if self.as_json {
            line(&serde_json::json!({ "done": good, "failed": bad }).to_string());
        } else if good + bad == 0 {
            line("nothing is queued");
        } else if bad > 0 {
            line(&format!("{} done, {} not", HumanCount(good as u64), HumanCount(bad as u64)));
        }
    }
}
