//! Logging in with a code that a person confirms in a browser (RFC 8628), as `hf auth login` does.
//!
//! Must not know: how the code is shown.

use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Hub, HubError, Token};
use crate::{DownloadError, transfer::write_atomically};

/// The public name under which the hub knows its own tools.
const CLIENT: &str = "26be6b09-91c5-47da-9861-d2d2bb7a7e36";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a person needs to confirm the login.
#[derive(Clone, Debug, Deserialize)]
pub struct LoginCode {
    device_code: String,
    /// To be typed in or compared.
    pub user_code: String,
    /// Page to open.
    pub verification_uri: String,
    /// The same with the code in it.
    #[serde(default)]
    pub verification_uri_complete: Option<String>,
    /// How long the code lives, in seconds.
    #[serde(default = "default_life_secs")]
    pub expires_in: u64,
    /// How long to wait between questions, in seconds.
    #[serde(default = "default_interval_secs")]
    pub interval: u64,
}

fn default_life_secs() -> u64 {
    900
}

fn default_interval_secs() -> u64 {
    5
}

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginState {
    /// The token is kept.
    Success,
    /// Nobody has confirmed it in time.
    Timeout,
}

#[derive(Default, Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    error: Option<String>,
}

impl Hub {
    /// Asks for a code.
    pub async fn start_login(&self) -> Result<LoginCode, HubError> {
        let text = self.post("/oauth/device", &[("client_id", CLIENT)]).await?;
        serde_json::from_slice(&text).map_err(|error| self.odd("/oauth/device", &error.to_string()))
    }

    /// Asks again and again until somebody has confirmed; keeps the token.
    pub async fn finish_login(
        &self,
        code: &LoginCode,
        timeout: Duration,
        interval: Duration,
        cancel: &CancellationToken,
    ) -> Result<LoginState, HubError> {
        let end = Instant::now() + timeout.min(Duration::from_secs(code.expires_in));
        let mut pause = interval;
        loop {
            let form =
                [("grant_type", GRANT), ("device_code", code.device_code.as_str()), ("client_id", CLIENT)];
            // whatever is no clear answer may be one next time
            let answer = self.post("/oauth/token", &form).await.ok();
            let answer: TokenAnswer =
                answer.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
            if let Some(token) = answer.access_token.as_deref().and_then(Token::new) {
                keep(&self.config().token_path, &token)?;
                return Ok(LoginState::Success);
            }
            match answer.error.as_deref() {
                Some("slow_down") => pause += Duration::from_secs(5),
                None | Some("authorization_pending") => {}
                Some("expired_token") => return Ok(LoginState::Timeout),
                Some(cause) => return Err(HubError::Login { cause: cause.chars().take(200).collect() }),
            }
            if Instant::now() + pause >= end {
                return Ok(LoginState::Timeout);
            }
            tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled.into()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Whether the hub accepts the token.
    pub async fn is_logged_in(&self) -> bool {
        let Some(token) = &self.config().token else { return false };
        let Ok(client) = self.downloads().clients().pages(self.proxies()) else { return false };
        let request = client.get(format!("{}/api/whoami-v2", self.config().endpoint));
        let answer = request.header("authorization", token.header()).timeout(TIMEOUT).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Forgets the token; false when there was none.
    pub fn log_out(&self) -> Result<bool, HubError> {
        let path = &self.config().token_path;
        match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(HubError::cache("remove", path)(error)),
        }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Vec<u8>, HubError> {
        let url = format!("{}{path}", self.config().endpoint);
        let client = self.downloads().clients().pages(self.proxies())?;
        let body = form.iter().map(|(name, value)| format!("{name}={}", super::names::encode(value, false)));
        let request = client
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.collect::<Vec<_>>().join("&"))
            .timeout(TIMEOUT);
        let answer = request.send().await.map_err(|error| DownloadError::Unreachable {
            url: url.clone(),
            cause: crate::http::causes(&error),
        })?;
        // refusals are JSON too
        if answer.status().is_server_error() {
            return Err(self.odd(path, &format!("status {}", answer.status())));
        }
        let text = answer.bytes().await.map_err(|error| self.odd(path, &crate::http::causes(&error)))?;
        Ok(text.to_vec())
    }

    fn odd(&self, path: &str, cause: &str) -> HubError {
        HubError::Answer { url: format!("{}{path}", self.config().endpoint), cause: cause.to_owned() }
    }
}

/// For its owner only: files written so have the mode 0600.
fn keep(path: &Path, token: &Token) -> Result<(), HubError> {
    super::layout::make_parent(path)?;
    write_atomically(path, token.reveal().as_bytes()).map_err(HubError::cache("write", path))
}
