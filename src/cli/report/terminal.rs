//! The course of a run for people: a header for each step, the live output of programs, failures, the summary.
//!
//! Must not know: how a run works. Output of programs goes to stdout, so that it can be piped; so do the headers.

use std::{
    collections::BTreeMap,
    io::{IsTerminal as _, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pino_engine::Observer;
use pino_model::{Data, Event, RunEvent, RunEventKind, ShellState};

use super::{
    bars::Bars,
    describe::{self, plain, shorten},
    lines::Lines,
    style,
    summary::Summary,
};

/// Writes the report.
pub(crate) struct Terminal {
    state: Mutex<State>,
}

struct State {
    live: bool,
    main: Option<Arc<str>>,
    bars: Bars,
    summary: Summary,
    /// Output of programs by script and shell, when there is no terminal.
    lines: BTreeMap<(Arc<str>, usize, Option<usize>), Lines>,
    /// Shells that run, the newest last.
    shells: Vec<(Arc<str>, usize, usize, String)>,
    /// The cursor stands at the beginning of a line.
    at_line_start: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let live = std::io::stdout().is_terminal();
        let state = State {
            live,
            main: None,
            bars: Bars::new(live && std::io::stderr().is_terminal()),
            summary: Summary::default(),
            lines: BTreeMap::new(),
            shells: Vec::new(),
            at_line_start: true,
        };
        Self { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Id of the shell that gets what is typed.
    pub(crate) fn shell_in_front(&self) -> Option<String> {
        self.state().shells.last().map(|(.., id)| id.clone())
    }
}

impl Observer for Terminal {
    fn observe(&self, event: &RunEvent) {
        self.state().observe(event);
    }
}

impl State {
    fn observe(&mut self, event: &RunEvent) {
        let script = &event.script;
        match &event.kind {
            RunEventKind::Begin { caller, .. } => self.begin(script, caller.as_deref()),
            RunEventKind::At { .. } => {}
            RunEventKind::Skip { .. } => self.summary.skip(),
            RunEventKind::Step { index, method, params } => {
                self.step(script, *index, method.as_deref(), params);
            }
            RunEventKind::Inner(inner) => self.inner(script, inner),
            RunEventKind::Result { local, .. } => {
                self.bars.clear();
                self.summary.variables(local);
            }
            RunEventKind::Ready { local } => {
                self.summary.variables(local);
                if self.is_main(script) {
                    let place =
                        self.summary.address().map(|address| format!(" at {address}")).unwrap_or_default();
                    self.line(&format!("\n{}ready{}{place} · Ctrl-C stops it", style::GOOD, style::PLAIN));
                }
            }
            RunEventKind::Exit { status, wall_ms, .. } => {
                self.flush();
                if self.is_main(script) {
                    let text = self.summary.text(*status, *wall_ms);
                    self.line(text.trim_end());
                }
            }
        }
    }

    fn is_main(&self, script: &Arc<str>) -> bool {
        self.main.as_ref() == Some(script)
    }

    fn begin(&mut self, script: &Arc<str>, caller: Option<&str>) {
        if self.main.is_none() {
            self.main = Some(Arc::clone(script));
        }
        if let Some(caller) = caller {
            self.line(&format!("{}{script}, started by {caller}{}", style::WEAK, style::PLAIN));
        }
    }

    /// `install.js 3` for called scripts, `3` for the main one; steps count from 1 for people.
    fn place(&self, script: &Arc<str>, index: Option<usize>) -> String {
        let step = index.map(|index| format!("step {}", index + 1));
        match (self.is_main(script), step) {
            (true, Some(step)) => step,
            (false, Some(step)) => format!("{script}, {step}"),
            (_, None) => script.to_string(),
        }
    }

    fn step(&mut self, script: &Arc<str>, index: usize, method: Option<&str>, params: &Data) {
        self.flush();
        self.summary.step();
        let place = self.place(script, Some(index));
        let (method, about) = (method.unwrap_or("function"), describe::step(params));
        self.line(&format!("{}[{place}] {method}{} {about}", style::STEP, style::PLAIN));
    }

    fn inner(&mut self, script: &Arc<str>, event: &Event) {
        match event {
            Event::Stream { index, shell, raw } => self.stream(script, *index, *shell, raw),
            Event::Shell { index, shell, state } => self.shell(script, *index, *shell, state),
            Event::Packet { kind, data, .. } => self.packet(kind, data),
            Event::Warning { index, code, message, extra } => {
                let place = self.place(script, *index);
                match extra.get("exit_code").and_then(serde_json::Value::as_i64) {
                    Some(exit_code) if *code == "exit-code" => self.summary.exit_code(&place, exit_code),
                    _ => self.summary.warning(&place, message),
                }
                self.line(&format!("{}warning: {message}{}", style::CARE, style::PLAIN));
            }
            Event::Error { index, code, message, .. } => {
                self.flush();
                let place = self.place(script, *index);
                let code = if *code == "callee" { "" } else { code };
                let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
                self.line(&format!("\n{}error in {place}{code}:{} {message}", style::BAD, style::PLAIN));
            }
        }
    }

    fn stream(&mut self, script: &Arc<str>, index: usize, shell: Option<usize>, raw: &str) {
        if self.live {
            self.print(raw);
            return;
        }
        let lines = self.lines.entry((Arc::clone(script), index, shell)).or_default().add(raw);
        for line in lines {
            self.line(&line);
        }
    }

    fn shell(&mut self, script: &Arc<str>, index: usize, shell: usize, state: &ShellState) {
        match state {
            ShellState::Start { id, command, .. } => {
                self.shells.push((Arc::clone(script), index, shell, id.clone()));
                if shell > 0 {
                    self.line(&format!("{}$ {}{}", style::WEAK, shorten(command), style::PLAIN));
                }
            }
            ShellState::Left => {}
            ShellState::End { .. } => {
                self.shells.retain(|(other, i, n, _)| !(other == script && *i == index && *n == shell));
                self.finish_lines(&(Arc::clone(script), index, Some(shell)));
            }
        }
    }

    fn packet(&mut self, kind: &str, data: &Data) {
        let text = |name: &str| data.get(name).as_str().map(plain).unwrap_or_default();
        match kind {
            "progress" => {
                if let Some(line) = self.bars.update(data) {
                    self.line(&line);
                }
            }
            "notify" | "push" => {
                let parts = [text("html"), text("message"), text("href")];
                let parts: Vec<&str> =
                    parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
                self.line(&format!("{}note:{} {}", style::GOOD, style::PLAIN, parts.join(" · ")));
            }
            "web.open" | "browser.open" => {
                let address = [text("url"), text("uri")]
                    .into_iter()
                    .find(|address| !address.is_empty())
                    .unwrap_or_default();
                self.line(&format!("{}open in your browser:{} {address}", style::GOOD, style::PLAIN));
            }
            _ => {}
        }
    }

    /// Lines that were not ended.
    fn flush(&mut self) {
        let keys: Vec<_> = self.lines.keys().cloned().collect();
        for key in keys {
            self.finish_lines(&key);
        }
    }

    fn finish_lines(&mut self, key: &(Arc<str>, usize, Option<usize>)) {
        if let Some(rest) = self.lines.remove(key).and_then(|mut lines| lines.finish()) {
            self.line(&rest);
        }
    }

    /// A line of its own, whatever a program left on the screen.
    fn line(&mut self, text: &str) {
        let before = if self.at_line_start { "" } else { "\n" };
        self.print(&format!("{before}{text}\n"));
    }

    fn print(&mut self, text: &str) {
        if let Some(last) = text.chars().next_back() {
            self.at_line_start = last == '\n';
        }
        self.bars.suspend(|| {
            let mut stdout = anstream::stdout().lock();
            // a closed stdout (`| head`) is no reason to stop the run
            let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        });
    }
}
