//! File arguments: local files are uploaded first, addresses are handed over (Gradio's `FileData`).
//!
//! Must not know: endpoints.

use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::{Value as Json, json};

use crate::{Call, MethodError, params::file_error};

/// How deep file arguments are looked for.
const DEEPEST: usize = 8;

/// Replaces every `{path: …}` in the arguments by what the app understands.
pub(super) async fn hand_over(
    call: &Call,
    client: &Client,
    base: &str,
    arguments: &mut Json,
) -> Result<(), MethodError> {
    let mut found = Vec::new();
    collect(arguments, 0, &mut found);
    for argument in found {
        let given = argument["path"].as_str().unwrap_or_default().to_owned();
        *argument = if given.starts_with("http://") || given.starts_with("https://") {
            json!({"path": given, "url": given, "meta": {"_type": "gradio.FileData"}})
        } else {
            upload(call, client, base, &given).await?
        };
    }
    Ok(())
}

/// Objects with a text `path` that are not `FileData` already.
fn collect<'a>(value: &'a mut Json, depth: usize, found: &mut Vec<&'a mut Json>) {
    if depth > DEEPEST {
        return;
    }
    let is_file = value.get("path").is_some_and(Json::is_string) && value.get("meta").is_none();
    if is_file {
        found.push(value);
        return;
    }
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| collect(item, depth + 1, found)),
        Json::Object(members) => members.values_mut().for_each(|item| collect(item, depth + 1, found)),
        _ => {}
    }
}

async fn upload(call: &Call, client: &Client, base: &str, given: &str) -> Result<Json, MethodError> {
    let path = call.readable(given)?;
    let size_bytes = std::fs::metadata(&path).map_err(file_error("read", &path))?.len();
    let file = tokio::fs::File::open(&path).await.map_err(file_error("read", &path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = Part::stream_with_length(reqwest::Body::from(file), size_bytes).file_name(name.clone());
    let request = client.post(format!("{base}/upload")).multipart(Form::new().part("files", part));
    let failed = |error: reqwest::Error| {
        MethodError::Failed(format!(
            "gradio.predict: {given} could not be uploaded: {error}; check that the app runs"
        ))
    };
    let answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let paths: Vec<String> = answer.json().await.map_err(failed)?;
    let stored = paths.into_iter().next().ok_or_else(|| {
        MethodError::Failed(format!("gradio.predict: the app took {given} but did not say where it is"))
    })?;
    Ok(json!({"path": stored, "orig_name": name, "size": size_bytes, "meta": {"_type": "gradio.FileData"}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_wherever_they_are() {
        let mut arguments = json!([{"path": "a.png"}, [{"image": {"path": "b.png"}}], {"path": "c", "meta": {}}, {"path": 1}]);
        let mut found = Vec::new();
        collect(&mut arguments, 0, &mut found);
        let paths: Vec<_> = found.iter().filter_map(|file| file["path"].as_str()).collect();
        assert_eq!(paths, ["a.png", "b.png"]);
    }
}
