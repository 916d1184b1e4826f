//! Runs a preparing program (`uv venv`, `conda create`); its output belongs to the step, not to a shell.
//!
//! Must not know: why.

use std::{collections::BTreeMap, path::Path};

use pino_process::{DEFAULT_GRACE, Output, ShellMode, ShellSpec};

use super::{
    quote::quote_all,
    session::{first_line, last_lines},
    text::Cleaner,
};
use crate::{Call, MethodError};

/// How much of the output is kept for a message.
const KEPT_BYTES: usize = 16 * 1024;

/// Why it did not work.
#[derive(Debug)]
pub(super) struct SetupFailure {
    pub(super) message: String,
}

/// Runs these words; fails when the exit code is not zero.
pub(super) async fn run(
    call: &Call,
    words: &[String],
    cwd: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Result<(), SetupFailure>, MethodError> {
    let command = quote_all(words);
    let spec = ShellSpec {
        id: String::new(),
        label: call.place.script.display().to_string(),
        program: "bash".into(),
        mode: ShellMode::Command,
        command: format!("exec {command}"),
        activation: Vec::new(),
        cwd: cwd.to_owned(),
        env: env.clone(),
        cols: 100,
        rows: 30,
        limits: pino_process::ResourceLimits::default(),
    };
    let (handle, mut output) =
        call.host.processes().spawn(spec).map_err(|error| MethodError::Failed(error.to_string()))?;
    let token = call.host.cancellation(&call.place);
    let (mut cleaner, mut text) = (Cleaner::default(), String::new());
    loop {
        let piece = tokio::select! {
            biased;
            () = token.cancelled() => None,
            piece = output.next() => piece,
        };
        match piece {
            Some(Output::Text(raw) | Output::Setup(raw)) => {
                cleaner.clean_into(&raw, &mut text);
                keep_end(&mut text);
                call.print(raw);
            }
            Some(Output::Ended(exit)) if exit.code == Some(0) => return Ok(Ok(())),
            Some(Output::Ended(exit)) => return Ok(Err(failure(words, exit.code, &text))),
            Some(Output::Started | Output::Idle) => {}
            None => {
                drop(output);
                handle.stop(DEFAULT_GRACE).await.map_err(|error| MethodError::Failed(error.to_string()))?;
                return Err(MethodError::Stopped);
            }
        }
    }
}

fn keep_end(text: &mut String) {
    if text.len() > 2 * KEPT_BYTES {
        let from = text.ceil_char_boundary(text.len() - KEPT_BYTES);
        text.drain(..from);
    }
}

fn failure(words: &[String], code: Option<i32>, text: &str) -> SetupFailure {
    let how = code.map_or("was killed".to_owned(), |code| format!("ended with exit code {code}"));
    SetupFailure { message: format!("`{}` {how}{}", first_line(&words.join(" ")), last_lines(text, 8)) }
}
