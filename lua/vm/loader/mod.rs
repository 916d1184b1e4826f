//! Files of scripts as chunks: reading, converting, compiling, with a cache per process. `require` itself is Lua
//! (`prelude/host/modules.lua`) over the natives made here.
//!
//! Must not know: what the files are for.

mod files;
mod resolve;

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use mlua::{Function, Lua, LuaString, MultiValue, Table, Value, chunk::Compiler};

use crate::{
    ConvertFailure, Converter, FailureKind, HostAccess, JsError, LineMap, ModuleForm, Vm, VmOptions,
    trace::Sources,
};

pub(crate) use files::install_files;

/// Longer files are no scripts.
const MOST_SOURCE_BYTES: usize = 16 * 1024 * 1024;

/// Compiled files are kept up to this sum of bytecode sizes.
const MOST_CACHED_BYTES: usize = 32 * 1024 * 1024;

/// Names converted code uses that are never changed: chains like `js.add` are resolved when a chunk is loaded.
const FIXED: [&str; 8] = ["js", "null", "math", "string", "table", "bit32", "buffer", "utf8"];

/// A file made ready to run.
struct Prepared {
    bytecode: Vec<u8>,
    map: LineMap,
    form: ModuleForm,
    top_level_await: bool,
    strict: bool,
}

#[derive(Default)]
struct Cache {
    entries: HashMap<(u64, u64), Arc<Prepared>>,
    bytes: usize,
}

static CACHE: OnceLock<(RandomState, Mutex<Cache>)> = OnceLock::new();

/// Finds, reads and compiles the files of one VM.
pub(crate) struct Loader {
    converter: Arc<dyn Converter>,
    host: Arc<dyn HostAccess>,
    sources: Arc<Sources>,
    root: OnceLock<String>,
}

impl Loader {
    pub(crate) fn new(options: &VmOptions, sources: Arc<Sources>) -> Self {
        let root = OnceLock::new();
        if let Some(folder) = &options.app_root {
            let _ = root.set(folder.to_string_lossy().trim_end_matches('/').to_owned());
        }
        Loader { converter: options.converter.clone(), host: options.host.clone(), sources, root }
    }

    /// Adds the natives `require` is made of.
    pub(crate) fn bind(self: &Arc<Self>, vm: &Vm) -> mlua::Result<()> {
        let (lua, native) = (vm.lua(), &vm.inner.native);
        let loader = self.clone();
        let resolve = lua.create_function(move |lua, (folder, id): (String, String)| {
            let mut out = MultiValue::new();
            match loader.resolve(&folder, &id) {
                Ok(path) => out.push_back(Value::String(lua.create_string(path)?)),
                Err(failure) => {
                    out.push_back(Value::Nil);
                    out.push_back(Value::String(lua.create_string(failure.code())?));
                    out.push_back(Value::String(lua.create_string(failure.to_string())?));
                }
            }
            Ok(out)
        })?;
        native.raw_set("module_resolve", resolve)?;
        let (loader, globals) = (self.clone(), vm.inner.globals.clone());
        let read = lua.create_function(move |lua, (path, form): (String, Option<LuaString>)| {
            let form = form.map(|form| form.to_string_lossy());
            loader.module(lua, &globals, &path, form.as_deref())
        })?;
        native.raw_set("module_read", read)
    }

