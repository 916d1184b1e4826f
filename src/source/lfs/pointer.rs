//! The text of a pointer file.
//!
//! Must not know: files.

use std::ops::RangeInclusive;

/// What a pointer file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

impl Pointer {
    /// Sizes a pointer file can have.
    pub(crate) const SIZES: RangeInclusive<u64> = 100..=1024;

    /// Reads a pointer; anything else is none.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?;
        let value = |key: &str| rest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        let sha256 = value("oid")?.strip_prefix("sha256:")?;
        let is_hex =
            sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then_some(Self { sha256: sha256.to_owned(), size: value("size")?.trim().parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pointers_are_pointers() {
        let hex = "ab".repeat(32);
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hex}\nsize 12\n");
        assert!(Pointer::SIZES.contains(&(text.len() as u64)));
        assert_eq!(Pointer::parse(text.as_bytes()), Some(Pointer { sha256: hex, size: 12 }));
        for bad in [text.replace("sha256:a", "sha256:/"), text.replace("12", "-1"), text.replace("v1", "v2")]
        {
            assert_eq!(Pointer::parse(bad.as_bytes()), None);
        }
    }
}
