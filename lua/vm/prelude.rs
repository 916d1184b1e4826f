//! The prelude's files: embedded as bytecode; read from disk in debug builds, compiled once per process.
//!
//! Must not know: what the files do.

use std::{
    borrow::Cow,
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use mlua::chunk::Compiler;

/// Name, start and length in [`BLOB`].
const INDEX: &[(&str, usize, usize)] = include!(concat!(env!("OUT_DIR"), "/prelude_index.rs"));
const BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prelude.blob"));

/// Bytecode of the files that were read from disk, by folder and name.
static COMPILED: Mutex<Option<HashMap<PathBuf, Arc<[u8]>>>> = Mutex::new(None);

/// Where the prelude comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prelude {
    folder: Option<PathBuf>,
}

/// Bytecode of a file.
pub(crate) enum Bytecode {
    /// Part of the program.
    Embedded(&'static [u8]),
    /// Compiled in this process.
    Compiled(Arc<[u8]>),
}

impl AsRef<[u8]> for Bytecode {
    fn as_ref(&self) -> &[u8] {
        match self {
            Bytecode::Embedded(bytes) => bytes,
            Bytecode::Compiled(bytes) => bytes,
        }
    }
}

impl Prelude {
    /// Files of this folder, else the source tree's own in debug builds while it exists, else the embedded ones.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Prelude { folder: folder.or_else(source_folder) }
    }

    /// The names in `core/order`.
    pub(crate) fn order(&self) -> Cow<'static, str> {
        match &self.folder {
            Some(folder) => std::fs::read_to_string(folder.join("core/order.txt")).unwrap_or_default().into(),
            None => String::from_utf8_lossy(embedded("core/order").unwrap_or_default()),
        }
    }

    /// Bytecode of a file, named without its extension.
    pub(crate) fn bytecode(&self, name: &str) -> mlua::Result<Option<Bytecode>> {
        match &self.folder {
            Some(folder) => Ok(from_disk(folder, name)?.map(Bytecode::Compiled)),
            None => Ok(embedded(name).map(Bytecode::Embedded)),
        }
    }
}

fn embedded(name: &str) -> Option<&'static [u8]> {
    let found = INDEX.binary_search_by(|(known, ..)| (*known).cmp(name)).ok()?;
    let (_, start, length) = INDEX[found];
    Some(&BLOB[start..start + length])
}

fn from_disk(folder: &Path, name: &str) -> mlua::Result<Option<Arc<[u8]>>> {
    let path = folder.join(format!("{name}.lua"));
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = compiled.get_or_insert_default();
    if let Some(bytes) = compiled.get(&path) {
        return Ok(Some(bytes.clone()));
    }
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
    let bytes: Arc<[u8]> = Compiler::new().set_optimization_level(2).compile(text)?.into();
    compiled.insert(path, bytes.clone());
    Ok(Some(bytes))
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
