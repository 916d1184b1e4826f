//! What a request is about.
//!
//! Must not know: answers.

use crate::hub::{RepoId, RepoKind, safe_file};

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileRoute {
    pub(super) repo: RepoId,
    pub(super) revision: String,
    pub(super) file: String,
}

impl FileRoute {
    /// `/[datasets/|spaces/]owner/name/resolve/REVISION/FILE`; nothing for any other path.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let (before, after) = path.strip_prefix('/')?.split_once("/resolve/")?;
        let (kind, name) = match before.split_once('/') {
            Some(("datasets", name)) => (RepoKind::Dataset, name),
            Some(("spaces", name)) => (RepoKind::Space, name),
            _ => (RepoKind::Model, before),
        };
        let (revision, file) = after.split_once('/')?;
        let (revision, file) = (decode(revision)?, decode(file)?);
        safe_file(&revision).ok()?;
        safe_file(&file).ok()?;
        Some(Self { repo: RepoId::new(kind, &decode(name)?).ok()?, revision, file })
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// First and last byte of `Range: bytes=…` in a file of this size. `Err` when no byte of it is there.
pub(super) fn parse_range(header: &str, size: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(spec) = header.trim().strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else {
        return Ok(None);
    };
    let Some((first, last)) = spec.split_once('-') else { return Ok(None) };
    let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, size.saturating_sub(1)),
        (Err(_), Ok(count)) if first.trim().is_empty() => {
            (size.saturating_sub(count), size.saturating_sub(1))
        }
        _ => return Ok(None),
    };
    if range.0 >= size || range.0 > range.1 { Err(()) } else { Ok(Some(range)) }
}

/// Only programs on this machine may ask; a page in a browser that got a name pointed here may not.
pub(super) fn is_local_host(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    matches!(name.map_or(host, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_of_files() {
        let found = |path: &str| {
            FileRoute::parse(path).map(|route| (route.repo.folder(), route.revision, route.file))
        };
        let owned = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(found("/org/m/resolve/main/unet/x.bin"), owned("models--org--m", "main", "unet/x.bin"));
        assert_eq!(found("/gpt2/resolve/refs%2Fpr%2F1/a%20b"), owned("models--gpt2", "refs/pr/1", "a b"));
        assert_eq!(found("/datasets/o/d/resolve/v1/x"), owned("datasets--o--d", "v1", "x"));
        for other in [
            "/api/models/o/m",
            "/o/m/resolve/main/",
            "/o/m/resolve/main/../x",
            "/o/m/resolve/%2E%2E/x",
            "/o/m/resolve/main/%zz",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn reads_ranges() {
        assert_eq!(parse_range("bytes=2-5", 10), Ok(Some((2, 5))));
        assert_eq!(parse_range("bytes=2-", 10), Ok(Some((2, 9))));
        assert_eq!(parse_range("bytes=-3", 10), Ok(Some((7, 9))));
        assert_eq!(parse_range("bytes=5-99", 10), Ok(Some((5, 9))));
        assert_eq!(parse_range("bytes=10-", 10), Err(()));
        assert_eq!(parse_range("bytes=0-1,3-4", 10), Ok(None));
        assert_eq!(parse_range("lines=1-2", 10), Ok(None));
    }

    #[test]
    fn only_this_machine() {
        for host in ["127.0.0.1:8765", "localhost", "[::1]:80"] {
            assert!(is_local_host(host), "{host}");
        }
        for host in ["evil.example:8765", "127.0.0.1.evil.example", "10.0.0.1"] {
            assert!(!is_local_host(host), "{host}");
        }
    }
}
