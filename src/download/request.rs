//! What to download, where to, and what came of it.
//!
//! Must not know: HTTP.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::{Proxies, transfer::Tap};

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
    /// Other addresses of the same content, asked in turn when one fails.
    pub mirrors: Vec<String>,
    /// Address of a checksum file (`sha256sum` format or bare digits).
    pub checksum_file: Option<String>,
    /// Connections at once for large files; nothing means the usual number.
    pub connections: Option<usize>,
    /// What progress calls it; nothing means the file's name.
    pub label: Option<String>,
    /// Readers of the growing file.
    pub(crate) tap: Arc<Tap>,
}

impl DownloadRequest {
    /// A plain request without checksum or headers.
    pub fn new(url: impl Into<String>, target: Target) -> Self {
        Self {
            url: url.into(),
            target,
            checksum: None,
            headers: Vec::new(),
            proxies: Proxies::default(),
            mirrors: Vec::new(),
            checksum_file: None,
            connections: None,
            label: None,
            tap: Arc::default(),
        }
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
    /// The same version of the file was elsewhere on this machine and has been copied.
    Copied,
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
    /// Connections at once for one large file.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 10,
            unreachable_attempts: 4,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
            stall: Duration::from_mins(1),
            connections: 8,
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
    /// Git's name of a file's content; the hub has no other one for small files
    GitSha1,
}

/// A checksum in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Its kind.
    pub algorithm: Algorithm,
    /// Lower-case hexadecimal digits.
    pub hex: String,
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.algorithm {
            Algorithm::Md5 => "md5",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
            Algorithm::GitSha1 => "git-sha1",
        };
        write!(formatter, "{kind}:{}", self.hex)
    }
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
            (Some("git-sha1"), 40) => Algorithm::GitSha1,
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
    GitSha1(Sha1),
}

impl Hasher {
    /// Git's checksum begins with the size of the content.
    pub(crate) fn new(algorithm: Algorithm, content_bytes: u64) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
            Algorithm::GitSha1 => {
                let mut hasher = Sha1::new();
                hasher.update(format!("blob {content_bytes}\0"));
                Self::GitSha1(hasher)
            }
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
            Self::GitSha1(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn hex(self) -> String {
        match self {
            Self::Md5(hasher) => hex_text(&hasher.finalize()),
            Self::Sha256(hasher) => hex_text(&hasher.finalize()),
            Self::Sha512(hasher) => hex_text(&hasher.finalize()),
            Self::GitSha1(hasher) => hex_text(&hasher.finalize()),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex_text(bytes: &[u8]) -> String {
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
            let mut hasher = Hasher::new(algorithm, 3);
            hasher.update(b"a");
            hasher.update(b"bc");
            hasher.hex()
        };
        assert_eq!(digest(Algorithm::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            digest(Algorithm::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest(Algorithm::GitSha1), "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f");
        assert!(digest(Algorithm::Sha512).starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
