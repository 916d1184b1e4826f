//! From a path or URI in a script to a place on disk (spec 00 §4), git remotes included.
//!
//! Must not know: what is done with the place. Never reaches for the network.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::files::normalise;

/// Why a URI leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UriError {
    /// No app of this home was cloned from that remote.
    #[error(
        "no app in this home was cloned from {0}; `script.start` clones it, or clone it into <home>/api yourself"
    )]
    UnknownRemote(String),
    /// An `http…` URI without a repository in it.
    #[error("{0} is no git address: write it as https://host/owner/name.git/path")]
    NotGit(String),
    /// An empty text.
    #[error("the path or uri is empty")]
    Empty,
}

/// Resolves a URI: `http…` git address, `~/…` below the home, absolute, or relative to `cwd`.
pub(crate) fn resolve(home: &Path, cwd: &Path, uri: &str) -> Result<PathBuf, UriError> {
    if uri.is_empty() {
        return Err(UriError::Empty);
    }
    if is_remote(uri) {
        let (remote, inner) = split_remote(uri).ok_or_else(|| UriError::NotGit(uri.to_owned()))?;
        let folder = find_clone(home, remote).ok_or_else(|| UriError::UnknownRemote(remote.to_owned()))?;
        return Ok(normalise(&folder.join(inner)));
    }
    Ok(normalise(&match uri.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None if uri == "~" => home.to_owned(),
        None => cwd.join(uri),
    }))
}

/// True for addresses that name a repository elsewhere.
pub(crate) fn is_remote(uri: &str) -> bool {
    uri.starts_with("http://")
        || uri.starts_with("https://")
        || uri.starts_with("git@")
        || uri.starts_with("ssh://")
}

/// The repository and the path inside it: the segment that ends in `.git` is where one ends and the other begins.
pub(crate) fn split_remote(uri: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(found) = uri[from..].find(".git") {
        let end = from + found + ".git".len();
        match uri[end..].chars().next() {
            None => return Some((uri, "")),
            Some('/') => return Some((&uri[..end], &uri[end + 1..])),
            Some(_) => from = end,
        }
    }
    None
}

/// The app folder that was cloned from this remote.
pub(crate) fn find_clone(home: &Path, remote: &str) -> Option<PathBuf> {
    let wanted = normalise_remote(remote);
    let mut folders: Vec<_> =
        fs::read_dir(home.join("api")).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
        .into_iter()
        .find(|folder| origin_of(folder).is_some_and(|origin| normalise_remote(&origin) == wanted))
}

/// `remote.origin.url` of a clone.
pub(crate) fn origin_of(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(".git/config")).ok()?;
    let mut in_origin = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line == r#"[remote "origin"]"#;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| in_origin)
            && key.trim() == "url"
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

/// One spelling for all addresses of a repository: `host/owner/name`, host in lower case, no protocol, user or `.git`.
fn normalise_remote(remote: &str) -> String {
    let rest = remote.split_once("://").map_or(remote, |(_, rest)| rest);
    let rest = rest.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(rest, |(_, rest)| rest);
    let (host, path) = match (rest.find('/'), rest.find(':')) {
        // git@host:owner/name
        (slash, Some(colon)) if !remote.contains("://") && slash.is_none_or(|slash| colon < slash) => {
            (&rest[..colon], &rest[colon + 1..])
        }
        (Some(slash), _) => (&rest[..slash], &rest[slash + 1..]),
        _ => (rest, ""),
    };
    let path = path.trim_matches('/');
    format!("{}/{}", host.to_ascii_lowercase(), path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_one_spelling() {
        let spellings = [
            "https://GitHub.com/o/n.git",
            "https://github.com/o/n",
            "git@github.com:o/n.git",
            "ssh://git@github.com/o/n.git/",
            "https://user:secret@github.com/o/n.git",
        ];
        for spelling in spellings {
            assert_eq!(normalise_remote(spelling), "github.com/o/n", "{spelling}");
        }
        assert_ne!(normalise_remote("https://github.com/o/n"), normalise_remote("https://github.com/o/nn"));
    }

    #[test]
    fn the_git_segment_splits_an_address() {
        assert_eq!(split_remote("https://h/o/n.git/a/b.js"), Some(("https://h/o/n.git", "a/b.js")));
        assert_eq!(split_remote("https://h/o/n.git"), Some(("https://h/o/n.git", "")));
        assert_eq!(split_remote("https://h/o.github.io/n.git/x"), Some(("https://h/o.github.io/n.git", "x")));
        assert_eq!(split_remote("https://h/o/n/a.js"), None);
    }

    #[test]
    fn resolves_each_kind_of_uri() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        let clone = home.join("api/other");
        fs::create_dir_all(clone.join(".git")).unwrap();
        fs::write(clone.join(".git/config"), "[core]\n[remote \"origin\"]\n\turl = git@github.com:o/n\n")
            .unwrap();
        let cwd = home.join("api/demo");
        let at = |uri: &str| resolve(home, &cwd, uri);
        assert_eq!(at("https://github.com/o/n.git/start.js"), Ok(clone.join("start.js")));
        assert_eq!(at("~/api/x.js"), Ok(home.join("api/x.js")));
        assert_eq!(at("/x/y.js"), Ok(PathBuf::from("/x/y.js")));
        assert_eq!(at("../x.js"), Ok(home.join("api/x.js")));
        assert!(matches!(at("https://github.com/o/nn.git/a.js"), Err(UriError::UnknownRemote(_))));
        assert!(matches!(at("https://github.com/o/n"), Err(UriError::NotGit(_))));
    }
}
