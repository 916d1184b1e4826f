//! The log file of one run of an app: its events but the output of programs, which the shims keep.
//!
//! Must not know: supervision. A full disk costs lines of this log, never the run.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use pino_state::Redactor;

use super::bus::{Bus, now_ms};

/// Logs of so many runs of an app are kept.
const KEPT_RUNS: usize = 10;
/// Longest log of one run.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Takes event lines: to the listeners of the bus, and into the file.
pub(crate) struct RunLog {
    app: String,
    run: String,
    bus: Bus,
    file: Option<File>,
    written: u64,
    /// A line whose end has not come yet.
    open: Vec<u8>,
}

/// Folder of the run logs of an app.
pub(crate) fn folder(home: &Path, app: &str) -> PathBuf {
    home.join("pino/logs").join(app)
}

/// The log of one run.
pub(crate) fn file(home: &Path, app: &str, run: &str) -> PathBuf {
    folder(home, app).join(format!("{run}.jsonl"))
}

impl RunLog {
    /// Opens the log; the oldest ones of the app are removed.
    pub(crate) fn open(home: &Path, app: &str, run: &str, bus: &Bus) -> Self {
        let opened = fs::create_dir_all(folder(home, app)).and_then(|()| {
            remove_oldest(&folder(home, app));
            File::options().create(true).append(true).open(file(home, app, run))
        });
        let file = opened.inspect_err(|error| tracing::warn!(app, %error, "the run has no log file")).ok();
        let written = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len());
        Self { app: app.to_owned(), run: run.to_owned(), bus: bus.clone(), file, written, open: Vec::new() }
    }

    fn line(&mut self, line: &str) {
        let is_stream = line.starts_with("{\"t\":\"stream\"");
        self.bus.event(&self.app, &self.run, line, is_stream);
        let is_output = is_stream && line.contains("\"shell\":");
        if is_output || self.written > MAX_BYTES {
            return;
        }
        let (Some(file), Some(rest)) = (&mut self.file, line.strip_prefix('{')) else { return };
        let text = format!("{{\"at\":{},{}\n", now_ms(), Redactor::shared().clean(rest));
        self.written += text.len() as u64;
        if let Err(error) = file.write_all(text.as_bytes()) {
            tracing::warn!(app = self.app, %error, "the log of a run ends here");
            self.file = None;
        }
    }
}

impl Write for RunLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        while let Some(end) = self.open.iter().position(|byte| *byte == b'\n') {
            let rest = self.open.split_off(end + 1);
            let line = std::mem::replace(&mut self.open, rest);
            self.line(String::from_utf8_lossy(&line).trim_end());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn remove_oldest(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut logs: Vec<_> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    logs.sort_unstable();
    let surplus = logs.len().saturating_sub(KEPT_RUNS - 1);
    for (_, path) in logs.into_iter().take(surplus) {
        // what cannot be removed now is tried again at the next start
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn output_of_programs_stays_out_and_old_logs_go() {
        let scratch = tempfile::tempdir().unwrap();
        let mut log = RunLog::open(scratch.path(), "a", "r0", &Bus::default());
        log.write_all(b"{\"t\":\"stream\",\"ms\":1,\"shell\":0,\"raw\":\"x\"}\n{\"t\":\"at\",").unwrap();
        log.write_all(b"\"ms\":2}\n").unwrap();
        let text = fs::read_to_string(file(scratch.path(), "a", "r0")).unwrap();
        assert!(text.starts_with("{\"at\":") && text.ends_with(",\"t\":\"at\",\"ms\":2}\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
        for number in 1..30 {
            RunLog::open(scratch.path(), "a", &format!("r{number}"), &Bus::default());
        }
        assert_eq!(fs::read_dir(folder(scratch.path(), "a")).unwrap().count(), KEPT_RUNS);
    }
}
