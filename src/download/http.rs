//! HTTP clients made on first use, and addresses fit to be shown.
//!
//! Must not know: files.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use reqwest::{Client, Url, redirect::Policy};

use crate::{DownloadError, Proxies};

/// Some file hosts refuse programs they do not know, so the usual browser text stands in front of our name.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 pino/",
    env!("CARGO_PKG_VERSION")
);
const MAX_REDIRECTS: usize = 10;
const MAX_IDLE: usize = 32;
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// The clients of a process: building one costs milliseconds, so it happens when the first request is made.
#[derive(Debug, Default)]
pub struct HttpClients {
    built: Mutex<HashMap<(Use, Proxies), Client>>,
}

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Use {
    Files,
    Pages,
    Heads,
}

impl HttpClients {
    /// For files: bytes arrive as the server stores them.
    pub fn files(&self, proxies: &Proxies) -> Result<Client, DownloadError> {
        self.client(Use::Files, proxies)
    }

    /// For answers that are read: compressed transfer is undone.
    pub fn pages(&self, proxies: &Proxies) -> Result<Client, DownloadError> {
        self.client(Use::Pages, proxies)
    }

    /// For questions about a file: redirects are answers.
    pub(crate) fn heads(&self, proxies: &Proxies) -> Result<Client, DownloadError> {
        self.client(Use::Heads, proxies)
    }

    fn client(&self, purpose: Use, proxies: &Proxies) -> Result<Client, DownloadError> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = built.get(&(purpose, proxies.clone())) {
            return Ok(client.clone());
        }
        let client =
            build(purpose, proxies).map_err(|error| DownloadError::Network { cause: causes(&error) })?;
        built.insert((purpose, proxies.clone()), client.clone());
        Ok(client)
    }
}

fn build(purpose: Use, proxies: &Proxies) -> reqwest::Result<Client> {
    let mut builder =
        Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT).redirect(redirects());
    // what the variables of the run say, not those of this process
    builder = builder.no_proxy();
    for proxy in proxies.to_reqwest()? {
        builder = builder.proxy(proxy);
    }
    builder = match purpose {
        // several connections to one host are the point, which HTTP/2 would put into one
        Use::Files => builder.no_gzip().http1_only().pool_max_idle_per_host(MAX_IDLE),
        Use::Pages => builder,
        Use::Heads => builder.no_gzip().redirect(Policy::none()),
    };
    builder.build()
}

/// At most ten, and never from an encrypted address to an open one.
fn redirects() -> Policy {
    Policy::custom(|attempt| {
        let downgrade = attempt.previous().last().is_some_and(|url| url.scheme() == "https")
            && attempt.url().scheme() == "http";
        if downgrade {
            attempt.error("the server redirects from https to http, which is refused")
        } else if attempt.previous().len() > MAX_REDIRECTS {
            attempt.error("too many redirects")
        } else {
            attempt.follow()
        }
    })
}

/// Both belong to one server, so what is secret to one is no news to the other.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// An address without user, password and query: those may hold secrets.
pub fn visible_url(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // both fail only for addresses that cannot carry a user
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

/// An error with everything below it, without the address (which may hold secrets).
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source().or(Some(error));
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad address in a test is a failing test")]
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let url = Url::parse("https://user:pass@h.example/a/b.bin?token=s3cret#x").unwrap();
        assert_eq!(visible_url(&url), "https://h.example/a/b.bin");
    }
}
