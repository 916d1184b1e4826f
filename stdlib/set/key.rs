//! `set` with `key`: secrets by host in `<home>/key.json`, readable by its owner only.
//!
//! Must not know: what a secret is for.

use std::{fs, io};

use mlua::Value;
use pino_vm::{get_property, is_object, new_object, parse_json, set_property, stringify_json};

use crate::{Call, MethodError, files::write_private, key_path, params::file_error};

/// Merges `{host: {key path: value}}` into the file.
pub(super) fn store(call: &Call, secrets: &Value) -> Result<(), MethodError> {
    let Value::Table(secrets) = secrets else { return Ok(()) };
    let path = call.host.home().join("key.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => "{}".to_owned(),
        Err(error) => return Err(file_error("read", &path)(error)),
    };
    let broken = || {
        MethodError::Failed(format!("{} is no valid JSON; repair or remove it and run again", path.display()))
    };
    let Ok(Value::Table(content)) = parse_json(&call.lua, &text) else { return Err(broken()) };
    for host in pino_vm::own_keys(&call.lua, secrets)? {
        let Value::Table(values) = get_property(&call.lua, secrets, &host)? else { continue };
        let known = get_property(&call.lua, &content, &host)?;
        let target = match known {
            Value::Table(table) if is_object(&Value::Table(table.clone())) => table,
            _ => new_object(&call.lua)?,
        };
        key_path::set_all(&call.lua, &target, &values)?;
        call.host.publish_key(&host, pino_vm::to_data(&Value::Table(target.clone()))?);
        set_property(&call.lua, &content, &host, Value::Table(target))?;
    }
    let text = stringify_json(&call.lua, &Value::Table(content), 2)?.unwrap_or_default();
    write_private(&path, text.as_bytes())
}
