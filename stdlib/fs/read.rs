//! `fs.read` and `fs.cat`.
//!
//! Must not know: writing.

use std::{fs, path::PathBuf};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use mlua::Value;

use crate::{
    Call, MethodError,
    params::{blocking, file_error},
};

/// A file as text in an encoding, or as bytes.
pub(super) async fn read(call: &Call) -> Result<Value, MethodError> {
    let path = call.readable(&call.required("fs.read", "path")?)?;
    let encoding = call.text("encoding")?.filter(|name| !name.is_empty());
    let bytes = blocking(move || content(path)).await?;
    match encoding {
        None => Ok(pino_vm::new_buffer(&call.lua, bytes)?),
        Some(name) => {
            let text =
                decode(&bytes, &name).ok_or_else(|| MethodError::BadParams(unknown_encoding(&name)))?;
            Ok(Value::String(call.lua.create_string(text)?))
        }
    }
}

fn unknown_encoding(name: &str) -> String {
    format!("fs.read: {name:?} is no encoding; use utf8, base64, base64url, hex, ascii, latin1 or utf16le")
}

/// Prints a file.
pub(super) async fn cat(call: &Call) -> Result<Value, MethodError> {
    let path = call.readable(&call.required("fs.cat", "path")?)?;
    let bytes = blocking(move || content(path)).await?;
    call.print_lines(&format!("{}\n", String::from_utf8_lossy(&bytes)));
    Ok(Value::Nil)
}

fn content(path: PathBuf) -> Result<Vec<u8>, MethodError> {
    fs::read(&path).map_err(file_error("read", &path))
}

/// `Buffer.prototype.toString(encoding)`.
fn decode(bytes: &[u8], encoding: &str) -> Option<String> {
    let text = match encoding.to_lowercase().as_str() {
        "utf8" | "utf-8" => String::from_utf8_lossy(bytes).into_owned(),
        "base64" => STANDARD.encode(bytes),
        "base64url" => URL_SAFE_NO_PAD.encode(bytes),
        "hex" => hex(bytes),
        "ascii" => bytes.iter().map(|byte| char::from(byte & 0x7f)).collect(),
        "binary" | "latin1" => bytes.iter().copied().map(char::from).collect(),
        "ucs2" | "ucs-2" | "utf16le" | "utf-16le" => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => return None,
    };
    Some(text)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_node_does() {
        let bytes = [0xc3, 0xbc, 0xff];
        let decoded = |encoding| decode(&bytes, encoding).unwrap_or_default();
        assert_eq!(decoded("utf8"), "ü\u{fffd}");
        assert_eq!(decoded("base64"), "w7z/");
        assert_eq!(decoded("base64url"), "w7z_");
        assert_eq!(decoded("HEX"), "c3bcff");
        assert_eq!(decoded("ascii"), "C<\u{7f}");
        assert_eq!(decoded("latin1"), "Ã¼ÿ");
        assert_eq!(decode(&[0x41, 0, 0xe9, 0], "utf16le").as_deref(), Some("Aé"));
        assert_eq!(decode(&bytes, "rot13"), None);
    }
}
