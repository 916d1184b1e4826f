//! A program without a terminal whose whole output is wanted: `git`, `uv`, a method's helper.
//!
//! Must not know: shells. It belongs to the group like a shell does.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
};

use crate::{ProcessError, ProcessGroup};

/// What to start.
#[derive(Clone, Debug)]
pub struct CaptureSpec {
    /// Stopped together with the shells of this label.
    pub label: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments, without the name.
    pub args: Vec<String>,
    /// Working directory.
    pub cwd: PathBuf,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// Text for its standard input.
    pub input: Option<Vec<u8>>,
    /// At most this much of each output is kept (the last part).
    pub limit_bytes: usize,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// The beginning of an output was dropped.
    pub truncated: bool,
}

impl ProcessGroup {
    /// Runs a program to its end. When the future is dropped, the program is killed.
    pub async fn capture(&self, spec: CaptureSpec) -> Result<Captured, ProcessError> {
        let mut child = self.start_captured(&spec)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let (Some(mut pipe), Some(bytes)) = (stdin, spec.input) {
                pipe.write_all(&bytes).await.ok(); // a program may end without reading its input
            }
        };
        let limit = spec.limit_bytes;
        let ((), out, err, exit) =
            tokio::join!(feed, read_tail(stdout, limit), read_tail(stderr, limit), child.wait());
        let exit = exit.map_err(|source| ProcessError::Io { action: "wait for a program", source })?;
        let ((stdout, cut_out), (stderr, cut_err)) = (out?, err?);
        Ok(Captured { stdout, stderr, code: exit.code(), truncated: cut_out || cut_err })
    }

    fn start_captured(&self, spec: &CaptureSpec) -> Result<Child, ProcessError> {
        let (mark, value) = self.mark(&spec.label);
        let input = if spec.input.is_some() { Stdio::piped() } else { Stdio::null() };
        Command::new(&spec.program)
            .args(&spec.args)
            .current_dir(&spec.cwd)
            .env_clear()
            .envs(&spec.env)
            .env(mark, value)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| ProcessError::Spawn {
                program: spec.program.clone(),
                cwd: spec.cwd.clone(),
                source,
            })
    }
}

/// Reads to the end, keeping the last part; true when something was dropped.
async fn read_tail(
    pipe: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> Result<(Vec<u8>, bool), ProcessError> {
    let Some(mut pipe) = pipe else { return Ok((Vec::new(), false)) };
    let (mut kept, mut dropped) = (Vec::new(), false);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = pipe.read(&mut buffer).await;
        let count =
            read.map_err(|source| ProcessError::Io { action: "read the output of a program", source })?;
        if count == 0 {
            break;
        }
        kept.extend_from_slice(&buffer[..count]);
        if kept.len() > limit.saturating_mul(2) {
            kept.drain(..kept.len() - limit);
            dropped = true;
        }
    }
    if kept.len() > limit {
        kept.drain(..kept.len() - limit);
        dropped = true;
    }
    Ok((kept, dropped))
}
