//! `github.create`: a new repository on GitHub for a work tree.
//!
//! Must not know: forks.

use mlua::Value;
use pino_model::Data;
use reqwest::Method as Verb;
use serde_json::json;

use super::{api::Api, repository::Repository};
use crate::{Call, MethodError};

/// `{name: "owner/repo" | "repo", visibility, cwd | path}` → GitHub's repository object.
pub(super) async fn create(call: &Call) -> Result<Value, MethodError> {
    let given = call.required("github.create", "name")?;
    let (owner, name) = split(&given)?;
    let is_private = match call.text("visibility")?.as_deref() {
        None | Some("private") => true,
        Some("public") => false,
        Some(other) => {
            let text = format!("github.create: `visibility` is \"{other}\"; it has to be public or private");
            return Err(MethodError::BadParams(text));
        }
    };
    let (api, repository) = (Api::of(call, "github.create")?, Repository::of(call)?);
    if let Some(origin) = repository.remote("origin").await
        && !is_same(&origin, &given)
    {
        let text = format!(
            "github.create: the folder belongs to {origin} already; remove its remote `origin` first"
        );
        return Err(MethodError::Failed(text));
    }
    let login = api.send(Verb::GET, "/user", None).await?["login"].as_str().unwrap_or_default().to_owned();
    let path = match owner {
        Some(owner) if !owner.eq_ignore_ascii_case(&login) => format!("/orgs/{owner}/repos"),
        _ => "/user/repos".to_owned(),
    };
    let made = api.send(Verb::POST, &path, Some(json!({"name": name, "private": is_private}))).await?;
    repository.set_remote("origin", made["clone_url"].as_str().unwrap_or_default()).await?;
    repository.push("origin", api.token()).await?;
    call.value(&Data::from(made))
}

/// `owner/repo` or `repo`.
fn split(given: &str) -> Result<(Option<&str>, &str), MethodError> {
    let (owner, name) = given.split_once('/').map_or((None, given), |(owner, name)| (Some(owner), name));
    let is_plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && !part.starts_with(['-', '.'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if owner.is_none_or(is_plain) && is_plain(name) {
        return Ok((owner, name));
    }
    Err(MethodError::BadParams(format!(
        "github.create: \"{given}\" is no repository; write `repo` or `owner/repo`"
    )))
}

/// A remote that already is this repository.
fn is_same(origin: &str, given: &str) -> bool {
    let end = origin.trim_end_matches('/').trim_end_matches(".git");
    end.ends_with(&format!("/{given}")) || end.ends_with(&format!(":{given}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_before_they_become_addresses() {
        assert!(matches!(split("me/app"), Ok((Some("me"), "app"))));
        for bad in ["", "a/b/c", "../x", "a b", "-x", "me/"] {
            assert!(split(bad).is_err(), "{bad}");
        }
        assert!(
            is_same("https://github.com/me/app.git", "me/app")
                && !is_same("https://github.com/me/other", "app")
        );
    }
}
