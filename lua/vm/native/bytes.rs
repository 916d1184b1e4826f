//! Bytes ↔ text in Buffer's encodings, and digests. Group `native.bytes`.
//! Must not know Buffer objects; bytes travel as Lua strings, which hold any bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use md5::Digest as _;
use mlua::{Lua, LuaString, Result, Table};

use super::wtf8;

/// More at once is a mistake of the script.
const MOST_RANDOM_BYTES: usize = 64 * 1024 * 1024;

/// Text of a script as bytes in `encoding` (a lower-case name that is known).
fn encode(text: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "latin1" | "binary" | "ascii" => wtf8::to_units(text).into_iter().map(|unit| unit as u8).collect(),
        "utf16le" | "ucs2" | "utf-16le" | "ucs-2" => {
            wtf8::to_units(text).into_iter().flat_map(u16::to_le_bytes).collect()
        }
        "hex" => from_hex(text),
        "base64" | "base64url" => from_base64(text),
        _ if std::str::from_utf8(text).is_ok() => text.to_vec(),
        _ => wtf8::to_well_formed(text).into_bytes(),
    }
}

/// Bytes as text of a script.
fn decode(bytes: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "latin1" | "binary" => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
        "ascii" => bytes.iter().map(|byte| byte & 0x7f).collect(),
        "utf16le" | "ucs2" | "utf-16le" | "ucs-2" => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            wtf8::from_units(&units)
        }
        "hex" => to_hex(bytes).into_bytes(),
        "base64" => STANDARD.encode(bytes).into_bytes(),
        "base64url" => URL_SAFE_NO_PAD.encode(bytes).into_bytes(),
        _ => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Pairs of hex digits up to the first that is none.
fn from_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks_exact(2).map_while(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

/// Both alphabets, anything else skipped, the rest after `=` ignored: what Node accepts.
fn from_base64(text: &[u8]) -> Vec<u8> {
    let (mut bits, mut count, mut result) = (0_u32, 0_u32, Vec::with_capacity(text.len() * 3 / 4));
    for byte in text.iter().take_while(|byte| **byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            result.push((bits >> count) as u8);
        }
    }
    result
}

/// `atob`: strict forgiving-base64 of the HTML standard; `None` when it is not base64.
fn atob(text: &[u8]) -> Option<Vec<u8>> {
    let mut clean: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0xc)).collect();
    if clean.len().is_multiple_of(4) {
        for _ in 0..2 {
            if clean.last() == Some(&b'=') {
                clean.pop();
            }
        }
    }
    let valid = clean.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    (valid && clean.len() % 4 != 1).then(|| from_base64(&clean))
}

fn digest(algorithm: &str, data: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm {
        "md5" => md5::Md5::digest(data).to_vec(),
        "sha1" => sha1::Sha1::digest(data).to_vec(),
        "sha256" => sha2::Sha256::digest(data).to_vec(),
        "sha512" => sha2::Sha512::digest(data).to_vec(),
        _ => return None,
    })
}

/// The group `native.bytes`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set(
        "encode",
        lua.create_function(|lua, (s, e): (LuaString, String)| lua.create_string(encode(&s.as_bytes(), &e)))?,
    )?;
    table.raw_set(
        "decode",
        lua.create_function(|lua, (s, e): (LuaString, String)| lua.create_string(decode(&s.as_bytes(), &e)))?,
    )?;
    table.raw_set(
        "digest",
        lua.create_function(|lua, (name, s): (String, LuaString)| {
            digest(&name, &s.as_bytes()).map(|bytes| lua.create_string(bytes)).transpose()
        })?,
    )?;
    table.raw_set(
        "atob",
        lua.create_function(|lua, s: LuaString| {
            atob(&s.as_bytes()).map(|bytes| lua.create_string(decode(&bytes, "latin1"))).transpose()
        })?,
    )?;
    table.raw_set("random", lua.create_function(|lua, count: usize| lua.create_string(random(count)?))?)?;
    table.raw_set("uuid", lua.create_function(|_, random: LuaString| Ok(uuid(&random.as_bytes())))?)?;
    table.raw_set(
        "utf8_is_valid",
        lua.create_function(|_, s: LuaString| Ok(std::str::from_utf8(&s.as_bytes()).is_ok()))?,
    )?;
    Ok(table)
}

/// A version 4 UUID of sixteen random bytes.
/// Bytes of the system's generator: good for secrets.
fn random(count: usize) -> Result<Vec<u8>> {
    if count > MOST_RANDOM_BYTES {
        return Err(mlua::Error::runtime(format!("at most {MOST_RANDOM_BYTES} random bytes at once")));
    }
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes)
        .map_err(|error| mlua::Error::runtime(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

fn uuid(random: &[u8]) -> String {
    let mut bytes = [0_u8; 16];
    for (byte, value) in bytes.iter_mut().zip(random) {
        *byte = *value;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = to_hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_read_back() {
        assert_eq!(decode(b"\x00\xff", "hex"), b"00ff");
        assert_eq!(encode(b"00ffzz", "hex"), b"\x00\xff");
        assert_eq!(encode(b"aGk_", "base64"), b"hi?");
        assert_eq!(encode("é".as_bytes(), "latin1"), b"\xe9");
        assert_eq!(decode(b"\xe9", "latin1"), "é".as_bytes());
        assert_eq!(encode("é".as_bytes(), "utf16le"), b"\xe9\x00");
    }

    #[test]
    fn atob_is_strict() {
        assert_eq!(atob(b" aGk= "), Some(b"hi".to_vec()));
        assert_eq!(atob(b"a"), None);
        assert_eq!(atob(b"aGk_"), None);
    }

    #[test]
    fn digests() {
        assert_eq!(
            decode(&digest("md5", b"a").unwrap_or_default(), "hex"),
            b"0cc175b9c0f1b6a831c399e269772661"
        );
        assert_eq!(digest("crc", b"a"), None);
    }
}