    /// `kind, value` of a file: `"json", value`, `"lua", chunk`, `"cjs", chunk`, `"esm", chunk, waits`; or
    /// `nil, error name, message`.
    fn module(&self, lua: &Lua, globals: &Table, path: &str, form: Option<&str>) -> mlua::Result<MultiValue> {
        let text = match self.read(path) {
            Ok(text) => text,
            Err(message) => return failed(lua, "Error", &message),
        };
        let extension = Path::new(path).extension().unwrap_or_default().to_ascii_lowercase();
        let extension = extension.to_string_lossy();
        if extension == "json" {
            return json_module(lua, path, &text);
        }
        if extension == "lua" {
            return match Self::prepare_lua(&text) {
                Ok(prepared) => self.answer(lua, globals, path, &prepared, "lua"),
                Err(error) => failed(lua, "SyntaxError", &format!("{path}: {}", syntax_text(&error))),
            };
        }
        let form = match form {
            Some("script") => ModuleForm::Script,
            _ if extension == "mjs" => ModuleForm::EsModule,
            _ if extension == "cjs" => ModuleForm::CommonJs,
            _ => ModuleForm::Auto,
        };
        match self.prepare(&text, path, form) {
            Ok(prepared) => {
                let kind = if prepared.form == ModuleForm::EsModule { "esm" } else { "cjs" };
                self.answer(lua, globals, path, &prepared, kind)
            }
            Err(failure) => {
                let place = format!("{path}:{}:{}", failure.line, failure.column);
                let excerpt = if failure.report.is_empty() {
                    String::new()
                } else {
                    format!("\n{}", failure.report.trim_end())
                };
                failed(lua, "SyntaxError", &format!("{} ({place}){excerpt}", failure.message))
            }
        }
    }

    fn answer(
        &self,
        lua: &Lua,
        globals: &Table,
        path: &str,
        prepared: &Prepared,
        kind: &str,
    ) -> mlua::Result<MultiValue> {
        self.sources.add(path, prepared.map.clone());
        let chunk = load_bytecode(lua, globals, &prepared.bytecode, path)?;
        let mut out = MultiValue::new();
        out.push_back(Value::String(lua.create_string(kind)?));
        out.push_back(Value::Function(chunk));
        out.push_back(Value::Boolean(prepared.top_level_await));
        out.push_back(Value::Boolean(prepared.strict));
        Ok(out)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let stat = self.host.files().stat(path, true).map_err(|error| format!("{error}, open '{path}'"))?;
        if stat.size > MOST_SOURCE_BYTES as u64 {
            return Err(format!(
                "{path} has {} bytes; a script may have {MOST_SOURCE_BYTES} at most",
                stat.size
            ));
        }
        let bytes = self.host.files().read(path).map_err(|error| format!("{error}, open '{path}'"))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(text.to_owned())
    }

    fn prepare(
        &self,
        text: &str,
        path: &str,
        form: ModuleForm,
    ) -> Result<Arc<Prepared>, Box<ConvertFailure>> {
        cached((text, path, form), || {
            let converted = self.converter.convert(text, path, form)?;
            let bytecode = compile(&converted.lua).map_err(|error| Box::new(internal(&error)))?;
            Ok(Prepared {
                bytecode,
                map: converted.map,
                form: converted.form,
                top_level_await: converted.top_level_await,
                strict: converted.strict,
            })
        })
    }

    fn prepare_lua(text: &str) -> mlua::Result<Arc<Prepared>> {
        cached((text, ".lua", ModuleForm::Auto), || {
            let bytecode = compile(text)?;
            let (form, map) = (ModuleForm::CommonJs, LineMap::identity());
            Ok(Prepared { bytecode, map, form, top_level_await: false, strict: true })
        })
    }

    /// Loads a file as `require` does.
    pub(crate) fn load_path(&self, vm: &Vm, path: &Path) -> Result<Value, JsError> {
        let path = path.to_string_lossy().into_owned();
        let _ = self.root.set(folder_of(&path).to_owned());
        let load: Function = vm.function("load_module")?;
        vm.call_sync(&load, Value::Nil, path)
    }

    pub(crate) fn forget(vm: &Vm, path: &Path) -> Result<(), JsError> {
        let forget: Function = vm.function("forget_module")?;
        vm.call_sync(&forget, Value::Nil, path.to_string_lossy().into_owned()).map(drop)
    }

