//! Writes event lines to stdout on a thread of its own: a lone line goes out at once, lines that pile up while a write is
//! under way go out together, and a slow reader slows the run down instead of filling the memory.
//!
//! Must not know: what a line means.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use pino_state::Redactor;

/// Bytes that may wait for a slow reader.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// A queue of finished lines and the thread that writes them.
pub struct LineWriter {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    lines_wait: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    writer_sleeps: bool,
    closed: bool,
    /// The reader is gone; lines are dropped.
    broken: bool,
}

impl LineWriter {
    /// Starts the thread. `on_broken` is called once when the reader has gone away.
    pub fn new(
        output: impl Write + Send + 'static,
        on_broken: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        let work = move || {
            if write_all(&for_thread, output).is_err() {
                for_thread.lock().broken = true;
                for_thread.room.notify_all();
                on_broken();
            }
        };
        let thread = thread::Builder::new().name("events".into()).spawn(work)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Appends one line; `fill` writes it whole, line break included.
    pub(super) fn line(&self, fill: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.shared.lock();
        while state.waiting.len() > MAX_WAITING_BYTES && !state.broken {
            state = self.shared.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.broken || state.closed {
            return;
        }
        fill(&mut state.waiting);
        if state.writer_sleeps {
            state.writer_sleeps = false;
            self.shared.lines_wait.notify_one();
        }
    }

    /// Writes what waits and ends the thread.
    pub(super) fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.lines_wait.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // a panic there has been reported by the thread itself
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes everything that waits; empty when closed.
    fn take(&self, spare: Vec<u8>) -> Vec<u8> {
        let mut state = self.lock();
        while state.waiting.is_empty() && !state.closed {
            state.writer_sleeps = true;
            state = self.lines_wait.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.writer_sleeps = false;
        std::mem::replace(&mut state.waiting, spare)
    }
}

fn write_all(shared: &Shared, mut output: impl Write) -> io::Result<()> {
    let redactor = Redactor::shared();
    let mut lines = Vec::new();
    loop {
        lines.clear();
        lines = shared.take(lines);
        if lines.is_empty() {
            return Ok(());
        }
        shared.room.notify_all();
        // whole lines: no secret is cut in two by the end of a write
        output.write_all(&redactor.clean_bytes(&lines))?;
        output.flush()?;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Sender(mpsc::Sender<Vec<u8>>);

    impl Write for Sender {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_lone_line_is_written_without_another_one() {
        let (sender, lines) = mpsc::channel();
        let writer = LineWriter::new(Sender(sender), || {}).unwrap();
        writer.line(|out| out.extend_from_slice(b"one\n"));
        assert_eq!(lines.recv().unwrap(), b"one\n");
        writer.line(|out| out.extend_from_slice(b"two\n"));
        writer.close();
        assert_eq!(lines.recv().unwrap(), b"two\n");
    }

    #[test]
    fn a_reader_that_goes_away_is_noticed_and_blocks_nothing() {
        let (sender, lines) = mpsc::channel();
        let (told, broken) = mpsc::channel();
        let writer = LineWriter::new(Sender(sender), move || told.send(()).unwrap()).unwrap();
        drop(lines);
        writer.line(|out| out.extend_from_slice(b"lost\n"));
        broken.recv().unwrap();
        for _ in 0..3 {
            writer.line(|out| out.resize(out.len() + MAX_WAITING_BYTES, b'x'));
        }
        writer.close();
    }
}
