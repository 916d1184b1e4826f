//! Where packages are looked for: variables of uv and pip, pip's configuration files, else the public index.
//!
//! Must not know: what an index answers.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use reqwest::Url;

const PUBLIC: &str = "https://pypi.org/simple";

/// A place that may have a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An index: the package's page lies below it.
    Index(Url),
    /// A page with links to wheels.
    Page(Url),
    /// A folder with wheels.
    Folder(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Index(url) | Place::Page(url) => formatter.write_str(&crate::visible_url(url)),
            Place::Folder(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// What the configuration names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    main: Option<String>,
    extra: Vec<String>,
    links: Vec<String>,
    is_offline: bool,
}

/// All places in the order in which they are asked: folders, the main index, further ones.
pub(super) fn places(env: &BTreeMap<String, String>) -> Vec<Place> {
    let mut settings = from_variables(env);
    for path in configuration_files(env) {
        if let Ok(text) = fs::read_to_string(path) {
            fill_from_file(&mut settings, &text);
        }
    }
    let main = settings.main.as_deref().unwrap_or(PUBLIC);
    let indexes = std::iter::once(main).chain(settings.extra.iter().map(String::as_str));
    let indexes =
        indexes.filter(|_| !settings.is_offline).filter_map(|text| Url::parse(text).ok()).map(Place::Index);
    settings.links.iter().filter_map(|text| link_place(text)).chain(indexes).collect()
}

fn from_variables(env: &BTreeMap<String, String>) -> Settings {
    let first = |names: &[&str]| {
        names.iter().find_map(|name| env.get(*name)).filter(|value| !value.trim().is_empty()).cloned()
    };
    let lists = |names: &[&str]| -> Vec<String> {
        let values = names.iter().filter_map(|name| env.get(*name));
        values
            .flat_map(|value| value.split([' ', ',', '\n']).filter(|part| !part.is_empty()).map(without_name))
            .collect()
    };
    let is_set = |name: &str| {
        env.get(name)
            .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"))
    };
    Settings {
        main: first(&["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"]).map(|text| without_name(&text)),
        extra: lists(&["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"]),
        links: lists(&["UV_FIND_LINKS", "PIP_FIND_LINKS"]),
        is_offline: is_set("PIP_NO_INDEX") || is_set("UV_NO_INDEX"),
    }
}

/// uv allows `name=https://…`.
fn without_name(text: &str) -> String {
    match text.split_once('=') {
        Some((name, rest)) if !name.contains([':', '/']) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// pip's files, the most particular first.
fn configuration_files(env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    if let Some(path) = env.get("PIP_CONFIG_FILE").filter(|path| !path.is_empty()) {
        return if path == "/dev/null" { Vec::new() } else { vec![path.into()] };
    }
    let home = env.get("HOME").map(PathBuf::from).unwrap_or_default();
    let configuration = env.get("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    vec![
        configuration.join("pip/pip.conf"),
        home.join(".pip/pip.conf"),
        "/etc/xdg/pip/pip.conf".into(),
        "/etc/pip.conf".into(),
    ]
}

/// Takes what is not set yet out of the sections `global` and `install`.
fn fill_from_file(settings: &mut Settings, text: &str) {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut is_ours, mut key) = (false, String::new());
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        if let Some(section) = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_ours = matches!(section.trim(), "global" | "install" | "download");
        } else if !is_ours {
        } else if line.starts_with([' ', '\t']) {
            values.entry(key.clone()).or_default().extend(words(line));
        } else if let Some((name, value)) = line.split_once(['=', ':']) {
            key = name.trim().replace('_', "-").to_lowercase();
            values.entry(key.clone()).or_default().extend(words(value));
        }
    }
    let mut take = |name: &str| values.remove(name).unwrap_or_default();
    settings.main = settings.main.take().or_else(|| take("index-url").into_iter().next());
    settings.extra.extend(take("extra-index-url"));
    settings.links.extend(take("find-links"));
    settings.is_offline |=
        take("no-index").first().is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes" | "on"));
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}

fn link_place(text: &str) -> Option<Place> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Some(Place::Page(url)),
        Ok(url) if url.scheme() == "file" => Some(Place::Folder(Path::new(url.path()).to_owned())),
        _ => Some(Place::Folder(PathBuf::from(text))).filter(|_| Path::new(text).is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad address in a test is a failing test")]
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let quiet = [("PIP_CONFIG_FILE", "/dev/null")];
        quiet.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn shown(env: &BTreeMap<String, String>) -> Vec<String> {
        places(env).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn variables_come_before_the_public_index() {
        assert_eq!(shown(&env(&[])), ["https://pypi.org/simple"]);
        let named = [
            ("PIP_INDEX_URL", "https://p/simple"),
            ("UV_DEFAULT_INDEX", "mine=https://u:pw@u/simple/"),
            ("UV_INDEX", "a=https://a/s https://b/s"),
        ];
        assert_eq!(shown(&env(&named)), ["https://u/simple/", "https://a/s", "https://b/s"]);
        assert_eq!(
            shown(&env(&[("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", "/wheels https://p/w")])),
            ["/wheels", "https://p/w"]
        );
    }

    #[test]
    fn reads_the_file_of_pip() {
        let text = "# c\n[list]\nindex-url = https://no/\n[global]\nindex-url = https://m/simple\nextra-index-url =\n    https://x/simple\n    https://y/simple\nfind_links: /w\n";
        let mut settings = Settings::default();
        fill_from_file(&mut settings, text);
        assert_eq!(settings.main.as_deref(), Some("https://m/simple"));
        assert_eq!(settings.extra, ["https://x/simple", "https://y/simple"]);
        assert_eq!(settings.links, ["/w"]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pip.conf");
        fs::write(&path, text).unwrap();
        let found =
            shown(&env(&[("PIP_CONFIG_FILE", path.to_str().unwrap()), ("PIP_INDEX_URL", "https://v/s")]));
        assert_eq!(found, ["/w", "https://v/s", "https://x/simple", "https://y/simple"]);
    }
}
