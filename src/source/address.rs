//! Addresses of repositories: what kind they are, how they are shown, which folder name they suggest.
//!
//! Must not know: what is fetched from them.

use std::path::{Path, PathBuf};

use url::Url;

use crate::SourceError;

/// The address of a repository. User and password are kept apart and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    kind: Kind,
    login: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Web(Url),
    /// `ssh://…`, or `user@host:path` as it is.
    Ssh {
        text: String,
        user_host: String,
        port: Option<u16>,
        path: String,
    },
    Local(PathBuf),
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Address({})", self.text())
    }
}

impl Address {
    /// Reads an address as people write it.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        let bad = |reason| SourceError::BadAddress { text: without_secrets(text), reason };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text.contains(|letter: char| letter.is_control()) {
            return Err(bad("it contains control characters"));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "http" | "https" => web(text).map_err(bad),
                "ssh" | "git+ssh" | "ssh+git" => ssh_url(text).map_err(bad),
                "file" => Ok(Self::local(file_path(text).map_err(bad)?)),
                _ => Err(bad("only https, http, ssh and file are supported")),
            };
        }
        let colon = text.find(':');
        let slash = text.find('/').unwrap_or(text.len());
        match colon {
            Some(colon) if colon < slash && !Path::new(text).exists() => scp(text, colon).map_err(bad),
            _ => Ok(Self::local(std::path::absolute(text).unwrap_or_else(|_unchanged| text.into()))),
        }
    }

    fn local(path: PathBuf) -> Self {
        Self { kind: Kind::Local(path), login: None }
    }

    /// As git and libgit2 take it, without user and password of a web address.
    pub fn text(&self) -> String {
        match &self.kind {
            Kind::Web(url) => url.to_string(),
            Kind::Ssh { text, .. } => text.clone(),
            Kind::Local(path) => path.display().to_string(),
        }
    }

    /// Fit to be shown: without query as well.
    pub fn shown(&self) -> String {
        match &self.kind {
            Kind::Web(url) => shown_url(url),
            Kind::Ssh { .. } | Kind::Local(_) => self.text(),
        }
    }

    /// A folder name: the last part of the path without `.git`, in letters every file system takes.
    pub fn folder_name(&self) -> String {
        let text = match &self.kind {
            Kind::Web(url) => url.path().to_owned(),
            Kind::Ssh { path, .. } => path.clone(),
            Kind::Local(path) => path.display().to_string(),
        };
        let last = text.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
        let last = last.strip_suffix(".git").unwrap_or(last);
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
        let name: String = last.chars().map(safe).collect();
        let name = name.trim_start_matches('.').to_owned();
        if name.is_empty() { "app".to_owned() } else { name }
    }

    /// The folder, for an address on this machine.
    pub fn local_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Local(path) => Some(path),
            _ => None,
        }
    }

    pub(crate) fn web_url(&self) -> Option<&Url> {
        match &self.kind {
            Kind::Web(url) => Some(url),
            _ => None,
        }
    }

    /// User and password that stood in the address.
    pub(crate) fn login(&self) -> Option<&(String, String)> {
        self.login.as_ref()
    }

    /// Carries a login over to another spelling of the address when it leads to the same place.
    pub(crate) fn with_login_of(mut self, other: &Address) -> Self {
        if self.login.is_none() && same_place(self.web_url(), other.web_url()) {
            self.login.clone_from(&other.login);
        }
        self
    }

    /// `(user@host, port, path)` of an ssh address.
    pub(crate) fn ssh(&self) -> Option<(&str, Option<u16>, &str)> {
        match &self.kind {
            Kind::Ssh { user_host, port, path, .. } => Some((user_host, *port, path)),
            _ => None,
        }
    }

    /// The address of a submodule given as `../name.git`.
    pub(crate) fn join(&self, relative: &str) -> Result<Self, SourceError> {
        let mut text = self.text().trim_end_matches('/').to_owned();
        let (mut rest, mut separator) = (relative, '/');
        loop {
            if let Some(after) = rest.strip_prefix("../") {
                let cut = text.rfind(['/', ':']).unwrap_or(0);
                // `git@host:owner` has its host before the colon
                separator = if text[cut..].starts_with(':') { ':' } else { '/' };
                text.truncate(cut);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("./") {
                rest = after;
            } else {
                return Ok(Self::parse(&format!("{text}{separator}{rest}"))?.with_login_of(self));
            }
        }
    }
}

