//! One thing to wait for: an address that answers, a port that is open, a file that is there (npm wait-on's notation).
//!
//! Must not know: what waits for it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::MethodError;

/// What is looked at.
#[derive(Debug, PartialEq)]
pub(super) enum Resource {
    /// A request is answered with success.
    Http { address: String, get: bool },
    /// Something accepts connections.
    Tcp { host: String, port: u16 },
    /// A file is there.
    File(PathBuf),
    /// A unix socket accepts connections.
    Socket(PathBuf),
}

impl Resource {
    /// An address asked with GET.
    pub(super) fn get(address: &str) -> Result<Self, MethodError> {
        if address.starts_with("http://") || address.starts_with("https://") {
            return Ok(Self::Http { address: address.to_owned(), get: true });
        }
        Err(MethodError::BadParams(format!(
            "process.wait: \"{address}\" is no address; it has to begin with http:// or https://"
        )))
    }

    /// Reads wait-on's notation.
    pub(super) fn parse(text: &str, cwd: &Path) -> Result<Self, MethodError> {
        let bad = || MethodError::BadParams(format!("process.wait: \"{text}\" is nothing to wait for"));
        if text.is_empty() {
            return Err(bad());
        }
        for (prefix, scheme) in [("http-get://", "http://"), ("https-get://", "https://")] {
            if let Some(rest) = text.strip_prefix(prefix) {
                return Ok(Self::Http { address: format!("{scheme}{rest}"), get: true });
            }
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Http { address: text.to_owned(), get: false });
        }
        if let Some(rest) = text.strip_prefix("tcp:") {
            let rest = rest.trim_start_matches('/');
            let (host, port) = rest.rsplit_once(':').unwrap_or(("localhost", rest));
            let port = port.parse().ok().ok_or_else(bad)?;
            return Ok(Self::Tcp { host: if host.is_empty() { "localhost" } else { host }.to_owned(), port });
        }
        if let Some(rest) = text.strip_prefix("socket:") {
            return Ok(Self::Socket(cwd.join(rest)));
        }
        Ok(Self::File(cwd.join(text.strip_prefix("file:").unwrap_or(text))))
    }

    /// Looks again and again until it is there.
    pub(super) async fn wait(&self, interval: Duration, request_limit: Duration) -> Result<(), MethodError> {
        let client = match self {
            Self::Http { .. } => Some(client()?),
            _ => None,
        };
        loop {
            let there =
                timeout(request_limit.max(Duration::from_millis(100)), self.is_there(client.as_ref())).await;
            if there.unwrap_or(false) {
                return Ok(());
            }
            sleep(interval.max(Duration::from_millis(10))).await;
        }
    }

    async fn is_there(&self, client: Option<&reqwest::Client>) -> bool {
        match (self, client) {
            (Self::Http { address, get }, Some(client)) => {
                let request = if *get { client.get(address) } else { client.head(address) };
                request.send().await.is_ok_and(|answer| answer.status().is_success())
            }
            (Self::Http { .. }, None) => false,
            (Self::Tcp { host, port }, _) => {
                tokio::net::TcpStream::connect((host.as_str(), *port)).await.is_ok()
            }
            (Self::File(path), _) => path.exists(),
            (Self::Socket(path), _) => tokio::net::UnixStream::connect(path).await.is_ok(),
        }
    }
}

fn client() -> Result<reqwest::Client, MethodError> {
    let failed = |error| MethodError::Failed(format!("process.wait: no HTTP client: {error}"));
    // a certificate made by the app itself is fine here: only the status counts
    reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_notation_of_wait_on() {
        let cwd = Path::new("/app");
        let cases = [
            (
                "http-get://localhost:1/x",
                Resource::Http { address: "http://localhost:1/x".into(), get: true },
            ),
            ("https://h/", Resource::Http { address: "https://h/".into(), get: false }),
            ("tcp:42003", Resource::Tcp { host: "localhost".into(), port: 42003 }),
            ("tcp:127.0.0.1:80", Resource::Tcp { host: "127.0.0.1".into(), port: 80 }),
            ("file:a/b", Resource::File("/app/a/b".into())),
            ("/x", Resource::File("/x".into())),
        ];
        for (text, wanted) in cases {
            assert_eq!(Resource::parse(text, cwd).ok(), Some(wanted), "{text}");
        }
        assert!(Resource::parse("tcp:x", cwd).is_err() && Resource::parse("", cwd).is_err());
    }
}
