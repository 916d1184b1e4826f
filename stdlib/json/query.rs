//! `JSONPath` (RFC 9535) over the content of a file: our addition to `json.get`, `json.set` and `json.rm`.
//!
//! Must not know: files. A key path of the reference never begins with `$.` or `$[`, so old scripts keep their meaning.

use mlua::{Lua, Table, Value};
use pino_vm::{parse_json, stringify_json};
use serde_json_path::{JsonPath, PathElement};

use crate::{Call, MethodError, key_path};

/// The text is a `JSONPath`, not a key path.
pub(crate) fn is_query(path: &str) -> bool {
    path.starts_with("$.") || path.starts_with("$[")
}

/// All nodes the query selects, as a list.
pub(crate) fn select(call: &Call, content: &Value, query: &str) -> Result<Value, MethodError> {
    let (path, document) = (parse(query)?, document(&call.lua, content)?);
    let nodes = serde_json::Value::Array(path.query(&document).all().into_iter().cloned().collect());
    parse_json(&call.lua, &nodes.to_string()).map_err(|error| MethodError::Failed(error.to_string()))
}

/// Sets the value at every place the query selects; a query that selects nothing is an error.
pub(crate) fn set(lua: &Lua, root: &Table, query: &str, value: &Value) -> Result<(), MethodError> {
    let places = places(lua, root, query)?;
    if places.is_empty() {
        return Err(MethodError::Failed(format!(
            "`{query}` selects nothing to set; a plain key path such as `a.b` creates what is missing"
        )));
    }
    for keys in places {
        key_path::set_keys(lua, root, keys, value.clone())?;
    }
    Ok(())
}

/// Removes every node the query selects, the last one first so that no index moves under the others.
pub(crate) fn remove(lua: &Lua, root: &Table, query: &str) -> Result<(), MethodError> {
    for keys in places(lua, root, query)?.into_iter().rev() {
        key_path::remove_keys(lua, root, keys)?;
    }
    Ok(())
}

fn parse(query: &str) -> Result<JsonPath, MethodError> {
    JsonPath::parse(query).map_err(|error| {
        MethodError::BadParams(format!(
            "`{query}` is no JSONPath: {error}; see RFC 9535, such as $.servers[?@.on].name"
        ))
    })
}

fn document(lua: &Lua, content: &Value) -> Result<serde_json::Value, MethodError> {
    let text = stringify_json(lua, content, 0)?.unwrap_or_else(|| "null".to_owned());
    serde_json::from_str(&text).map_err(|error| MethodError::Failed(error.to_string()))
}

/// The places of the selected nodes as lists of keys, each once, in document order.
fn places(lua: &Lua, root: &Table, query: &str) -> Result<Vec<Vec<String>>, MethodError> {
    let (path, document) = (parse(query)?, document(lua, &Value::Table(root.clone()))?);
    let located = path.query_located(&document).dedup();
    Ok(located.locations().map(|place| place.iter().map(key).collect()).collect())
}

fn key(element: &PathElement<'_>) -> String {
    match element {
        PathElement::Name(name) => (*name).to_owned(),
        PathElement::Index(index) => index.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_paths_of_the_reference_are_no_queries() {
        for old in ["a.b", "$share.cloudflare", "$", "[0].a"] {
            assert!(!is_query(old), "{old}");
        }
        assert!(is_query("$.a[?@.b]") && is_query("$['a']"));
    }
}
