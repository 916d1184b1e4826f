//! `shell.enter` and `shell.write`: input for a shell that an earlier step started.
//!
//! Must not know: terminals.

use std::{sync::Arc, time::Duration};

use mlua::Value;
use pino_model::Data;
use pino_process::{ProcessError, ShellHandle};
use pino_vm::{Pattern, get_property, new_array, new_object, set_property};
use tokio::{sync::mpsc, time::timeout};

use super::{
    board::{Board, Heard},
    errors::next_boundary,
    handlers, message,
    notices::event_value,
    session::too_slow,
    text::{Cleaner, RESULT_BYTES},
    watcher::{EventMatch, event_match},
};
use crate::{Call, MethodError, params::elements};

/// Without a handler the step goes on as soon as the shell has finished the line, or after this time.
const ANSWER_LIMIT: Duration = Duration::from_millis(200);

/// `shell.enter`: each message is followed by a line end.
pub(super) async fn enter(call: &Call) -> Result<Value, MethodError> {
    send(call, "\n").await
}

/// `shell.write`: as it is.
pub(super) async fn write(call: &Call) -> Result<Value, MethodError> {
    send(call, "").await
}

/// A handler of these methods.
struct Return {
    /// `None`: the shell waits for the next line.
    pattern: Option<Pattern>,
    value: Value,
}

async fn send(call: &Call, line_end: &str) -> Result<Value, MethodError> {
    let shell = find(call)?;
    let returns = returns(call)?;
    let board = shell.attached::<Board>();
    if let Some(board) = &board {
        // the prompt of the line before is not the prompt of this one
        timeout(ANSWER_LIMIT, board.until_idle()).await.ok();
    }
    let heard = board.as_ref().map(|board| board.listen());
    for text in messages(&call.data()?) {
        if let Some(board) = &board {
            board.set_idle(false);
        }
        shell.write(format!("{text}{line_end}").as_bytes()).await.map_err(gone)?;
    }
    let Some(mut heard) = heard else { return Ok(Value::Nil) };
    let token = call.host.cancellation(&call.place);
    let listening = async {
        if returns.is_empty() {
            timeout(ANSWER_LIMIT, until_idle(&mut heard)).await.ok();
            Ok(Value::Nil)
        } else {
            until_return(call, &returns, &mut heard).await
        }
    };
    tokio::select! {
        biased;
        () = token.cancelled() => Err(MethodError::Stopped),
        result = listening => {
            close(board.as_ref());
            result
        }
    }
}

fn close(board: Option<&Arc<Board>>) {
    if let Some(board) = board {
        board.close();
    }
}

fn gone(error: ProcessError) -> MethodError {
    MethodError::Failed(error.to_string())
}

fn find(call: &Call) -> Result<ShellHandle, MethodError> {
    let id = call.text("id")?.unwrap_or_else(|| call.place.cwd.display().to_string());
    let found = call.host.processes().shell(&id);
    found.ok_or_else(|| MethodError::Failed(format!("shell {id} does not exist. must start first.")))
}

fn messages(params: &Data) -> Vec<String> {
    match params.get("message") {
        Data::Array(list) => list.iter().filter(|item| !item.is_nullish()).map(message::command).collect(),
        single => vec![message::command(single)],
    }
}

fn returns(call: &Call) -> Result<Vec<Return>, MethodError> {
    let Value::Table(list) = call.param("on")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for handler in elements(&list)? {
        let Value::Table(handler) = handler else { continue };
        let value = get_property(&call.lua, &handler, "return")?;
        if crate::params::is_nullish(&value) {
            continue;
        }
        let event = pino_vm::to_data(&get_property(&call.lua, &handler, "event")?)?;
        let pattern = handlers::pattern(&event).map_err(MethodError::BadParams)?;
        found.push(Return { pattern: pattern.map(|(pattern, _)| pattern), value });
    }
    Ok(found)
}

async fn until_idle(heard: &mut mpsc::Receiver<Heard>) {
    while let Some(heard) = heard.recv().await {
        if heard == Heard::Idle {
            return;
        }
    }
}

/// Waits for the first handler that matches all output since the message, with its lines glued together.
async fn until_return(
    call: &Call,
    returns: &[Return],
    heard: &mut mpsc::Receiver<Heard>,
) -> Result<Value, MethodError> {
    let (mut cleaner, mut text) = (Cleaner::default(), String::new());
    while let Some(piece) = heard.recv().await {
        let idle = match piece {
            Heard::Text(raw) => {
                let mut plain = String::new();
                cleaner.clean_into(&raw, &mut plain);
                text.extend(plain.split('\n'));
                let from = text.ceil_char_boundary(text.len().saturating_sub(RESULT_BYTES));
                text.drain(..from);
                false
            }
            Heard::Idle => true,
        };
        for handler in returns {
            let matches = match &handler.pattern {
                Some(pattern) => all(pattern, &text)?,
                None => Vec::new(),
            };
            if !matches.is_empty() || (handler.pattern.is_none() && idle) {
                return render(call, handler, &matches);
            }
        }
    }
    Ok(Value::String(call.lua.create_string(&text)?))
}

fn all(pattern: &Pattern, text: &str) -> Result<Vec<EventMatch>, MethodError> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at <= text.len() {
        let Some(hit) = pattern.find_at(text, at).map_err(too_slow)? else { break };
        at = if hit.range.is_empty() { next_boundary(text, hit.range.end) } else { hit.range.end };
        found.push(event_match(text, &hit, 0));
    }
    Ok(found)
}

/// `return` rendered with `event.matches`.
fn render(call: &Call, handler: &Return, matches: &[EventMatch]) -> Result<Value, MethodError> {
    let event = new_object(&call.lua)?;
    let list = matches.iter().map(|event| event_value(call, event)).collect::<Result<Vec<_>, _>>()?;
    set_property(&call.lua, &event, "matches", Value::Table(new_array(&call.lua, list)?))?;
    call.host.render_event(&call.place, &handler.value, Value::Table(event))
}
