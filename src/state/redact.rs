//! Removes secrets from text on its way into events, logs and errors: values that are known, and what has the shape of a
//! token.
//!
//! Must not know: where text comes from or goes to.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use regex::Regex;
use serde_json::Value;

use crate::Secret;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Shorter values are words that occur everywhere.
const MIN_SECRET_CHARS: usize = 8;

/// Shapes of tokens. The group `keep` stays. Every alternative begins with a literal, so that ordinary text costs next to nothing.
const SHAPES: &str = concat!(
    r"hf_[A-Za-z0-9]{30,}",
    r"|gh[pousr]_[A-Za-z0-9]{30,}",
    r"|github_pat_[A-Za-z0-9_]{30,}",
    r"|glpat-[A-Za-z0-9_-]{20,}",
    r"|sk-[A-Za-z0-9_-]{30,}",
    r"|xox[abpr]-[A-Za-z0-9-]{20,}",
    r"|AKIA[A-Z0-9]{16}",
    r"|(?<bearer>[Bb]earer[ \t]+)[A-Za-z0-9._~+/-]{8,}=*",
    r"|(?<url>://[^\s/:@\x22'<>\\]{0,256}:)[^\s/@\x22'<>\\]{1,256}@",
);

/// Removes secrets. Copies share what has been learnt.
#[derive(Clone)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    pattern: Option<Regex>,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}

impl Redactor {
    /// Knows the shapes only.
    pub fn new() -> Self {
        Self { known: Arc::default() }
    }

    /// The one of this process: logs and events ask it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redactor> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Learns a value that must never be told. Values too short to be told from ordinary words are left out.
    pub fn learn(&self, secret: &Secret) {
        let value = secret.reveal().trim();
        if value.chars().count() < MIN_SECRET_CHARS {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // inside JSON text a value may be spelled with escapes
        let spelled = Value::from(value).to_string();
        let spelled = spelled.trim_matches('"').to_owned();
        if known.values.insert(value.to_owned()) | known.values.insert(spelled) {
            // longest first: a secret that begins with another one is removed whole
            let mut values: Vec<_> = known.values.iter().map(|value| regex::escape(value)).collect();
            values.sort_by_key(|value| std::cmp::Reverse(value.len()));
            known.pattern = Regex::new(&values.join("|")).ok();
        }
    }

    /// The text without secrets; the same text when there are none.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let text = match &known.pattern {
            Some(pattern) => pattern.replace_all(text, REDACTED),
            None => Cow::Borrowed(text),
        };
        match text {
            Cow::Borrowed(text) => without_shapes(text),
            Cow::Owned(text) => Cow::Owned(without_shapes(&text).into_owned()),
        }
    }

    /// The same for every text in a JSON value.
    pub fn clean_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.clean(text).into_owned()),
            Value::Array(items) => items.iter().map(|item| self.clean_json(item)).collect(),
            Value::Object(members) => {
                let clean = |(key, value): (&String, &Value)| (key.clone(), self.clean_json(value));
                Value::Object(members.iter().map(clean).collect())
            }
            other => other.clone(),
        }
    }

    /// The same for bytes of a log; bytes that are no text stay as they are.
    pub fn clean_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match std::str::from_utf8(bytes) {
            Ok(text) => match self.clean(text) {
                Cow::Borrowed(_) => Cow::Borrowed(bytes),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            Err(error) => {
                let (text, rest) = bytes.split_at(error.valid_up_to());
                let step = error.error_len().unwrap_or(rest.len()).min(rest.len());
                let (skipped, rest) = rest.split_at(step);
                let parts = [self.clean_bytes(text), Cow::Borrowed(skipped), self.clean_bytes(rest)];
                if parts.iter().all(|part| matches!(part, Cow::Borrowed(_))) {
                    return Cow::Borrowed(bytes);
                }
                Cow::Owned(parts.concat())
            }
        }
    }
}

fn without_shapes(text: &str) -> Cow<'_, str> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    match PATTERN.get_or_init(|| Regex::new(SHAPES).ok()) {
        None => Cow::Borrowed(text),
        Some(pattern) => pattern.replace_all(text, |found: &regex::Captures<'_>| {
            match (found.name("bearer"), found.name("url")) {
                (Some(word), _) => format!("{}{REDACTED}", word.as_str()),
                (_, Some(start)) => format!("{}{REDACTED}@", start.as_str()),
                _ => REDACTED.to_owned(),
            }
        }),
    }
}

/// An address without the user and password in it.
pub(crate) fn without_credentials(address: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = address.split_once("://") else { return Cow::Borrowed(address) };
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) if scheme != "ssh" => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        _ => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HF: &str = "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH";

    #[test]
    fn shapes_of_tokens_are_removed() {
        let redactor = Redactor::new();
        let cases = [
            (format!("token {HF}."), "token [redacted].".to_owned()),
            (format!("ghp_{}", "a1".repeat(18)), REDACTED.to_owned()),
            (format!("github_pat_{}", "a_1".repeat(20)), REDACTED.to_owned()),
            ("Authorization: Bearer abc.def-123".to_owned(), "Authorization: Bearer [redacted]".to_owned()),
            ("https://me:pa55@host/x".to_owned(), "https://me:[redacted]@host/x".to_owned()),
            (format!("https://{HF}@huggingface.co/x"), "https://[redacted]@huggingface.co/x".to_owned()),
            (format!("https://x:{HF}@huggingface.co"), "https://x:[redacted]@huggingface.co".to_owned()),
        ];
        for (text, clean) in cases {
            assert_eq!(redactor.clean(&text), clean);
        }
    }

    #[test]
    fn ordinary_text_stays_and_costs_no_copy() {
        let redactor = Redactor::new();
        let texts = [
            "hf_transfer hf_hub_download http://localhost:7860/a?b=c:d@e sk-learn",
            "bearer of news; git@github.com:a/b.git ssh://git@host:22/x",
            "http://127.0.0.1:42000/ user@example.com 12:30@noon",
        ];
        for text in texts {
            assert!(matches!(redactor.clean(text), Cow::Borrowed(_)), "{text} → {}", redactor.clean(text));
        }
    }

    #[test]
    fn known_values_are_removed_also_inside_json_text() {
        let redactor = Redactor::new();
        redactor.learn(&Secret::new("my\"secret\\one".to_owned()));
        redactor.learn(&Secret::new("short".to_owned()));
        assert_eq!(redactor.clean("a my\"secret\\one b short"), "a [redacted] b short");
        let line = serde_json::json!({ "raw": "my\"secret\\one" }).to_string();
        assert_eq!(redactor.clean(&line), "{\"raw\":\"[redacted]\"}");
        let value = redactor.clean_json(&serde_json::json!({ "a": ["x my\"secret\\one"] }));
        assert_eq!(value, serde_json::json!({ "a": ["x [redacted]"] }));
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let redactor = Redactor::new();
        let line = [b"\xff\xfe ".as_slice(), HF.as_bytes(), b" \xc3".as_slice()].concat();
        assert_eq!(*redactor.clean_bytes(&line), *b"\xff\xfe [redacted] \xc3");
        assert!(matches!(redactor.clean_bytes(b"\xff plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn addresses_lose_their_password() {
        assert_eq!(without_credentials("https://u:p@host/a@b"), "https://host/a@b");
        assert_eq!(without_credentials("git@github.com:a/b"), "git@github.com:a/b");
    }
}
