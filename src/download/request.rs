//! What to download, where to, and what came of it.
//!
//! Must not know: HTTP.

use std::{path::PathBuf, str::FromStr, time::Duration};

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use crate::Proxies;

/// Where a file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Exactly here.
    File(PathBuf),
    /// Into this folder, by the name the server or the address gives.
    Directory(PathBuf),
}

/// One file to download.
#[derive(Clone, Debug)]
pub struct DownloadRequest {
    /// Address.
    pub url: String,
    /// Where it goes.
    pub target: Target,
    /// What the content must be.
    pub checksum: Option<Checksum>,
    /// Further request headers (tokens); not sent on to another host by a redirect.
    pub headers: Vec<(String, String)>,
    /// Proxies on the way.
    pub proxies: Proxies,
}

impl DownloadRequest {
    /// A plain request without checksum or headers.
    pub fn new(url: impl Into<String>, target: Target) -> Self {
        Self { url: url.into(), target, checksum: None, headers: Vec::new(), proxies: Proxies::default() }
    }
}

/// How a download ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// All of it was fetched.
    Downloaded,
    /// A part was there, the rest was fetched.
    Resumed,
    /// The complete file was there.
    AlreadyThere,
}

/// The downloaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How it got there.
    pub how: How,
}

/// How patient a download is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts without any progress before it gives up.
    pub attempts: u32,
    /// Attempts when nobody answers at all.
    pub unreachable_attempts: u32,
    /// First pause between attempts; each further one is twice as long.
    pub first_pause: Duration,
    /// Longest pause between attempts, also when the server asks for more.
    pub longest_pause: Duration,
    /// Silence after which a transfer counts as stalled.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 10,
            unreachable_attempts: 4,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
            stall: Duration::from_mins(1),
        }
    }
}

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// 128 bits; for old lists only
    Md5,
    /// 256 bits
    Sha256,
    /// 512 bits
    Sha512,
}

/// A checksum in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Its kind.
    pub algorithm: Algorithm,
    /// Lower-case hexadecimal digits.
    pub hex: String,
}

/// The text is no checksum.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is no checksum; write 64 hexadecimal digits (sha256), or sha256:…, sha512:…, md5:…")]
pub struct BadChecksum {
    /// As given.
    pub text: String,
}

impl FromStr for Checksum {
    type Err = BadChecksum;

    /// `sha256:HEX`, `sha256=HEX`, or bare digits whose number tells the kind.
    fn from_str(text: &str) -> Result<Self, BadChecksum> {
        let bad = || BadChecksum { text: text.to_owned() };
        let (kind, hex) = text.split_once([':', '=']).map_or((None, text), |(kind, hex)| (Some(kind), hex));
        let hex = hex.trim().to_lowercase();
        let algorithm = match (kind.map(str::to_lowercase).as_deref(), hex.len()) {
            (None | Some("sha256" | "sha-256"), 64) => Algorithm::Sha256,
            (None | Some("sha512" | "sha-512"), 128) => Algorithm::Sha512,
            (None | Some("md5"), 32) => Algorithm::Md5,
            _ => return Err(bad()),
        };
        if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self { algorithm, hex })
        } else {
            Err(bad())
        }
    }
}

/// Digests bytes as they come.
pub(crate) enum Hasher {
    Md5(Md5),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn hex(self) -> String {
        match self {
            Self::Md5(hasher) => hex_text(&hasher.finalize()),
            Self::Sha256(hasher) => hex_text(&hasher.finalize()),
            Self::Sha512(hasher) => hex_text(&hasher.finalize()),
        }
    }
}

fn hex_text(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a text cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_checksums() {
        let digits = "A".repeat(64);
        let sha256 = Checksum { algorithm: Algorithm::Sha256, hex: "a".repeat(64) };
        assert_eq!(digits.parse(), Ok(sha256.clone()));
        assert_eq!(format!("sha256:{digits}").parse(), Ok(sha256));
        assert!("md5:xyz".parse::<Checksum>().is_err());
        assert!("z".repeat(64).parse::<Checksum>().is_err());
        assert!(format!("md5:{digits}").parse::<Checksum>().is_err());
    }

    #[test]
    fn digests_as_published() {
        let digest = |algorithm| {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            hasher.hex()
        };
        assert_eq!(digest(Algorithm::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            digest(Algorithm::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(digest(Algorithm::Sha512).starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
