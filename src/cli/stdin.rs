//! Reads stdin line by line on a thread of its own: messages of a client, or what a person types.
//!
//! Must not know: what a message does.

use std::{
    io::{self, BufRead as _},
    sync::Arc,
    thread,
};

use pino_engine::ClientMessage;

use crate::{
    report::{self, Terminal, TypedLines},
    run_control::RunControl,
};

/// Who writes to stdin.
pub(crate) enum Target {
    /// A program: JSON lines.
    Messages,
    /// A person: answers to questions; otherwise input for the program that runs.
    Person {
        /// Takes lines while a question waits.
        lines: TypedLines,
        /// Knows the shell that is in front.
        terminal: Option<Arc<Terminal>>,
    },
}

/// Begins to read. The thread ends with the process: a read cannot be cut short.
pub(crate) fn start(control: RunControl, target: Target) -> io::Result<()> {
    thread::Builder::new().name("stdin".into()).spawn(move || read(&control, &target))?;
    Ok(())
}

fn read(control: &RunControl, target: &Target) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match target {
            Target::Messages => message(control, &line),
            Target::Person { lines, terminal } => {
                let shell = terminal.as_ref().and_then(|terminal| terminal.shell_in_front());
                match shell.filter(|_| !lines.are_awaited()) {
                    Some(shell) => control.message(ClientMessage::Keys { shell, data: format!("{line}\n") }),
                    None => lines.add(line),
                }
            }
        }
    }
    control.clients_gone();
    if let Target::Person { lines, .. } = target {
        lines.end();
    }
}

fn message(control: &RunControl, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    match ClientMessage::parse(line) {
        Ok(message) => control.message(message),
        Err(error) => report::failure(
            &format!("a line on stdin is no message: {error}"),
            Some("send one JSON object a line"),
        ),
    }
}
