//! Reading parameters: texts, lists, truth, files; one wording for what is missing.
//!
//! Must not know: any one method.

use std::path::PathBuf;

use mlua::{Table, Value};
use pino_vm::{get_property, is_array, to_js_string};

use crate::{Call, MethodError};

/// JavaScript truth of a VM value.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Nil => false,
        Value::Boolean(value) => *value,
        Value::Number(value) => *value != 0.0 && !value.is_nan(),
        Value::Integer(value) => *value != 0,
        Value::String(text) => !text.as_bytes().is_empty(),
        other => !is_null(other),
    }
}

/// `null`, not `undefined`.
pub(crate) fn is_null(value: &Value) -> bool {
    matches!(value, Value::LightUserData(data) if data.0.is_null())
}

/// A number, in whichever form the VM hands it over.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) => Some(*value),
        Value::Integer(value) => Some(*value as f64),
        _ => None,
    }
}

/// `undefined` or `null`.
pub(crate) fn is_nullish(value: &Value) -> bool {
    value.is_nil() || is_null(value)
}

impl Call {
    /// A parameter; `undefined` when there is none or the parameters are no object.
    pub(crate) fn param(&self, name: &str) -> Result<Value, MethodError> {
        match &self.params {
            Value::Table(params) => Ok(get_property(&self.lua, params, name)?),
            _ => Ok(Value::Nil),
        }
    }

    /// The parameters as an object.
    pub(crate) fn object(&self, method: &str) -> Result<&Table, MethodError> {
        match &self.params {
            Value::Table(params) => Ok(params),
            _ => Err(MethodError::BadParams(format!("{method}: params must be an object"))),
        }
    }

    /// A parameter as text, when it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, MethodError> {
        let value = self.param(name)?;
        if is_nullish(&value) { Ok(None) } else { Ok(Some(to_js_string(&self.lua, &value)?)) }
    }

    /// A text that must be there and not be empty.
    pub(crate) fn required(&self, method: &str, name: &str) -> Result<String, MethodError> {
        let given = self.text(name)?.filter(|text| !text.trim().is_empty());
        given.ok_or_else(|| {
            MethodError::BadParams(format!("{method}: the parameter \"{name}\" is missing or empty"))
        })
    }

    /// A parameter that is one text or a list of them.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, MethodError> {
        self.texts_of(&self.param(name)?)
    }

    /// A value that is one text or a list of them.
    pub(crate) fn texts_of(&self, value: &Value) -> Result<Vec<String>, MethodError> {
        match value {
            value if is_nullish(value) => Ok(Vec::new()),
            Value::Table(list) if is_array(list) => {
                let items = elements(list)?.into_iter().filter(|item| !is_nullish(item));
                items.map(|item| Ok(to_js_string(&self.lua, &item)?)).collect()
            }
            value => Ok(vec![to_js_string(&self.lua, value)?]),
        }
    }

    /// A path given relative to the script, resolved.
    pub(crate) fn path(&self, given: &str) -> Result<PathBuf, MethodError> {
        self.host.resolve(&self.place.cwd, given)
    }

    /// A file this script is about to read.
    pub(crate) fn readable(&self, given: &str) -> Result<PathBuf, MethodError> {
        let path = self.path(given)?;
        self.host.check_read(&path)?;
        Ok(path)
    }

    /// A path this script is about to change.
    pub(crate) fn writable(&self, given: &str) -> Result<PathBuf, MethodError> {
        let path = self.path(given)?;
        self.host.check_write(&self.place, &path)?;
        Ok(path)
    }

    /// Prints text with line ends for terminals, in pieces a reader can take.
    pub(crate) fn print_lines(&self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (piece, after) = split_at_most(rest, PIECE_BYTES);
            self.print(piece);
            rest = after;
        }
    }
}

/// Longest text of one event.
const PIECE_BYTES: usize = 64 * 1024;

fn split_at_most(text: &str, bytes: usize) -> (&str, &str) {
    if text.len() <= bytes {
        return (text, "");
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end)
}

/// The elements of an array.
pub(crate) fn elements(list: &Table) -> Result<Vec<Value>, MethodError> {
    let length: f64 = list.raw_get("length").unwrap_or(0.0);
    (0..length as usize).map(|index| Ok(list.raw_get(index)?)).collect()
}

/// Runs file work where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MethodError> + Send + 'static,
) -> Result<T, MethodError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(MethodError::Failed(format!("the work was cut off: {error}"))),
    }
}

/// `cannot read /x: no such file or directory` with the next step.
pub(crate) fn file_error(action: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> MethodError {
    let text = format!("cannot {action} {}", path.display());
    move |error| {
        let next = match error.kind() {
            std::io::ErrorKind::NotFound => "; check the path, it counts from the script's folder",
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "; check the rights of the folder"
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "; make room on the disk and run again"
            }
            _ => "",
        };
        let cause = error.to_string();
        let cause = cause.split(" (os error").next().unwrap_or(&cause).to_lowercase();
        MethodError::Failed(format!("{text}: {cause}{next}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_javascripts() {
        assert!(truthy(&Value::Number(1.0)) && truthy(&Value::Boolean(true)));
        for falsy in
            [Value::Nil, Value::NULL, Value::Number(0.0), Value::Number(f64::NAN), Value::Boolean(false)]
        {
            assert!(!truthy(&falsy), "{falsy:?}");
        }
        assert!(is_null(&Value::NULL) && !is_null(&Value::Nil));
    }

    #[test]
    fn pieces_end_between_characters() {
        assert_eq!(split_at_most("aüb", 2), ("a", "üb"));
        assert_eq!(split_at_most("ab", 2), ("ab", ""));
    }
}
