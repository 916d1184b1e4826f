//! Names of repositories and of files in them: a stranger's until checked.
//!
//! Must not know: HTTP.

use std::{
    fmt,
    path::{Component, Path, PathBuf},
};

use super::HubError;

/// What a repository holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RepoKind {
    /// A model.
    #[default]
    Model,
    /// A data set.
    Dataset,
    /// An app of the hub.
    Space,
}

impl RepoKind {
    /// As in the API's addresses and the cache's folders.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
            Self::Space => "spaces",
        }
    }

    /// `model`, `dataset`, `space`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "model" => Some(Self::Model),
            "dataset" => Some(Self::Dataset),
            "space" => Some(Self::Space),
            _ => None,
        }
    }
}

/// A repository of the hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RepoId {
    /// What it holds.
    pub kind: RepoKind,
    /// `owner/name`, or `name` for a few old models.
    name: String,
}

impl RepoId {
    /// Checks a name.
    pub fn new(kind: RepoKind, name: &str) -> Result<Self, HubError> {
        let parts: Vec<_> = name.split('/').collect();
        let is_part = |part: &&str| {
            let chars = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            chars
                && !part.is_empty()
                && part.len() <= 96
                && !part.starts_with(['.', '-'])
                && !part.contains("..")
        };
        if parts.len() <= 2 && parts.iter().all(is_part) && !name.contains("--") {
            Ok(Self { kind, name: name.to_owned() })
        } else {
            Err(HubError::BadName { name: name.to_owned(), what: "repository of the hub (owner/name)" })
        }
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `models--owner--name`.
    pub(crate) fn folder(&self) -> String {
        format!("{}--{}", self.kind.plural(), self.name.replace('/', "--"))
    }

    /// `owner/name` or `datasets/owner/name`: the beginning of file addresses.
    pub(crate) fn prefix(&self) -> String {
        match self.kind {
            RepoKind::Model => self.name.clone(),
            kind => format!("{}/{}", kind.plural(), self.name),
        }
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// A name of a file or a revision as a path that stays where it is put.
pub(crate) fn safe_file(name: &str) -> Result<PathBuf, HubError> {
    let path = Path::new(name);
    let is_plain = path.components().all(|component| matches!(component, Component::Normal(_)));
    let is_odd = name.is_empty() || name.len() > 1024 || name.contains(['\\', '\0']) || name.ends_with('/');
    if is_plain && !is_odd {
        Ok(path.to_owned())
    } else {
        Err(HubError::BadName { name: name.to_owned(), what: "file of a repository" })
    }
}

/// A name as part of an address; slashes stay when told.
pub(crate) fn encode(text: &str, keeps_slashes: bool) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'~')
            || keeps_slashes && byte == b'/'
        {
            encoded.push(char::from(byte));
        } else {
            // writing to a text cannot fail
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a refused name is a failing test")]
    use super::*;

    #[test]
    fn names_are_checked() {
        let repo = RepoId::new(RepoKind::Dataset, "org/data.set_1").unwrap();
        assert_eq!(
            (repo.folder().as_str(), repo.prefix().as_str()),
            ("datasets--org--data.set_1", "datasets/org/data.set_1")
        );
        assert!(RepoId::new(RepoKind::Model, "gpt2").is_ok());
        for bad in ["", "a/b/c", "../x", "a/..", "a/.git", "a b", "a/b?x", "a//b", "-a/b", "a--b"] {
            assert!(RepoId::new(RepoKind::Model, bad).is_err(), "{bad}");
        }
        assert!(safe_file("unet/model.safetensors").is_ok());
        for bad in ["", "../x", "/etc/passwd", "a/../../x", "a\\b", "a/"] {
            assert!(safe_file(bad).is_err(), "{bad}");
        }
        assert_eq!(encode("a b/ü#?", true), "a%20b/%C3%BC%23%3F");
        assert_eq!(encode("refs/pr/1", false), "refs%2Fpr%2F1");
    }
}
