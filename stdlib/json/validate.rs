//! `json.validate`: a file or value against a JSON Schema; our addition.
//!
//! Must not know: the network: a schema that refers to another address is an error.

use jsonschema::PatternOptions;
use mlua::Value;
use pino_model::Data;
use serde_json::{Value as Json, json};

use super::file;
use crate::{
    Call, MethodError,
    params::{is_nullish, truthy},
};

/// Faults that are listed; a large file with one wrong type has thousands.
const SHOWN_FAULTS: usize = 50;

/// `{file | data, schema: file or object, strict?}` → `{valid, errors: [{path, message}]}`. With `strict` an invalid document
/// fails the step.
pub(super) fn validate(call: &Call) -> Result<Value, MethodError> {
    let document = match call.text("file")? {
        Some(path) => file::read_json(call, &path)?,
        None => as_json(call, &call.param("data")?)?,
    };
    let schema = call.param("schema")?;
    let schema = match &schema {
        schema if is_nullish(schema) => {
            let text = "json.validate: the parameter \"schema\" is missing; give a file or a schema object";
            return Err(MethodError::BadParams(text.to_owned()));
        }
        Value::String(path) => file::read_json(call, &path.to_string_lossy())?,
        schema => as_json(call, schema)?,
    };
    let faults = faults(&schema, &document)?;
    if truthy(&call.param("strict")?)
        && let Some((path, message)) = faults.first()
    {
        let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
        return Err(MethodError::Failed(format!(
            "json.validate: {message} at `{path}`{more}; correct the document"
        )));
    }
    let listed: Vec<Json> =
        faults.iter().map(|(path, message)| json!({"path": path, "message": message})).collect();
    call.value(&Data::from(json!({"valid": faults.is_empty(), "errors": listed})))
}

fn as_json(call: &Call, value: &Value) -> Result<Json, MethodError> {
    let text = pino_vm::stringify_json(&call.lua, value, 0)?.unwrap_or_else(|| "null".to_owned());
    serde_json::from_str(&text).map_err(|error| MethodError::Failed(error.to_string()))
}

/// Place (JSON pointer) and text of each fault. Patterns run in linear time: a schema is a stranger's as well.
fn faults(schema: &Json, document: &Json) -> Result<Vec<(String, String)>, MethodError> {
    let validator = jsonschema::options().with_pattern_options(PatternOptions::regex()).build(schema);
    let validator = validator.map_err(|error| {
        MethodError::BadParams(format!(
            "json.validate: the schema cannot be used: {error}; correct it and run again"
        ))
    })?;
    let found = validator.iter_errors(document).take(SHOWN_FAULTS);
    Ok(found.map(|fault| (fault.instance_path().to_string(), fault.to_string())).collect())
}
