//! `native.world.fs`: file operations of the prelude's modules over [`Files`]. Plain functions; a failure is `nil, code, message`.
//!
//! Must not know: Node's interfaces.

use std::sync::Arc;

use mlua::{IntoLuaMulti, Lua, LuaString, MultiValue, Table, Value};

use crate::{FileError, FileKind, FileStat, HostAccess};

type Answer = mlua::Result<MultiValue>;

/// `value…` or `nil, code, message`.
fn answer<T: IntoLuaMulti>(lua: &Lua, outcome: Result<T, FileError>) -> Answer {
    match outcome {
        Ok(value) => value.into_lua_multi(lua),
        Err(error) => (Value::Nil, error.code, error.message).into_lua_multi(lua),
    }
}

/// Adds `world.fs` to the natives.
pub(crate) fn install_files(lua: &Lua, native: &Table, host: &Arc<dyn HostAccess>) -> mlua::Result<()> {
    let (world, fs) = (lua.create_table()?, lua.create_table()?);
    reading(lua, &fs, host)?;
    writing(lua, &fs, host)?;
    world.raw_set("fs", fs)?;
    native.raw_set("world", world)
}

fn reading(lua: &Lua, fs: &Table, host: &Arc<dyn HostAccess>) -> mlua::Result<()> {
    let it = host.clone();
    fs.raw_set("exists", lua.create_function(move |_, path: String| Ok(it.files().exists(&path)))?)?;
    let it = host.clone();
    fs.raw_set(
        "read",
        lua.create_function(move |lua, path: String| match it.files().read(&path) {
            Ok(bytes) => lua.create_string(bytes)?.into_lua_multi(lua),
            Err(error) => answer::<()>(lua, Err(error)),
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "stat",
        lua.create_function(move |lua, (path, follow): (String, Option<bool>)| {
            match it.files().stat(&path, follow.unwrap_or(true)) {
                Ok(stat) => stat_table(lua, &stat)?.into_lua_multi(lua),
                Err(error) => answer::<()>(lua, Err(error)),
            }
        })?,
    )?;
    let it = host.clone();
    fs.raw_set("readdir", lua.create_function(move |lua, path: String| read_folder(lua, &it, &path))?)?;
    let it = host.clone();
    fs.raw_set(
        "readlink",
        lua.create_function(move |lua, path: String| answer(lua, it.files().read_link(&path)))?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "realpath",
        lua.create_function(move |lua, path: String| answer(lua, it.files().real_path(&path)))?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "access",
        lua.create_function(move |lua, (path, _mode): (String, Option<f64>)| {
            answer(lua, if it.files().exists(&path) { Ok(true) } else { Err(FileError::not_found()) })
        })?,
    )
}

fn writing(lua: &Lua, fs: &Table, host: &Arc<dyn HostAccess>) -> mlua::Result<()> {
    let it = host.clone();
    fs.raw_set(
        "write",
        lua.create_function(move |lua, (path, bytes, append): (String, LuaString, Option<bool>)| {
            let outcome = it.files().write(&path, &bytes.as_bytes(), append.unwrap_or(false));
            answer(lua, outcome.map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "mkdir",
        lua.create_function(move |lua, (path, recursive): (String, Option<bool>)| {
            answer(lua, it.files().make_folder(&path, recursive.unwrap_or(false)).map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "remove",
        lua.create_function(move |lua, (path, recursive, force): (String, Option<bool>, Option<bool>)| {
            let outcome = it.files().remove(&path, recursive.unwrap_or(false));
            let forgiven = force.unwrap_or(false);
            answer(
                lua,
                match outcome {
                    Err(error) if forgiven && error.code == "ENOENT" => Ok(true),
                    other => other.map(|()| true),
                },
            )
        })?,
    )?;
    for name in ["rmdir", "unlink"] {
        let it = host.clone();
        let remove = lua.create_function(move |lua, path: String| {
            answer(lua, it.files().remove(&path, false).map(|()| true))
        })?;
        fs.raw_set(name, remove)?;
    }
    let it = host.clone();
    fs.raw_set(
        "copy",
        lua.create_function(move |lua, (from, to, recursive): (String, String, Option<bool>)| {
            answer(lua, it.files().copy(&from, &to, recursive.unwrap_or(false)).map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "rename",
        lua.create_function(move |lua, (from, to): (String, String)| {
            answer(lua, it.files().rename(&from, &to).map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "symlink",
        lua.create_function(move |lua, (target, path): (String, String)| {
            answer(lua, it.files().link(&target, &path).map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "chmod",
        lua.create_function(move |lua, (path, mode): (String, u32)| {
            answer(lua, it.files().set_mode(&path, mode).map(|()| true))
        })?,
    )?;
    let it = host.clone();
    fs.raw_set(
        "mkdtemp",
        lua.create_function(move |lua, prefix: String| answer(lua, make_temporary(&it, &prefix)))?,
    )
}

fn make_temporary(host: &Arc<dyn HostAccess>, prefix: &str) -> Result<String, FileError> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let tail: String = (0..6).map(|_| LETTERS[(host.random() * 36.0) as usize % 36] as char).collect();
    let path = format!("{prefix}{tail}");
    host.files().make_folder(&path, false).map(|()| path)
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::File => "file",
        FileKind::Folder => "dir",
        FileKind::Link => "link",
        FileKind::Other => "other",
    }
}

fn stat_table(lua: &Lua, stat: &FileStat) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("type", kind_name(stat.kind))?;
    table.raw_set("size", stat.size as f64)?;
    table.raw_set("mode", stat.mode)?;
    for name in ["mtime_ms", "atime_ms", "ctime_ms", "birthtime_ms"] {
        table.raw_set(name, stat.modified_ms)?;
    }
    Ok(table)
}

fn read_folder(lua: &Lua, host: &Arc<dyn HostAccess>, path: &str) -> Answer {
    let names = match host.files().list(path) {
        Ok(names) => names,
        Err(error) => return answer::<()>(lua, Err(error)),
    };
    let list = lua.create_table_with_capacity(names.len(), 0)?;
    for (index, name) in names.iter().enumerate() {
        let entry = lua.create_table()?;
        entry.raw_set("name", name.as_str())?;
        let stat = host.files().stat(&format!("{}/{name}", path.trim_end_matches('/')), false);
        entry.raw_set("type", stat.map_or("other", |stat| kind_name(stat.kind)))?;
        list.raw_seti(index + 1, entry)?;
    }
    list.into_lua_multi(lua)
}
