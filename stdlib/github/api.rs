//! Requests to the REST API.
//!
//! Must not know: git.

use pino_download::Proxies;
use reqwest::{Client, Method as Verb};
use serde_json::Value as Json;

use crate::{Call, MethodError};

/// Where the API is when `GITHUB_API_URL` does not say so (the variable GitHub's own runners set).
const PUBLIC_API: &str = "https://api.github.com";

/// The API with somebody's token.
pub(super) struct Api {
    client: Client,
    base: String,
    token: String,
}

impl Api {
    /// Reads token and address from the effective environment.
    pub(super) fn of(call: &Call, method: &str) -> Result<Self, MethodError> {
        let environment = call.host.environment(&call.place.script);
        let token = ["GITHUB_TOKEN", "GH_TOKEN"].iter().find_map(|name| environment.get(*name));
        let token = token.filter(|token| !token.is_empty()).cloned().ok_or_else(|| {
            MethodError::Failed(format!(
                "{method} needs a token of GitHub: set GITHUB_TOKEN in the environment and run again"
            ))
        })?;
        let base = environment.get("GITHUB_API_URL").map_or(PUBLIC_API, String::as_str);
        let proxies = Proxies::from_variables(&environment);
        let client = call.host.downloads().clients().pages(&proxies);
        let client = client.map_err(|error| MethodError::Failed(format!("{method}: {error}")))?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token })
    }

    /// The token, for git.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Sends a request; the answer is GitHub's object.
    pub(super) async fn send(&self, verb: Verb, path: &str, body: Option<Json>) -> Result<Json, MethodError> {
        let mut request = self
            .client
            .request(verb, format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .header("accept", "application/vnd.github+json")
            .header("user-agent", "pino");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            MethodError::Failed(format!(
                "GitHub could not be asked ({path}): {error}; check the network and run again"
            ))
        };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let value: Json = answer.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(value);
        }
        let said = value["message"].as_str().unwrap_or("no reason given");
        let details = value["errors"].as_array().into_iter().flatten();
        let details: Vec<&str> = details.filter_map(|error| error["message"].as_str()).collect();
        let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) };
        Err(MethodError::Failed(format!("GitHub refused {path} with {status}: {said}{details}")))
    }
}
