//! `shell.run`: each command of the message in a shell of its own.
//!
//! Must not know: terminals.

use mlua::Value;
use pino_model::Data;
use pino_process::{ShellMode, ShellSpec};
use pino_vm::set_property;

use super::{
    activation,
    environment::{self, Parts},
    handlers::{self, Handler},
    message,
    notices::{event_data, event_value},
    params::{self, Params},
    retry,
    session::{Ending, Outcome, Session, first_line, last_lines},
    sudo, tools,
};
use crate::{Call, MethodError};

/// The method.
pub(super) async fn run(call: &Call) -> Result<Value, MethodError> {
    let params = params::parse(&call.data()?).map_err(MethodError::BadParams)?;
    let handlers = compile_handlers(call, &params.on)?;
    let commands = message::commands(&params.message, &params.chain);
    if commands.is_empty() {
        return Ok(Value::Nil);
    }
    let mode = mode(&params, &commands);
    let prepared = prepare(call, &params, &commands, mode).await?;
    let mut last = None;
    let token = call.host.cancellation(&call.place);
    for (number, command) in commands.iter().enumerate() {
        if token.is_cancelled() {
            return Err(MethodError::Stopped);
        }
        let text = if params.sudo {
            sudo::elevate(command, &prepared.env).map_err(MethodError::Failed)?
        } else {
            command.clone()
        };
        let spec = ShellSpec { command: text, ..prepared.clone() };
        let (handlers, input) =
            if params.sudo { (&[][..], true) } else { (handlers.as_slice(), params.input) };
        let extras = &params.extras;
        let outcome = retry::run(call, extras, || {
            let session = Session::start(call, number, spec.clone(), handlers, input)?;
            Ok(session.within(extras.timeout).drive(params.persistent))
        })
        .await?;
        if let (Ending::TimedOut, Some(limit)) = (outcome.ending, extras.timeout) {
            return Err(MethodError::Failed(retry::too_long(command, limit, &outcome.text)));
        }
        if !outcome.errors.is_empty() {
            return Err(failed(call, command, outcome)?);
        }
        last = Some(outcome);
    }
    last.map_or(Ok(Value::Nil), |outcome| result(call, &outcome))
}

fn mode(params: &Params, commands: &[String]) -> ShellMode {
    if params.persistent {
        ShellMode::Persistent
    } else if params.input && commands.iter().all(|text| text.trim().is_empty()) {
        ShellMode::Interactive
    } else {
        ShellMode::Command
    }
}

/// Handlers as patterns; plain texts among them are warned about.
pub(super) fn compile_handlers(call: &Call, on: &Data) -> Result<Vec<Handler>, MethodError> {
    let (handlers, plain) = handlers::compile(on).map_err(MethodError::BadParams)?;
    for text in plain {
        let message =
            format!("the `event` {text} is plain text and was taken as a pattern; write it as \"/{text}/\"");
        call.warn("plain-event", message, &[("event", text.into())]);
    }
    Ok(handlers)
}

/// Folder, environment and activation, shared by all shells of the step.
pub(super) async fn prepare(
    call: &Call,
    params: &Params,
    commands: &[String],
    mode: ShellMode,
) -> Result<ShellSpec, MethodError> {
    let cwd = match &params.path {
        Some(path) => call.host.resolve(&call.place.cwd, path)?,
        None => call.place.cwd.clone(),
    };
    if !cwd.is_dir() {
        call.host.check_write(&call.place, &cwd)?;
        let made = std::fs::create_dir_all(&cwd);
        made.map_err(|error| {
            MethodError::Failed(format!("could not create the folder {}: {error}", cwd.display()))
        })?;
    }
    let mut env = environment::build(Parts {
        base: call.host.shell_environment(&call.place.script),
        home: call.host.home(),
        settings: &params.env,
        unset: &params.unset,
        conda: &params.conda,
    });
    if !params.input {
        // nobody is there to answer: git fails with a reason instead of asking for a password
        env.entry("GIT_TERMINAL_PROMPT".to_owned()).or_insert_with(|| "0".to_owned());
    }
    if mode == ShellMode::Interactive {
        env.insert(
            "HISTFILE".to_owned(),
            call.host.home().join("history/bash_history").display().to_string(),
        );
    }
    if params.venv.is_some() || commands.iter().any(|text| tools::mentions(text, "python")) {
        tools::provide_python(call, &env);
    }
    if commands.iter().any(|text| tools::mentions(text, "uv") || tools::mentions(text, "uvx")) {
        tools::uv(call, &env).await?;
    }
    let activation =
        if params.sudo { Vec::new() } else { activation::prepare(call, params, &cwd, &env).await? };
    let program = program(params)?;
    Ok(ShellSpec {
        id: params.id.clone().unwrap_or_default(),
        label: call.place.script.display().to_string(),
        program: program.into(),
        mode,
        command: String::new(),
        activation,
        cwd,
        env,
        cols: params.cols,
        rows: params.rows,
        limits: params.extras.limits.clone(),
    })
}

fn program(params: &Params) -> Result<String, MethodError> {
    let given = params.shell.as_deref().unwrap_or("bash");
    let name = given.rsplit(['/', '\\']).next().unwrap_or(given).to_ascii_lowercase();
    if ["cmd.exe", "cmd", "powershell", "powershell.exe", "pwsh.exe"].contains(&name.as_str()) {
        return Err(MethodError::BadParams(format!(
            "there is no {given} on Linux; leave `shell` out or guard it by `platform`"
        )));
    }
    Ok(given.to_owned())
}

/// The result as the contract says: `id`, `response`, `stdout`, `event`, `error`, `exit_code`.
pub(super) fn result(call: &Call, outcome: &Outcome) -> Result<Value, MethodError> {
    let code = match outcome.ending {
        Ending::Ended(Some(code)) => Data::Number(f64::from(code)),
        _ => Data::Null,
    };
    let mut members = vec![
        ("id", Data::String(outcome.id.clone())),
        ("response", Data::String(outcome.text.clone())),
        ("stdout", Data::String(outcome.text.clone())),
    ];
    if outcome.truncated {
        members.push(("truncated", Data::Bool(true)));
    }
    members.extend(outcome.event.as_ref().map(|event| ("event", event_data(event))));
    if !outcome.errors.is_empty() {
        members.push(("error", Data::Array(outcome.errors.iter().cloned().map(Data::String).collect())));
    }
    members.push(("exit_code", code));
    let data = Data::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    let value = call.value(&data)?;
    if let (Value::Table(object), Some(event)) = (&value, &outcome.event) {
        set_property(&call.lua, object, "event", event_value(call, event)?)?;
    }
    Ok(value)
}

fn failed(call: &Call, command: &str, outcome: Outcome) -> Result<MethodError, MethodError> {
    let how = match outcome.ending {
        Ending::Ended(Some(code)) => format!(", exit code {code}"),
        _ => String::new(),
    };
    let message = format!(
        "the command printed error text ({}{how}): {}{}\n\
         next: fix the cause; if the text is harmless, add {{ \"event\": \"/…/\", \"break\": false }} to `on`",
        outcome.errors.join(", "),
        first_line(command),
        last_lines(&outcome.text, 12),
    );
    let result = result(call, &outcome)?;
    Ok(MethodError::Output { matches: outcome.errors, result, message })
}
