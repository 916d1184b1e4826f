//! The URL standard through the `url` crate. Group `native.url`.
//! Must not know URL objects: a URL is its text, every call parses it again (they are short).

use mlua::{Lua, LuaString, Result, Table, Value};
use url::{Url, quirks};

/// Parts of a parsed URL as `URL` shows them.
fn parts(lua: &Lua, url: &Url) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("href", quirks::href(url))?;
    table.raw_set("origin", quirks::origin(url))?;
    table.raw_set("protocol", quirks::protocol(url))?;
    table.raw_set("username", quirks::username(url))?;
    table.raw_set("password", quirks::password(url))?;
    table.raw_set("host", quirks::host(url))?;
    table.raw_set("hostname", quirks::hostname(url))?;
    table.raw_set("port", quirks::port(url))?;
    table.raw_set("pathname", quirks::pathname(url))?;
    table.raw_set("search", quirks::search(url))?;
    table.raw_set("hash", quirks::hash(url))?;
    Ok(table)
}

fn parse(lua: &Lua, (input, base): (LuaString, Option<LuaString>)) -> Result<Option<Table>> {
    let input = input.to_string_lossy();
    let parsed = match base {
        None => Url::parse(&input),
        Some(base) => Url::parse(&base.to_string_lossy()).and_then(|base| base.join(&input)),
    };
    parsed.ok().map(|url| parts(lua, &url)).transpose()
}

/// Sets one part; a value that does not fit is ignored, as the standard says.
fn set(lua: &Lua, (href, part, value): (LuaString, String, LuaString)) -> Result<Value> {
    let Ok(mut url) = Url::parse(&href.to_string_lossy()) else { return Ok(Value::Nil) };
    let value = value.to_string_lossy();
    let _ignored_when_unfit = match part.as_str() {
        "href" => quirks::set_href(&mut url, &value).map_err(|_bad| ()),
        "protocol" => quirks::set_protocol(&mut url, &value),
        "username" => quirks::set_username(&mut url, &value),
        "password" => quirks::set_password(&mut url, &value),
        "host" => quirks::set_host(&mut url, &value),
        "hostname" => quirks::set_hostname(&mut url, &value),
        "port" => quirks::set_port(&mut url, &value),
        "pathname" => {
            quirks::set_pathname(&mut url, &value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, &value);
            Ok(())
        }
        _ => {
            quirks::set_hash(&mut url, &value);
            Ok(())
        }
    };
    parts(lua, &url).map(Value::Table)
}

/// Name and value, alternating, of a query without its `?`.
fn read_query(lua: &Lua, query: LuaString) -> Result<Table> {
    let bytes = query.as_bytes();
    lua.create_sequence_from(
        url::form_urlencoded::parse(&bytes).flat_map(|(name, value)| [name.into_owned(), value.into_owned()]),
    )
}

fn write_query(_: &Lua, pairs: Vec<LuaString>) -> Result<String> {
    let mut writer = url::form_urlencoded::Serializer::new(String::new());
    for pair in pairs.chunks_exact(2) {
        writer.append_pair(&pair[0].to_string_lossy(), &pair[1].to_string_lossy());
    }
    Ok(writer.finish())
}

/// The group `native.url`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("parse", lua.create_function(parse)?)?;
    table.raw_set("set", lua.create_function(set)?)?;
    table.raw_set("read_query", lua.create_function(read_query)?)?;
    table.raw_set("write_query", lua.create_function(write_query)?)?;
    Ok(table)
}
