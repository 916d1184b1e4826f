//! `github.fork`: a fork of the repository a work tree came from.
//!
//! Must not know: new repositories.

use mlua::Value;
use pino_model::Data;
use reqwest::Method as Verb;
use serde_json::json;

use super::{api::Api, repository::Repository};
use crate::{Call, MethodError};

/// `{name?, org?, cwd | path}` → GitHub's repository object; the fork becomes the remote `fork`.
pub(super) async fn fork(call: &Call) -> Result<Value, MethodError> {
    let (api, repository) = (Api::of(call, "github.fork")?, Repository::of(call)?);
    let source = match repository.remote("upstream").await {
        Some(url) => Some(url),
        None => repository.remote("origin").await,
    };
    let source = source.as_deref().and_then(slug).ok_or_else(|| {
        MethodError::Failed(
            "github.fork: neither `upstream` nor `origin` of this folder is a repository on GitHub"
                .to_owned(),
        )
    })?;
    let mut body = json!({});
    for (member, parameter) in [("name", "name"), ("organization", "org")] {
        if let Some(text) = call.text(parameter)? {
            body[member] = text.into();
        }
    }
    let made = api.send(Verb::POST, &format!("/repos/{source}/forks"), Some(body)).await?;
    repository.set_remote("fork", made["clone_url"].as_str().unwrap_or_default()).await?;
    call.value(&Data::from(made))
}

/// `owner/repo` of an address.
fn slug(url: &str) -> Option<String> {
    let end = url.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = end.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    let is_plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (is_plain(name) && is_plain(owner)).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_owner_and_name_of_both_kinds_of_address() {
        for url in
            ["https://github.com/me/app.git", "git@github.com:me/app.git", "ssh://git@github.com/me/app"]
        {
            assert_eq!(slug(url).as_deref(), Some("me/app"), "{url}");
        }
        assert_eq!(slug("/srv/x y/app"), None);
    }
}
