//! `hf.upload`, and what else only the program `hf` can do: a structured command in a shell.
//!
//! Must not know: shells.

use std::sync::Arc;

use indexmap::IndexMap;
use mlua::Value;
use pino_model::Data;

use crate::{Call, MethodError, registry};

/// Parameters of the shell; all others are arguments of the program.
const OF_SHELLS: &[&str] = &[
    "path",
    "env",
    "venv",
    "conda",
    "on",
    "id",
    "shell",
    "sudo",
    "input",
    "chain",
    "persistent",
    "venv_python",
];

pub(super) async fn upload(call: &Call) -> Result<Value, MethodError> {
    let Data::Object(params) = call.data()? else {
        return Err(MethodError::BadParams(
            "hf.upload: params must be an object with \"_\": [repository, path…]".into(),
        ));
    };
    by_program(call, "upload", &params).await
}

/// Runs `hf COMMAND …` as `shell.run` would.
pub(super) async fn by_program(
    call: &Call,
    command: &str,
    params: &IndexMap<String, Data>,
) -> Result<Value, MethodError> {
    let run = registry::find("shell.run")
        .ok_or_else(|| MethodError::UnknownMethod("shell.run is not part of this build".to_owned()))?;
    let shell_params = call.value(&shell_params(command, params))?;
    let inner = Call {
        host: Arc::clone(&call.host),
        lua: call.lua.clone(),
        place: call.place.clone(),
        params: shell_params,
        input: call.input.clone(),
        args: call.args.clone(),
    };
    run(&inner).await
}

/// The arguments as a structured message, which is quoted word by word.
fn shell_params(command: &str, params: &IndexMap<String, Data>) -> Data {
    let is_own = |name: &str| OF_SHELLS.contains(&name);
    let mut places = vec![Data::String("hf".to_owned()), Data::String(command.to_owned())];
    match params.get("_") {
        Some(Data::Array(given)) => places.extend(given.iter().cloned()),
        Some(given) => places.push(given.clone()),
        None => {}
    }
    let mut message = IndexMap::from([("_".to_owned(), Data::Array(places))]);
    let options = params.iter().filter(|(name, _)| !is_own(name) && *name != "_");
    message.extend(options.map(|(name, value)| (name.clone(), value.clone())));
    let own = params.iter().filter(|(name, _)| is_own(name));
    let mut shell: IndexMap<_, _> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    shell.insert("message".to_owned(), Data::Array(vec![Data::Object(message)]));
    Data::Object(shell)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_command_is_structured() {
        let Data::Object(params) =
            Data::from(json!({ "path": "app", "_": ["me/m", "a b"], "private": true }))
        else {
            return;
        };
        let expected =
            json!({ "path": "app", "message": [{ "_": ["hf", "upload", "me/m", "a b"], "private": true }] });
        assert_eq!(shell_params("upload", &params), Data::from(expected));
    }
}
