//! Tokens for private repositories: given by the caller for a host, or in variables.
//!
//! Must not know: requests. A token is bound to a host and is looked up only after that host has asked for one.

use std::collections::BTreeMap;

/// Variables that hold a token, and the host it is for.
const VARIABLES: &[(&str, &str)] = &[
    ("github.com", "GITHUB_TOKEN"),
    ("github.com", "GH_TOKEN"),
    ("gitlab.com", "GITLAB_TOKEN"),
    ("huggingface.co", "HF_TOKEN"),
    ("huggingface.co", "HUGGING_FACE_HUB_TOKEN"),
    ("bitbucket.org", "BITBUCKET_TOKEN"),
    ("codeberg.org", "CODEBERG_TOKEN"),
];

/// Where tokens come from.
#[derive(Clone, Default)]
pub struct Credentials {
    hosts: BTreeMap<String, (Option<String>, String)>,
    variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Credentials").field("hosts", &self.hosts.keys()).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Tokens named by variables.
    pub fn new(variables: BTreeMap<String, String>) -> Self {
        Self { hosts: BTreeMap::new(), variables }
    }

    /// With `TOKEN` or `USER:TOKEN` for a host (`name` or `name:port`).
    #[must_use]
    pub fn with_host(mut self, host: &str, secret: &str) -> Self {
        let login = match secret.trim().split_once(':') {
            Some((user, token)) => (Some(user.to_owned()), token.to_owned()),
            None => (None, secret.trim().to_owned()),
        };
        self.hosts.insert(host.to_ascii_lowercase(), login);
        self
    }

    /// User and password for a host (`name` or `name:port`), when there are any.
    pub(crate) fn login(&self, host: &str) -> Option<(String, String)> {
        self.of_host(host).or_else(|| self.of_variables(host))
    }

    fn of_host(&self, host: &str) -> Option<(String, String)> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let (user, token) = self.hosts.get(host).or_else(|| self.hosts.get(name))?;
        Some((user.clone().unwrap_or_else(|| user_of(name).to_owned()), token.clone()))
    }

    fn of_variables(&self, host: &str) -> Option<(String, String)> {
        let known = VARIABLES.iter().filter(|(known, _)| *known == host);
        let token =
            known.filter_map(|(_, name)| self.variables.get(*name)).find(|token| !token.trim().is_empty())?;
        Some((user_of(host).to_owned(), token.trim().to_owned()))
    }
}

/// The user name that goes with a token.
fn user_of(host: &str) -> &'static str {
    if host.contains("gitlab") { "oauth2" } else { "x-access-token" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_its_host_only() {
        let variables = BTreeMap::from([("GITHUB_TOKEN".to_owned(), "t3\n".to_owned())]);
        let credentials =
            Credentials::new(variables).with_host("git.example", "t1").with_host("h:8080", "me:t2");
        let login = |host: &str| credentials.login(host).map(|(user, token)| format!("{user}:{token}"));
        assert_eq!(login("git.example"), Some("x-access-token:t1".to_owned()));
        assert_eq!(login("h:8080"), Some("me:t2".to_owned()));
        assert_eq!(login("github.com"), Some("x-access-token:t3".to_owned()));
        assert_eq!(login("github.com.evil.example"), None);
        assert!(!format!("{credentials:?}").contains("t3"));
    }
}
