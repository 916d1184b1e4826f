//! Key paths: `a.b.0.c` and `[0]["x.y"]`, as `set`, `local.set`, `json.set` and their `rm` understand them.
//!
//! Must not know: whose object it is. A path is data: nothing in it is executed, and none reaches a prototype.

use mlua::{Lua, Table, Value};
use pino_vm::{
    array_splice_remove, delete_property, for_each_property, get_property, is_array, is_object, new_object,
    set_property,
};

use crate::{
    Call, MethodError,
    params::{elements, truthy},
};

/// Names that would reach the prototype of every object.
const REFUSED: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Splits a key path into its keys.
pub(crate) fn parse(path: &str) -> Result<Vec<String>, MethodError> {
    let keys = if path.starts_with('[') {
        parse_brackets(path)?
    } else {
        path.split('.').map(str::to_owned).collect()
    };
    allowed(keys)
}

fn allowed(keys: Vec<String>) -> Result<Vec<String>, MethodError> {
    match keys.iter().find(|key| REFUSED.contains(&key.as_str())) {
        Some(key) => Err(MethodError::BadParams(format!(
            "the key path {:?} names {key}, which is refused; use another key",
            keys.join(".")
        ))),
        None => Ok(keys),
    }
}

/// `[0].a["b.c"]` → `0`, `a`, `b.c`.
fn parse_brackets(path: &str) -> Result<Vec<String>, MethodError> {
    let bad = || {
        MethodError::BadParams(format!("{path:?} is no key path; write it like [0].name or [\"a key\"].name"))
    };
    let mut keys = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = if let Some(inner) = rest.strip_prefix('[') {
            bracket(inner).ok_or_else(bad)?
        } else {
            let name = rest.strip_prefix('.').ok_or_else(bad)?;
            let end = name.find(['.', '[']).unwrap_or(name.len());
            (name[..end].to_owned(), &name[end..])
        };
        keys.push(key);
        rest = after;
    }
    Ok(keys)
}

/// What stands in brackets, without quotes, and what follows the closing one.
fn bracket(inner: &str) -> Option<(String, &str)> {
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(quote) = quote {
        let (key, after) = inner[1..].split_once(quote)?;
        return Some((key.to_owned(), after.strip_prefix(']')?));
    }
    let (key, after) = inner.split_once(']')?;
    Some((key.trim().to_owned(), after)).filter(|(key, _)| !key.is_empty())
}

/// Sets what the path names; objects on the way are created, a value that can hold nothing ends it silently.
pub(crate) fn set(lua: &Lua, root: &Table, path: &str, value: Value) -> Result<(), MethodError> {
    let value = detached(lua, root, value)?;
    if !path.contains('.') && !path.starts_with('[') && !REFUSED.contains(&path) {
        return Ok(set_property(lua, root, path, value)?);
    }
    set_at(lua, root, parse(path)?, value)
}

/// The same for keys that are already apart.
pub(crate) fn set_keys(lua: &Lua, root: &Table, keys: Vec<String>, value: Value) -> Result<(), MethodError> {
    let value = detached(lua, root, value)?;
    set_at(lua, root, allowed(keys)?, value)
}

fn set_at(lua: &Lua, root: &Table, mut keys: Vec<String>, value: Value) -> Result<(), MethodError> {
    let Some(last) = keys.pop() else { return Ok(()) };
    match container(lua, root, &keys)? {
        Some(object) => Ok(set_property(lua, &object, &last, value)?),
        None => Ok(()),
    }
}

/// An object must not come to hold itself (`local.set` of `{{local}}`): what would is replaced by a copy of this moment.
fn detached(lua: &Lua, root: &Table, value: Value) -> Result<Value, MethodError> {
    match &value {
        Value::Table(table) if reaches(lua, table, root, 0)? => {
            Ok(pino_vm::from_data(lua, &pino_vm::to_data(&value)?)?)
        }
        _ => Ok(value),
    }
}

