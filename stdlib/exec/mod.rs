//! `exec`: a command without a terminal, its output as the result.
//!
//! Must not know: shells of steps, virtual environments. A command that fails ends the script, unlike in `shell.run`.

use std::{path::PathBuf, time::Duration};

use indexmap::IndexMap;
use mlua::Value;
use pino_model::Data;
use pino_process::{CaptureSpec, Captured};
use pino_vm::{for_each_property, to_js_string};

use crate::{
    Call, Method, MethodError,
    params::{is_nullish, number, truthy},
};

pub(crate) const TABLE: &[(&str, Method)] = &[("exec", |call| Box::pin(exec(call)))];

/// Output that is kept, unless `maxBuffer` says otherwise.
const DEFAULT_LIMIT_BYTES: usize = 1024 * 1024;
/// How much of the output an error shows.
const SHOWN_LINES: usize = 10;

async fn exec(call: &Call) -> Result<Value, MethodError> {
    let message = call.param("message")?;
    if !truthy(&message) {
        return Ok(Value::Nil);
    }
    let command = to_js_string(&call.lua, &message)?;
    let spec = spec(call, &command)?;
    let limit =
        number(&call.param("timeout")?).filter(|ms| *ms > 0.0).map(|ms| Duration::from_millis(ms as u64));
    let cancel = call.host.cancellation(&call.place);
    call.print_lines(&format!("{command}\n"));
    let captured = tokio::select! {
        () = cancel.cancelled() => return Err(MethodError::Stopped),
        () = wait(limit) => return Err(too_long(&command, limit)),
        captured = call.host.processes().capture(spec) => captured,
    };
    let captured = captured.map_err(|error| MethodError::Failed(format!("exec: {error}")))?;
    if captured.code == Some(0) { call.value(&result(&captured)) } else { Err(failure(&command, &captured)) }
}

async fn wait(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

fn too_long(command: &str, limit: Option<Duration>) -> MethodError {
    let seconds = limit.unwrap_or_default().as_secs_f64();
    MethodError::Failed(format!(
        "exec: {command:?} did not end within {seconds} s and was stopped; raise \"timeout\" (in ms)"
    ))
}

fn spec(call: &Call, command: &str) -> Result<CaptureSpec, MethodError> {
    let folder = match call.text("cwd")? {
        Some(cwd) => Some(cwd),
        None => call.text("path")?,
    };
    let cwd = folder.map_or_else(|| Ok(call.place.cwd.clone()), |folder| call.path(&folder))?;
    let mut env = call.host.shell_environment(&call.place.script);
    if let Value::Table(own) = call.param("env")? {
        let mut given = Vec::new();
        for_each_property(&call.lua, &own, |name, value| given.push((name.to_owned(), value)))?;
        for (name, value) in given.into_iter().filter(|(_, value)| !is_nullish(value)) {
            env.insert(name, to_js_string(&call.lua, &value)?);
        }
    }
    let shell =
        call.text("shell")?.filter(|shell| shell.starts_with('/')).unwrap_or_else(|| "/bin/sh".to_owned());
    let limit_bytes = number(&call.param("maxBuffer")?).filter(|bytes| *bytes >= 1.0);
    Ok(CaptureSpec {
        label: call.place.script.to_string_lossy().into_owned(),
        program: PathBuf::from(shell),
        args: vec!["-c".to_owned(), command.to_owned()],
        cwd,
        env,
        input: None,
        limit_bytes: limit_bytes.map_or(DEFAULT_LIMIT_BYTES, |bytes| bytes as usize),
    })
}

fn result(captured: &Captured) -> Data {
    let text = |bytes: &[u8]| Data::String(String::from_utf8_lossy(bytes).into_owned());
    let members =
        [("stdout", text(&captured.stdout)), ("stderr", text(&captured.stderr)), ("error", Data::Null)];
    Data::Object(
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<IndexMap<_, _>>(),
    )
}

fn failure(command: &str, captured: &Captured) -> MethodError {
    let how = captured.code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with code {code}"));
    let output = if captured.stderr.is_empty() { &captured.stdout } else { &captured.stderr };
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    MethodError::Failed(format!("exec: {command:?} {how}\n{last}").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_command_code_and_last_lines() {
        let stderr = (0..30).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let text = failure("false", &Captured { stderr, code: Some(3), ..Captured::default() }).to_string();
        assert!(
            text.starts_with("exec: \"false\" ended with code 3\nline 20\n") && text.ends_with("line 29"),
            "{text}"
        );
    }
}
