//! Paths in JSON: text where they are text, else their bytes in hexadecimal. File names come from strangers.
//!
//! Must not know: what the paths lead to.

use std::{
    ffi::OsString,
    fmt,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A path that survives JSON whatever its bytes are: `"text"` or `{"hex": "…"}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextPath(pub PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { hex: String },
}

impl Serialize for TextPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_str() {
            Some(text) => serializer.serialize_str(text),
            None => Written::Bytes { hex: to_hex(self.0.as_os_str().as_bytes()) }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TextPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into())),
            Written::Bytes { hex } => {
                let bytes = from_hex(&hex).ok_or_else(|| D::Error::custom("not hexadecimal"))?;
                Ok(Self(OsString::from_vec(bytes).into()))
            }
        }
    }
}

impl fmt::Debug for TextPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// For terminals and logs: control characters (a name may contain line ends) are shown escaped.
impl fmt::Display for TextPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                fmt::Write::write_char(formatter, character)?;
            }
        }
        Ok(())
    }
}

impl From<PathBuf> for TextPath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl From<&Path> for TextPath {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl AsRef<Path> for TextPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl std::ops::Deref for TextPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a text cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2))
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_survive(bytes: Vec<u8>) {
            let path = TextPath(OsString::from_vec(bytes).into());
            let text = serde_json::to_string(&path).unwrap();
            proptest::prop_assert!(!text.contains('\n'));
            proptest::prop_assert_eq!(serde_json::from_str::<TextPath>(&text).unwrap(), path);
        }
    }

    #[test]
    fn names_cannot_fake_lines() {
        assert_eq!(TextPath("a\nb\u{1b}[2J".into()).to_string(), "a\\nb\\u{1b}[2J");
    }
}
