//! The prelude's files: embedded, read from disk in debug builds; compiled once per process.
//!
//! Must not know: what the files do.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use mlua::chunk::Compiler;

const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/prelude_files.rs"));

/// Bytecode of the files used so far, by folder and name.
static COMPILED: Mutex<Option<HashMap<(Option<PathBuf>, String), Arc<[u8]>>>> = Mutex::new(None);

/// Where the prelude comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prelude {
    folder: Option<PathBuf>,
}

impl Prelude {
    /// Files of this folder, else the source tree's own in debug builds while it exists, else the embedded ones.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Prelude { folder: folder.or_else(source_folder) }
    }

    /// The text of `core/order` (a list of names, one a line) or of another file without its extension.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match &self.folder {
            Some(folder) => ["lua", "txt"].iter().find_map(|extension| {
                std::fs::read_to_string(folder.join(format!("{name}.{extension}"))).ok()
            }),
            None => EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()),
        }
    }

    /// Bytecode of a file; compiled at its first use in the process.
    pub(crate) fn bytecode(&self, name: &str) -> mlua::Result<Option<Arc<[u8]>>> {
        let key = (self.folder.clone(), name.to_owned());
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = compiled.get_or_insert_default();
        if let Some(bytes) = compiled.get(&key) {
            return Ok(Some(bytes.clone()));
        }
        let Some(text) = self.text(name) else { return Ok(None) };
        let bytes: Arc<[u8]> = compiler().compile(text)?.into();
        compiled.insert(key, bytes.clone());
        Ok(Some(bytes))
    }
}

fn compiler() -> Compiler {
    Compiler::new().set_optimization_level(2)
}

#[cfg(debug_assertions)]
fn source_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../prelude"));
    folder.is_dir().then_some(folder)
}

#[cfg(not(debug_assertions))]
fn source_folder() -> Option<PathBuf> {
    None
}