    /// Runs text as a program.
    pub(crate) fn run_source(
        &self,
        vm: &Vm,
        source: &str,
        path: &str,
        form: ModuleForm,
    ) -> Result<Value, JsError> {
        let _ = self.root.set(folder_of(path).to_owned());
        let prepared = self.prepare(source, path, form).map_err(|failure| {
            let mut error = JsError::new(FailureKind::Syntax, "SyntaxError", failure.message);
            error.stack = failure.report;
            error
        })?;
        let failed = |error: mlua::Error| vm.failure(&error);
        let esm = prepared.form == ModuleForm::EsModule;
        self.sources.add(path, prepared.map.clone());
        let chunk = load_bytecode(vm.lua(), vm.globals(), &prepared.bytecode, path).map_err(failed)?;
        let run: Function = vm.function("run_program")?;
        vm.call_sync(&run, Value::Nil, (path, chunk, esm, prepared.strict))
    }
}

fn internal(error: &mlua::Error) -> ConvertFailure {
    let message = format!("the converted text does not compile: {}", syntax_text(error));
    ConvertFailure { report: message.clone(), message, line: 1, column: 1 }
}

fn syntax_text(error: &mlua::Error) -> String {
    match error {
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

fn failed(lua: &Lua, name: &str, message: &str) -> mlua::Result<MultiValue> {
    let values =
        [Value::Nil, Value::String(lua.create_string(name)?), Value::String(lua.create_string(message)?)];
    Ok(MultiValue::from_iter(values))
}

fn json_module(lua: &Lua, path: &str, text: &str) -> mlua::Result<MultiValue> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => {
            let value = crate::from_data(lua, &value.into())?;
            Ok(MultiValue::from_iter([Value::String(lua.create_string("json")?), value]))
        }
        Err(error) => failed(lua, "SyntaxError", &format!("{path}: {error}")),
    }
}

/// The entry of the process-wide cache for this text, made if it is not there.
fn cached<E>(
    key: (&str, &str, ModuleForm),
    make: impl FnOnce() -> Result<Prepared, E>,
) -> Result<Arc<Prepared>, E> {
    let (hasher, cache) = CACHE.get_or_init(Default::default);
    let key = (hasher.hash_one((key.0, key.2)), hasher.hash_one((key.1, key.0.len())));
    if let Some(found) = cache.lock().unwrap_or_else(PoisonError::into_inner).entries.get(&key) {
        return Ok(found.clone());
    }
    let made = Arc::new(make()?);
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.bytes += made.bytecode.len();
    if cache.bytes > MOST_CACHED_BYTES {
        cache.entries.clear();
        cache.bytes = made.bytecode.len();
    }
    cache.entries.insert(key, made.clone());
    Ok(made)
}

/// Luau text → bytecode, without inlining, so that the stack of an error names every function. Globals other than the fixed names are looked up when they are used, not when the chunk is loaded.
fn compile(lua_text: &str) -> mlua::Result<Vec<u8>> {
    Compiler::new().set_optimization_level(1).set_mutable_globals(identifiers(lua_text)).compile(lua_text)
}

/// The identifiers of a Lua text, whatever they stand for.
fn identifiers(text: &str) -> Vec<String> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut found = std::collections::BTreeSet::new();
    for word in text.as_bytes().split(|byte| !is_word(byte)) {
        if word.first().is_some_and(|first| !first.is_ascii_digit()) && word.len() < 64 {
            found.insert(word);
        }
    }
    let text =
        |word: &[u8]| std::str::from_utf8(word).ok().filter(|word| !FIXED.contains(word)).map(str::to_owned);
    found.into_iter().filter_map(text).collect()
}

/// Compiles and loads Luau text with the scripts' environment.
pub(crate) fn load_chunk(vm: &Vm, lua_text: &str, name: &str) -> mlua::Result<Function> {
    load_bytecode(vm.lua(), vm.globals(), &compile(lua_text)?, name)
}

fn load_bytecode(lua: &Lua, globals: &Table, bytecode: &[u8], name: &str) -> mlua::Result<Function> {
    lua.load(bytecode)
        .set_mode(mlua::chunk::ChunkMode::Binary)
        .set_name(format!("={name}"))
        .set_environment(globals.clone())
        .into_function()
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder })
}
