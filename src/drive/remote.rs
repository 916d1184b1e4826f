//! When two git addresses mean one repository.
//!
//! Must not know: git.

/// `git@GitHub.com:a/b.git`, `ssh://git@github.com/a/b` and `https://user:pw@github.com/a/b.git/` are one repository.
pub fn same_repository(a: &str, b: &str) -> bool {
    normal(a) == normal(b)
}

/// Host in lower case, path without `.git`, nothing else.
fn normal(address: &str) -> String {
    let address = address.trim();
    let without_scheme = address.split_once("://").map(|(_, rest)| rest);
    let is_short_ssh = without_scheme.is_none() && address.contains('@') && address.contains(':');
    let rest = match without_scheme {
        Some(rest) => rest.to_owned(),
        None if is_short_ssh => address.replacen(':', "/", 1),
        None => return address.trim_end_matches('/').trim_end_matches(".git").to_owned(),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let host = authority.rsplit('@').next().unwrap_or(authority).to_lowercase();
    format!("{host}/{}", path.trim_matches('/').trim_end_matches(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_repository() {
        let https = "https://github.com/example/Demo.git";
        for same in [
            "https://github.com/example/Demo",
            "https://GitHub.com/example/Demo.git/",
            "git@github.com:example/Demo.git",
            "ssh://git@github.com/example/Demo.git",
            "https://user:token@github.com/example/Demo.git",
        ] {
            assert!(same_repository(https, same), "{same}");
        }
        assert!(!same_repository(https, "https://github.com/example/Demo2.git"));
        assert!(!same_repository(https, "https://gitlab.com/example/Demo.git"));
        assert!(same_repository("local:demo", "local:demo"));
        assert!(!same_repository("local:demo", "local:demo2"));
    }
}
