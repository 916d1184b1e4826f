//! `app.download`: a launcher repository into `<home>/api/<name>`; what is wrong with the request is told in the result.
//!
//! Source: spec 30-api-app. Must not know: git.

use mlua::Value;
use pino_model::Data;
use serde_json::json;

use crate::{Call, MethodError, script};

/// `{uri, name?, branch?}` → `{ok: true, name, path, uri, branch?}` or `{ok: false, code, error}`.
pub(super) async fn download(call: &Call) -> Result<Value, MethodError> {
    let uri = call.text("uri")?.unwrap_or_default().trim().to_owned();
    let branch = call.text("branch")?.filter(|branch| !branch.is_empty());
    let answer = match request(call, &uri)? {
        Err((code, error)) => json!({"ok": false, "code": code, "error": error, "uri": uri}),
        Ok(name) => {
            let folder = call.host.home().join("api").join(&name);
            script::clone(call, &uri, &folder, branch.as_deref()).await?;
            let mut answer = json!({"ok": true, "name": name, "path": folder.to_string_lossy(), "uri": uri});
            if let Some(branch) = branch {
                answer["branch"] = branch.into();
            }
            answer
        }
    };
    call.value(&Data::from(answer))
}

/// The folder's name, or code and text of what is wrong.
fn request(call: &Call, uri: &str) -> Result<Result<String, (&'static str, String)>, MethodError> {
    if !is_address(uri) {
        return Ok(Err((
            "INVALID_URI",
            format!("\"{uri}\" is no git address; it begins with https:// or git@"),
        )));
    }
    let name = match call.text("name")? {
        Some(name) => name,
        None => last_segment(uri).to_owned(),
    };
    if !is_folder_name(&name) {
        return Ok(Err((
            "INVALID_NAME",
            format!("\"{name}\" cannot be the name of a folder; give another `name`"),
        )));
    }
    let is_there = call.host.home().join("api").join(&name).symlink_metadata().is_ok();
    Ok(if is_there {
        Err((
            "APP_EXISTS",
            format!("there is an app `{name}` already; give another `name` or remove it first"),
        ))
    } else {
        Ok(name)
    })
}

fn is_address(uri: &str) -> bool {
    let starts = ["https://", "http://", "ssh://", "git@"];
    starts.iter().any(|start| uri.strip_prefix(start).is_some_and(|rest| rest.contains(['/', ':'])))
        && !uri.chars().any(|sign| sign.is_whitespace() || sign.is_control())
}

/// The last part of the address, without `.git`.
fn last_segment(uri: &str) -> &str {
    let end = uri.trim_end_matches('/').trim_end_matches(".git");
    end.rsplit(['/', ':']).next().unwrap_or(end)
}

/// One visible path part.
fn is_folder_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && !name.starts_with('.')
        && !name.starts_with('-')
        && !name.chars().any(|sign| sign.is_control() || "/\\:*?\"<>|".contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_end_of_the_address() {
        for uri in ["https://h/o/app.git", "https://h/o/app/", "git@h:o/app.git", "git@h:app"] {
            assert!(is_address(uri), "{uri}");
            assert_eq!(last_segment(uri), "app", "{uri}");
        }
    }

    #[test]
    fn only_addresses_and_plain_names_pass() {
        for uri in ["", "app", "/etc", "file:///etc", "--upload-pack=x", "https://h", "https://h/a b"] {
            assert!(!is_address(uri), "{uri}");
        }
        for name in ["", ".", "..", ".git", "a/b", "-x", "a\nb", "a\\b"] {
            assert!(!is_folder_name(name), "{name}");
        }
        assert!(is_folder_name("My App.v2"));
    }
}
