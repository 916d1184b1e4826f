//! What can go wrong with the catalogue.
//!
//! Must not know: how it is shown.

use std::path::PathBuf;

/// An error of the catalogue; the texts name the next step.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The list is not JSON of the agreed shape.
    #[error("the list of apps cannot be read: {0}")]
    Shape(#[from] serde_json::Error),
    /// An entry breaks a rule.
    #[error("app `{id}`: {reason}")]
    Entry {
        /// Its id, as far as it has one.
        id: String,
        /// The rule.
        reason: String,
    },
    /// No such app.
    #[error("no app `{id}` in the catalogue{}", near.as_ref().map_or_else(|| "; `pino catalog search` lists them".to_owned(), |near| format!("; did you mean `{near}`?")))]
    NoSuchApp {
        /// What was asked for.
        id: String,
        /// The nearest known id.
        near: Option<String>,
    },
    /// A word that is not in the list of allowed ones.
    #[error("`{word}` is not known here; use one of: {known}")]
    UnknownWord {
        /// What was given.
        word: String,
        /// What is allowed.
        known: String,
    },
    /// The key that signs the list cannot be read.
    #[error("the public key is not a minisign key: {0}; it is the second line of the publisher's .pub file")]
    Key(String),
    /// The list is not signed by that key.
    #[error("the signature of the list does not fit: {0}; the list in use stays as it is")]
    Signature(String),
    /// The list could not be fetched.
    #[error("could not fetch {url}: {source}; the list in use stays as it is")]
    Fetch {
        /// Of what.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// More than a list can sensibly be.
    #[error("{url} is larger than {limit_bytes} bytes; the list in use stays as it is")]
    TooLarge {
        /// Of what.
        url: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// A file could not be read or written.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// Read or write.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
