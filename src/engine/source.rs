//! The script object (`self`): evaluated once for JavaScript and Lua, read again for JSON when the file has changed.
//!
//! Must not know: what is in it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use pino_vm::{Lua, Value};

use crate::{
    failure::Failure,
    files::{Stamp, unchanged},
};

/// Larger scripts are refused: a list of steps is text written by people, data belongs into files.
pub(crate) const MAX_SCRIPT_BYTES: u64 = 16 * 1024 * 1024;

/// Where the script object comes from.
pub(crate) struct Source {
    path: PathBuf,
    loaded: Mutex<Option<Loaded>>,
}

struct Loaded {
    value: Value,
    /// Set for JSON only.
    stamp: Option<Stamp>,
}

impl Source {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), loaded: Mutex::new(None) }
    }

    /// Keeps what the first evaluation gave.
    pub(crate) fn keep(&self, value: Value) {
        let stamp = is_json(&self.path).then(|| Stamp::of(&self.path)).flatten();
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Loaded { value, stamp });
    }

    /// The object as it is now. A file that has become unreadable keeps its last value.
    pub(crate) fn current(&self, lua: &Lua) -> Value {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = loaded.as_mut() else { return Value::Nil };
        if is_json(&self.path) {
            let now = Stamp::of(&self.path);
            if !unchanged(known.stamp.as_ref(), now.as_ref())
                && let Ok(value) = read_json(lua, &self.path)
            {
                *known = Loaded { value, stamp: now };
            }
        }
        known.value.clone()
    }
}

pub(crate) fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Refuses what cannot be a script before anything is read.
pub(crate) fn check_file(path: &Path) -> Result<(), Failure> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(load(format!(
                "{} does not exist; check the path, or install the app first",
                path.display()
            )));
        }
        Err(error) => return Err(load(format!("{} cannot be read: {error}", path.display()))),
    };
    if metadata.is_dir() {
        return Err(load(format!("{} is a folder; name a script in it{}", path.display(), scripts_in(path))));
    }
    if metadata.is_file() && metadata.len() > MAX_SCRIPT_BYTES {
        let mib = metadata.len().div_ceil(1024 * 1024);
        let limit = MAX_SCRIPT_BYTES / (1024 * 1024);
        return Err(load(format!(
            "{} is {mib} MiB large; scripts may have {limit} MiB. Move the data into files of its own and read them with json.get",
            path.display()
        )));
    }
    Ok(())
}

/// `: install.js, start.js`
fn scripts_in(folder: &Path) -> String {
    const SHOWN: usize = 8;
    let is_script = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| ["js", "json", "lua"].iter().any(|known| extension == *known))
    };
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).filter(is_script).collect::<Vec<_>>())
        .unwrap_or_default()
        .iter()
        .filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names.truncate(SHOWN);
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// A JSON file as a VM value; the failure names line and column.
pub(crate) fn read_json(lua: &Lua, path: &Path) -> Result<Value, Failure> {
    let bytes =
        fs::read(path).map_err(|error| load(format!("{} cannot be read: {error}", path.display())))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        load(format!("{} is not UTF-8 text (byte {}); save it as UTF-8", path.display(), error.valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    pino_vm::parse_json(lua, text).map_err(|error| load(json_message(path, text, &error.to_string())))
}

fn json_message(path: &Path, text: &str, fallback: &str) -> String {
    let Err(error) = serde_json::from_str::<serde_json::Value>(text) else {
        return format!("{} is no valid JSON: {fallback}", path.display());
    };
    let (line, column) = (error.line(), error.column());
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let excerpt = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let excerpt: String = excerpt.chars().take(120).collect();
    let pointer = " ".repeat(column.saturating_sub(1).min(119));
    format!(
        "{}:{line}:{column}: no valid JSON: {reason}\n  {excerpt}\n  {pointer}^\ncorrect the file there and start again",
        path.display()
    )
}

fn load(message: String) -> Failure {
    Failure::new("load", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_errors_name_the_place() {
        let message = json_message(Path::new("/a/s.json"), "{\n  \"run\": [1,]\n}", "bad");
        assert!(message.starts_with("/a/s.json:2:13: no valid JSON: trailing comma"), "{message}");
        assert!(message.contains("\"run\": [1,]"), "{message}");
    }
}
