//! Where the hub, its cache and its token are: the variables `huggingface_hub` reads.
//!
//! Must not know: HTTP.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

const PUBLIC: &str = "https://huggingface.co";

/// A secret. It is shown to nobody: not even debug output has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as a person gave it; nothing when it is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        // what cannot stand in a header is no token
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_plain.then(|| Self(text.to_owned()))
    }

    /// For the header of a request.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// For the file it is kept in.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The hub as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubConfig {
    /// Address of the hub or of a mirror, without a slash at the end.
    pub endpoint: String,
    /// Who asks.
    pub token: Option<Token>,
    /// Folder of cached repositories.
    pub cache: PathBuf,
    /// Where the token is kept.
    pub token_path: PathBuf,
    /// Only what is in the cache.
    pub is_offline: bool,
}

impl HubConfig {
    /// `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE` and their older names.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let find = |names: &[&str]| {
            let found = names.iter().find_map(|name| variables.get(*name).map(|value| value.trim()));
            found.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let person = find(&["HOME", "USERPROFILE"]).map(PathBuf::from).unwrap_or_default();
        let cache = find(&["XDG_CACHE_HOME"]).map_or_else(|| person.join(".cache"), PathBuf::from);
        let home = find(&["HF_HOME"]).map_or_else(|| cache.join("huggingface"), PathBuf::from);
        let token_path = find(&["HF_TOKEN_PATH"]).map_or_else(|| home.join("token"), PathBuf::from);
        let token = find(&["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]).and_then(|text| Token::new(&text));
        let is_on = |text: String| matches!(text.to_lowercase().as_str(), "1" | "on" | "yes" | "true");
        Self {
            endpoint: find(&["HF_ENDPOINT"])
                .filter(|text| text.starts_with("http"))
                .map_or_else(|| PUBLIC.to_owned(), |text| text.trim_end_matches('/').to_owned()),
            token: token.or_else(|| token_of(&token_path)),
            cache: find(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"])
                .map_or_else(|| home.join("hub"), PathBuf::from),
            token_path,
            is_offline: find(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]).is_some_and(is_on),
        }
    }

    /// An address on the public hub as the configured mirror has it; nothing where none is configured.
    pub fn mirrored(&self, url: &str) -> Option<String> {
        let rest = ["https://huggingface.co/", "https://hf.co/", "https://www.huggingface.co/"]
            .iter()
            .find_map(|host| url.trim().strip_prefix(host))?;
        (self.endpoint != PUBLIC).then(|| format!("{}/{rest}", self.endpoint))
    }

    /// The address is one of the configured hub, and the way to it is safe enough for a token.
    pub fn may_have_token(&self, url: &str) -> bool {
        let (Ok(url), Ok(hub)) = (reqwest::Url::parse(url.trim()), reqwest::Url::parse(&self.endpoint))
        else {
            return false;
        };
        let is_public = url.scheme() == "https"
            && matches!(url.host_str(), Some("huggingface.co" | "hf.co" | "www.huggingface.co"));
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        is_public || url.origin() == hub.origin() && (url.scheme() == "https" || is_local)
    }
}

/// The token a person logged in with.
fn token_of(path: &Path) -> Option<Token> {
    Token::new(&fs::read_to_string(path).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> HubConfig {
        HubConfig::from_variables(
            &pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        )
    }

    #[test]
    fn reads_the_variables_of_the_hub() {
        let plain = config(&[("HOME", "/nobody")]);
        assert_eq!(plain.endpoint, "https://huggingface.co");
        assert_eq!(plain.cache, Path::new("/nobody/.cache/huggingface/hub"));
        let set = config(&[
            ("HF_HOME", "/c"),
            ("HF_ENDPOINT", "http://127.0.0.1:9/"),
            ("HF_TOKEN", " hf_s3cret\n"),
        ]);
        assert_eq!((set.endpoint.as_str(), set.cache.as_path()), ("http://127.0.0.1:9", Path::new("/c/hub")));
        assert!(!format!("{set:?}").contains("s3cret"));
        assert_eq!(set.token.as_ref().map(Token::header).as_deref(), Some("Bearer hf_s3cret"));
        assert_eq!(set.mirrored("https://huggingface.co/a/b").as_deref(), Some("http://127.0.0.1:9/a/b"));
        assert_eq!(set.mirrored("https://huggingface.co.evil/a"), None);
        assert_eq!(plain.mirrored("https://huggingface.co/a/b"), None);
    }

    #[test]
    fn the_token_goes_to_the_hub_only() {
        let mirror = config(&[("HF_ENDPOINT", "https://mirror.example")]);
        assert!(mirror.may_have_token("https://mirror.example/a"));
        assert!(mirror.may_have_token("https://huggingface.co/a"));
        for other in
            ["http://huggingface.co/a", "https://huggingface.co.evil.example/a", "http://mirror.example/a"]
        {
            assert!(!mirror.may_have_token(other), "{other}");
        }
        assert!(
            !config(&[("HF_ENDPOINT", "http://mirror.example")]).may_have_token("http://mirror.example/a")
        );
    }
}