/// Scheme, host and port are the same, so a login may be used for both.
pub(crate) fn same_place(one: Option<&Url>, other: Option<&Url>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

/// A web address without user, password, query and fragment.
pub(crate) fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    strip_login(&mut shown);
    shown.to_string()
}

fn strip_login(url: &mut Url) {
    // both fail only for addresses that cannot carry a user
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn without_secrets(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), |url| shown_url(&url))
}

fn web(text: &str) -> Result<Address, &'static str> {
    let mut url = Url::parse(text).map_err(|_reason| "it cannot be read as a web address")?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host");
    }
    let decode = |text: &str| percent_decoded(text);
    let (user, password) = (decode(url.username()), url.password().map(decode));
    let login = match (user.is_empty(), password) {
        (_, Some(password)) => Some((user, password)),
        // `https://TOKEN@host/…`
        (false, None) => Some(("x-access-token".to_owned(), user)),
        (true, None) => None,
    };
    strip_login(&mut url);
    url.set_fragment(None);
    Ok(Address { kind: Kind::Web(url), login })
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn ssh_url(text: &str) -> Result<Address, &'static str> {
    let url = Url::parse(text).map_err(|_reason| "it cannot be read as an ssh address")?;
    let host = url.host_str().unwrap_or_default();
    let user_host =
        if url.username().is_empty() { host.to_owned() } else { format!("{}@{host}", url.username()) };
    let path = url.path();
    // `/~user/…` means the user's home for ssh
    let path = if path.starts_with("/~") { &path[1..] } else { path };
    ssh(text.to_owned(), user_host, url.port(), path.to_owned())
}

fn scp(text: &str, colon: usize) -> Result<Address, &'static str> {
    ssh(text.to_owned(), text[..colon].to_owned(), None, text[colon + 1..].to_owned())
}

/// Nothing that ssh or the remote shell could take for an option.
fn ssh(text: String, user_host: String, port: Option<u16>, path: String) -> Result<Address, &'static str> {
    let host = user_host.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || path.trim_matches('/').is_empty() {
        return Err("it names no host or no path");
    }
    if user_host.starts_with('-') || host.starts_with('-') || path.starts_with('-') {
        return Err("host and path must not begin with a dash");
    }
    Ok(Address { kind: Kind::Ssh { text, user_host, port, path }, login: None })
}

fn file_path(text: &str) -> Result<PathBuf, &'static str> {
    let url = Url::parse(text).map_err(|_reason| "it cannot be read as a file address")?;
    url.to_file_path().map_err(|()| "a file address has three slashes: file:///path")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad address in a test is a failing test")]
    use super::*;

    #[test]
    fn secrets_never_show() {
        let address = Address::parse("https://me:s3cret@h.example/o/n.git?x=1").unwrap();
        assert_eq!(address.text(), "https://h.example/o/n.git?x=1");
        assert_eq!(address.shown(), "https://h.example/o/n.git");
        assert!(!format!("{address:?}").contains("s3cret"));
        assert_eq!(address.login(), Some(&("me".to_owned(), "s3cret".to_owned())));
        let bare = Address::parse("https://t0k%40en@h.example/o/n").unwrap();
        assert_eq!(bare.login().unwrap().1, "t0k@en");
        let error = Address::parse("ftp://me:s3cret@h/x").unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn each_spelling_has_its_kind_and_name() {
        for (text, name) in [
            ("https://github.com/o/my.app.git", "my.app"),
            ("git@github.com:o/n.git", "n"),
            ("ssh://git@h:2222/o/n", "n"),
            ("host:n.git", "n"),
            ("/srv/repos/x.git/", "x"),
            ("file:///srv/a%20b.git", "a_b"),
        ] {
            assert_eq!(Address::parse(text).unwrap().folder_name(), name, "{text}");
        }
        let ssh = Address::parse("ssh://git@h:2222/~me/n").unwrap();
        assert_eq!(ssh.ssh(), Some(("git@h", Some(2222), "~me/n")));
    }

    #[test]
    fn options_in_disguise_are_refused() {
        for text in ["-oProxyCommand=x:a", "ssh://-oProxyCommand=x/a", "h:-x", "", "ftp://h/x"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn relative_submodules_stay_beside_their_parent() {
        let at = |text: &str, relative: &str| Address::parse(text).unwrap().join(relative).unwrap().text();
        assert_eq!(at("https://h/o/n.git", "../m.git"), "https://h/o/m.git");
        assert_eq!(at("git@h:o/n.git", "../../p/m"), "git@h:p/m");
        assert_eq!(at("/srv/n.git", "./../m.git"), "/srv/m.git");
    }
}
