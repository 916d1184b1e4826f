//! Git's `url.<base>.insteadOf`: addresses are rewritten as the user's git would, so that mirrors and local copies work.
//!
//! Must not know: what is done with an address. Rules of a repository itself do not count: launchers come from strangers.

use std::collections::BTreeMap;

use git2::{Config, ConfigLevel};

/// The rules of this user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressRules {
    /// `(prefix, base)`
    rules: Vec<(String, String)>,
}

impl AddressRules {
    /// Rules of the system's and the user's git configuration and of `GIT_CONFIG_*` variables.
    pub fn of_user(variables: &BTreeMap<String, String>) -> Self {
        let mut rules = Self::default();
        match user_config(variables) {
            Ok(config) => rules.read(&config),
            Err(error) => {
                tracing::warn!(%error, "the git configuration cannot be read; address rules do not apply");
            }
        }
        rules.read_variables(variables);
        rules
    }

    /// Rules given directly, as `(insteadOf, base)`.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { rules: pairs.into_iter().collect() }
    }

    /// The address that is really asked: the longest matching prefix is replaced.
    pub fn rewrite(&self, address: &str) -> String {
        let matching = self.rules.iter().filter(|(prefix, _)| address.starts_with(prefix.as_str()));
        match matching.max_by_key(|(prefix, _)| prefix.len()) {
            Some((prefix, base)) => format!("{base}{}", &address[prefix.len()..]),
            None => address.to_owned(),
        }
    }

    fn read(&mut self, config: &Config) {
        let Ok(entries) = config.entries(Some(r"^url\..*\.insteadof$")) else { return };
        // an entry that cannot be read is no rule
        let _ = entries.for_each(|entry| {
            if let (Ok(name), Ok(value)) = (entry.name(), entry.value()) {
                self.add(name, value);
            }
        });
    }

    /// `name` is `url.BASE.insteadof` in any case; the base keeps its own.
    fn add(&mut self, name: &str, prefix: &str) {
        let Some(rest) = strip_ignoring_case(name, "url.") else { return };
        let cut = rest.len().saturating_sub(".insteadof".len());
        let (Some(base), Some(ending)) = (rest.get(..cut), rest.get(cut..)) else { return };
        if ending.eq_ignore_ascii_case(".insteadof") && !prefix.is_empty() {
            self.rules.push((prefix.to_owned(), base.to_owned()));
        }
    }

    /// `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_n`, `GIT_CONFIG_VALUE_n`.
    fn read_variables(&mut self, variables: &BTreeMap<String, String>) {
        const MOST: usize = 1000;
        let count =
            variables.get("GIT_CONFIG_COUNT").and_then(|count| count.trim().parse().ok()).unwrap_or(0);
        for index in 0..MOST.min(count) {
            let of = |kind: &str| variables.get(&format!("GIT_CONFIG_{kind}_{index}"));
            if let (Some(key), Some(value)) = (of("KEY"), of("VALUE")) {
                self.add(key, value);
            }
        }
    }
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// The configuration outside repositories; `GIT_CONFIG_GLOBAL` and `GIT_CONFIG_NOSYSTEM` count as for git.
fn user_config(variables: &BTreeMap<String, String>) -> Result<Config, git2::Error> {
    let mut config = Config::new()?;
    let mut add = |path: Result<std::path::PathBuf, git2::Error>, level: ConfigLevel| {
        // a place without a file is usual
        if let Ok(path) = path
            && path.is_file()
            && let Err(error) = config.add_file(&path, level, false)
        {
            tracing::warn!(%error, path = %path.display(), "a git configuration cannot be read");
        }
    };
    let no_system = variables
        .get("GIT_CONFIG_NOSYSTEM")
        .is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    if !no_system {
        add(Config::find_system(), ConfigLevel::System);
    }
    let home = variables.get("HOME").filter(|home| !home.is_empty()).map(std::path::PathBuf::from);
    if let Some(path) = variables.get("GIT_CONFIG_GLOBAL") {
        add(Ok(path.into()), ConfigLevel::Global);
    } else if let Some(home) = home {
        add(Ok(home.join(".config/git/config")), ConfigLevel::XDG);
        add(Ok(home.join(".gitconfig")), ConfigLevel::Global);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_longest_prefix_counts() {
        let rules = AddressRules::from_pairs([
            ("https://github.com/".to_owned(), "http://127.0.0.1:1/".to_owned()),
            ("https://github.com/o/".to_owned(), "/srv/o/".to_owned()),
        ]);
        assert_eq!(rules.rewrite("https://github.com/o/n.git"), "/srv/o/n.git");
        assert_eq!(rules.rewrite("https://github.com/p/n.git"), "http://127.0.0.1:1/p/n.git");
        assert_eq!(rules.rewrite("https://gitlab.com/p/n.git"), "https://gitlab.com/p/n.git");
    }

    #[test]
    fn reads_the_users_file_with_its_includes_and_the_variables() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        std::fs::write(home.join("more"), "[url \"/Srv/More/\"]\n\tinsteadOf = https://more/\n").unwrap();
        std::fs::write(
            home.join(".gitconfig"),
            "[include]\n\tpath = more\n[url \"/srv/a/\"]\n\tinsteadOf = https://a/\n\tinsteadOf = https://b/\n",
        )
        .unwrap();
        let rules = AddressRules::of_user(&variables(&[
            ("HOME", &home.to_string_lossy()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "url.http://127.0.0.1:9/.insteadOf"),
            ("GIT_CONFIG_VALUE_0", "https://c/"),
        ]));
        assert_eq!(rules.rewrite("https://a/x"), "/srv/a/x");
        assert_eq!(rules.rewrite("https://b/x"), "/srv/a/x");
        assert_eq!(rules.rewrite("https://more/x"), "/Srv/More/x");
        assert_eq!(rules.rewrite("https://c/x"), "http://127.0.0.1:9/x");
    }
}
