//! A run in the server, told here as if it were ours: the same lines, the same report, the same exit code.
//!
//! Must not know: how a run works.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use pino_engine::{ClientMessage, Observer as _, Prompter};
use pino_model::{Event, ExitStatus, RunEvent, RunEventKind};
use pino_server::Pieces;
use serde_json::Value;

use crate::{
    client::CommandError,
    report::{self, Terminal, event},
    run_control::RunControl,
};

/// Longest line an event may have; a server of ours sends none that is longer.
const MAX_LINE_BYTES: usize = 256 * 1024 * 1024;

/// Who is told.
pub(crate) struct Audience {
    /// People; without it stdout gets the event lines.
    pub(crate) terminal: Option<Arc<Terminal>>,
    /// Answers questions.
    pub(crate) prompter: Option<Arc<dyn Prompter>>,
}

/// Reads the events of a run to their end.
pub(crate) async fn follow(
    mut pieces: Pieces,
    control: &RunControl,
    audience: &Audience,
) -> Result<ExitStatus, CommandError> {
    let mut open: Vec<u8> = Vec::new();
    let mut status = None;
    while let Some(piece) = pieces.next().await? {
        open.extend_from_slice(&piece);
        let Some(end) = open.iter().rposition(|byte| *byte == b'\n') else {
            if open.len() > MAX_LINE_BYTES {
                open.clear();
            }
            continue;
        };
        let rest = open.split_off(end + 1);
        let lines = std::mem::replace(&mut open, rest);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if let Some(ended) = told(line, control, audience) {
                status = Some(ended);
            }
        }
    }
    status.ok_or_else(|| CommandError::Io {
        action: "the run was lost",
        cause: io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the server has ended; `pino up` starts it again",
        ),
    })
}

/// Tells one line; gives the status of a script that has ended. The last one is the main script's.
fn told(line: &[u8], control: &RunControl, audience: &Audience) -> Option<ExitStatus> {
    if line.starts_with(b"{\"t\":\"console\"") {
        console(line, audience.terminal.is_none());
        return None;
    }
    let Some(terminal) = &audience.terminal else {
        let mut stdout = io::stdout().lock();
        if stdout.write_all(line).and_then(|()| stdout.flush()).is_err() {
            control.stop(ExitStatus::Stopped); // the reader has gone away
        }
        let is_exit = line.starts_with(b"{\"t\":\"exit\"");
        let value: Value = is_exit.then(|| serde_json::from_slice(line).ok()).flatten()?;
        return serde_json::from_value(value["status"].clone()).ok();
    };
    let event = event::decode(&serde_json::from_slice(line).ok()?)?;
    terminal.observe(&event);
    ask(&event, control, audience);
    match event.kind {
        RunEventKind::Exit { status, .. } => Some(status),
        _ => None,
    }
}

/// A question is asked here and answered there.
fn ask(event: &RunEvent, control: &RunControl, audience: &Audience) {
    let RunEventKind::Inner(Event::Packet { kind, id, data, wait: true, .. }) = &event.kind else { return };
    let Some(prompter) = audience.prompter.clone() else { return };
    let (kind, packet, data, control) = (kind.clone(), id.clone(), data.clone(), control.clone());
    tokio::spawn(async move {
        match prompter.ask(&kind, &data).await {
            Some(value) => control.message(ClientMessage::Respond { packet, value }),
            None => control.clients_gone(),
        }
    });
}

/// What a script writes to its console; stdout carries nothing but event lines when programs read it.
fn console(line: &[u8], only_stderr: bool) {
    let Ok(value) = serde_json::from_slice::<Value>(line) else { return };
    let text = value["text"].as_str().unwrap_or_default();
    // a closed stdout or stderr is no failure of the run
    let _ = if only_stderr || value["stream"] == "stderr" {
        report::write_error(text)
    } else {
        io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
    };
}
