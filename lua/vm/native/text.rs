//! Strings beyond ASCII: UTF-16 view, case, normal forms, white space, comparison. Group `native.text`.
//! Must not know prototypes or methods; the fast ASCII paths are in Lua.

use std::cmp::Ordering;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use mlua::{Buffer, Lua, LuaString, Result, Table};

use super::{number::is_js_space, wtf8};

/// The UTF-16 units of a text and the byte offset of each (and of the end), as buffers of u16 and u32, and their number.
fn view(lua: &Lua, text: LuaString) -> Result<(Buffer, Buffer, usize)> {
    let bytes = text.as_bytes();
    let units = wtf8::to_units(&bytes);
    let offsets = wtf8::byte_offsets(&bytes);
    let unit_bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let offset_bytes: Vec<u8> = offsets.iter().flat_map(|offset| (*offset as u32).to_le_bytes()).collect();
    Ok((lua.create_buffer(unit_bytes)?, lua.create_buffer(offset_bytes)?, units.len()))
}

/// Text of a buffer of little-endian UTF-16.
fn from_units(lua: &Lua, (units, count): (Buffer, usize)) -> Result<LuaString> {
    let bytes = units.to_vec();
    let units: Vec<u16> =
        bytes.chunks_exact(2).take(count).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    lua.create_string(wtf8::from_units(&units))
}

/// Joins surrogate halves that came to stand side by side.
fn rejoin(lua: &Lua, text: LuaString) -> Result<LuaString> {
    lua.create_string(wtf8::from_units(&wtf8::to_units(&text.as_bytes())))
}

fn normalize(form: &str, text: &str) -> Option<String> {
    Some(match form {
        "NFC" => ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned(),
        "NFKC" => ComposingNormalizerBorrowed::new_nfkc().normalize(text).into_owned(),
        "NFD" => DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned(),
        "NFKD" => DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned(),
        _ => return None,
    })
}

fn trim<'t>(text: &'t str, mode: &str) -> &'t str {
    match mode {
        "start" => text.trim_start_matches(is_js_space),
        "end" => text.trim_end_matches(is_js_space),
        _ => text.trim_matches(is_js_space),
    }
}

/// Trims a text that may hold lone surrogates: those are never white space, so only the ends matter.
fn trim_any(lua: &Lua, (text, mode): (LuaString, String)) -> Result<LuaString> {
    let bytes = text.as_bytes();
    if let Ok(utf8) = std::str::from_utf8(&bytes) {
        return lua.create_string(trim(utf8, &mode));
    }
    let head = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let start = if mode == "end" { 0 } else { head.len() - trim(head, "start").len() };
    let tail_start =
        (0..bytes.len()).find(|at| std::str::from_utf8(&bytes[*at..]).is_ok()).unwrap_or(bytes.len());
    let tail = std::str::from_utf8(&bytes[tail_start..]).unwrap_or("");
    let end =
        if mode == "start" { bytes.len() } else { bytes.len() - (tail.len() - trim(tail, "end").len()) };
    lua.create_string(&bytes[start..end])
}

/// Rank of a character's kind in the root collation: white space, punctuation, symbols, digits, letters.
fn rank(c: char) -> (u8, u32) {
    let order = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    if c.is_whitespace() {
        (0, c as u32)
    } else if let Some(place) = order.chars().position(|o| o == c) {
        (1, place as u32)
    } else if c.is_numeric() {
        (3, c.to_digit(10).unwrap_or(c as u32))
    } else if c.is_alphabetic() {
        (4, c.to_lowercase().next().unwrap_or(c) as u32)
    } else {
        (2, c as u32)
    }
}

/// `localeCompare` in the root locale, near enough: base letters first, then accents, then lower before upper case.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let decomposed = |text: &str| normalize("NFD", text).unwrap_or_default();
    let (a, b) = (decomposed(a), decomposed(b));
    let is_mark = |c: &char| matches!(*c as u32, 0x300..=0x36f);
    let base = |text: &str| text.chars().filter(|c| !is_mark(c)).map(rank).collect::<Vec<_>>();
    let marks = |text: &str| text.chars().filter(is_mark).collect::<String>();
    let case = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<_>>();
    base(&a).cmp(&base(&b)).then_with(|| marks(&a).cmp(&marks(&b))).then_with(|| case(&a).cmp(&case(&b)))
}

/// The group `native.text`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("view", lua.create_function(view)?)?;
    table.raw_set("from_units", lua.create_function(from_units)?)?;
    table.raw_set("rejoin", lua.create_function(rejoin)?)?;
    table.raw_set("trim", lua.create_function(trim_any)?)?;
    table.raw_set(
        "upper",
        lua.create_function(|lua, s: LuaString| {
            lua.create_string(wtf8::map_stretches(&s.as_bytes(), str::to_uppercase))
        })?,
    )?;
    table.raw_set(
        "lower",
        lua.create_function(|lua, s: LuaString| {
            lua.create_string(wtf8::map_stretches(&s.as_bytes(), str::to_lowercase))
        })?,
    )?;
    table.raw_set(
        "normalize",
        lua.create_function(|lua, (s, form): (LuaString, String)| {
            lua.create_string(wtf8::map_stretches(&s.as_bytes(), |t| normalize(&form, t).unwrap_or_default()))
        })?,
    )?;
    table.raw_set(
        "is_well_formed",
        lua.create_function(|_, s: LuaString| Ok(wtf8::is_well_formed(&s.as_bytes())))?,
    )?;
    table.raw_set(
        "to_well_formed",
        lua.create_function(|_, s: LuaString| Ok(wtf8::to_well_formed(&s.as_bytes())))?,
    )?;
    table.raw_set(
        "compare",
        lua.create_function(|_, (a, b): (LuaString, LuaString)| {
            Ok(compare(&a.to_string_lossy(), &b.to_string_lossy()) as i8)
        })?,
    )?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collation_puts_lower_case_first_and_digits_before_letters() {
        assert_eq!(compare("a", "B"), Ordering::Less);
        assert_eq!(compare("a", "A"), Ordering::Less);
        assert_eq!(compare("résumé", "resume"), Ordering::Greater);
        assert_eq!(compare("résumé", "resumf"), Ordering::Less);
        assert_eq!(compare("10", "a"), Ordering::Less);
        assert_eq!(compare("same", "same"), Ordering::Equal);
    }

    #[test]
    fn normal_forms() {
        assert_eq!(normalize("NFC", "e\u{301}").as_deref(), Some("é"));
        assert_eq!(normalize("NFKD", "ﬁ").as_deref(), Some("fi"));
        assert_eq!(normalize("x", "a"), None);
    }
}