fn reaches(lua: &Lua, from: &Table, root: &Table, depth: usize) -> Result<bool, MethodError> {
    /// Deeper data is taken as it is; writing it as JSON has a limit of its own.
    const DEEPEST: usize = 64;
    if from == root {
        return Ok(true);
    }
    let mut inner = Vec::new();
    if depth < DEEPEST {
        for_each_property(lua, from, |_, value| {
            if let Value::Table(table) = value {
                inner.push(table);
            }
        })?;
    }
    for table in inner {
        if reaches(lua, &table, root, depth + 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Walks to the object that holds the last key, creating what is missing or false.
fn container(lua: &Lua, root: &Table, keys: &[String]) -> Result<Option<Table>, MethodError> {
    let mut current = root.clone();
    for key in keys {
        let next = get_property(lua, &current, key)?;
        current = match next {
            Value::Table(table) if is_object(&Value::Table(table.clone())) => table,
            falsy if !truthy(&falsy) => {
                let fresh = new_object(lua)?;
                set_property(lua, &current, key, Value::Table(fresh.clone()))?;
                fresh
            }
            _ => return Ok(None),
        };
    }
    Ok(Some(current))
}

/// Removes what the path names; an index of an array makes the following elements move up. Missing paths are passed over.
pub(crate) fn remove(lua: &Lua, root: &Table, path: &str) -> Result<(), MethodError> {
    remove_at(lua, root, parse(path)?)
}

/// The same for keys that are already apart.
pub(crate) fn remove_keys(lua: &Lua, root: &Table, keys: Vec<String>) -> Result<(), MethodError> {
    remove_at(lua, root, allowed(keys)?)
}

fn remove_at(lua: &Lua, root: &Table, mut keys: Vec<String>) -> Result<(), MethodError> {
    let Some(last) = keys.pop() else { return Ok(()) };
    let mut current = root.clone();
    for key in &keys {
        match get_property(lua, &current, key)? {
            Value::Table(table) => current = table,
            _ => return Ok(()),
        }
    }
    match last.parse::<usize>() {
        Ok(index) if is_array(&current) => Ok(array_splice_remove(lua, &current, index)?),
        // a key of digits is an index: objects keep such members
        Ok(_) => Ok(()),
        Err(_) => delete_property(lua, &current, &last).map(|_| ()).map_err(MethodError::from),
    }
}

/// Sets every member of `changes`, whose keys are key paths.
pub(crate) fn set_all(lua: &Lua, root: &Table, changes: &Table) -> Result<(), MethodError> {
    let mut result = Ok(());
    for_each_property(lua, changes, |path, value| {
        if result.is_ok() {
            result = set(lua, root, path, value);
        }
    })?;
    result
}

/// Removes every path of a list (or the one that is given alone).
pub(crate) fn remove_all(call: &Call, root: &Table, paths: &Value) -> Result<(), MethodError> {
    for path in call.texts_of(paths)? {
        remove(&call.lua, root, &path)?;
    }
    Ok(())
}

/// Replaces the content of a memory object by that of an array, index by index.
pub(crate) fn replace(lua: &Lua, root: &Table, list: &Table) -> Result<(), MethodError> {
    for key in pino_vm::own_keys(lua, root)? {
        delete_property(lua, root, &key)?;
    }
    for (index, value) in elements(list)?.into_iter().enumerate() {
        set_property(lua, root, &index.to_string(), value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &str) -> Option<Vec<String>> {
        parse(path).ok()
    }

    #[test]
    fn splits_at_dots_and_reads_brackets_as_data() {
        let some = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(keys("a.b.0"), some(&["a", "b", "0"]));
        assert_eq!(keys("[0].a"), some(&["0", "a"]));
        assert_eq!(keys("['x.y'][2].z"), some(&["x.y", "2", "z"]));
        assert_eq!(keys("a[0]"), some(&["a[0]"]));
    }

    #[test]
    fn refuses_prototypes_and_code() {
        for bad in ["__proto__.x", "a.constructor", "['__proto__'].x", "[0", "[0]x", "[]", "[0](alert)"] {
            assert!(keys(bad).is_none(), "{bad}");
        }
    }
}
