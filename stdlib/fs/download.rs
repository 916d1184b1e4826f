//! `fs.download`: what to fetch, where to, with which token.
//!
//! Must not know: HTTP.

use std::{collections::BTreeMap, path::Path};

use indexmap::IndexMap;
use mlua::Value;
use pino_download::{Checksum, DownloadError, DownloadRequest, How, Outcome, Progress, Proxies, Target};
use pino_model::Data;

use crate::{Call, MethodError};

/// Fetches one file or several, one after the other.
pub(super) async fn download(call: &Call) -> Result<Value, MethodError> {
    let target = target(call)?;
    let mut addresses = call.texts("uri")?;
    if addresses.is_empty() {
        addresses = call.texts("url")?;
    }
    addresses.retain(|address| !address.trim().is_empty());
    if addresses.is_empty() {
        return Err(MethodError::BadParams(
            "fs.download: the parameter \"uri\" (or \"url\") is missing or empty".into(),
        ));
    }
    if addresses.len() > 1 && matches!(target, Target::File(_)) {
        let text = "fs.download: several addresses need \"dir\", because \"path\" names one file";
        return Err(MethodError::BadParams(text.into()));
    }
    let checksum = checksum(call)?;
    for address in addresses {
        fetch(call, address, target.clone(), checksum.clone()).await?;
    }
    Ok(Value::Nil)
}

fn target(call: &Call) -> Result<Target, MethodError> {
    let given = |name: &str| Ok::<_, MethodError>(call.text(name)?.filter(|text| !text.is_empty()));
    if let Some(path) = given("path")? {
        return Ok(Target::File(call.writable(&path)?));
    }
    match given("dir")? {
        Some(folder) => Ok(Target::Directory(call.writable(&folder)?)),
        None => Err(MethodError::BadParams("fs.download: either dir or path must be specified".into())),
    }
}

fn checksum(call: &Call) -> Result<Option<Checksum>, MethodError> {
    let given = match call.text("sha256")? {
        Some(hex) => Some(format!("sha256:{hex}")),
        None => call.text("checksum")?,
    };
    given
        .map(|text| text.parse().map_err(|error| MethodError::BadParams(format!("fs.download: {error}"))))
        .transpose()
}

async fn fetch(
    call: &Call,
    address: String,
    target: Target,
    checksum: Option<Checksum>,
) -> Result<(), MethodError> {
    let environment = call.host.environment(&call.place.script);
    let headers = token_header(&environment, &address);
    let proxies = Proxies::from_variables(&environment);
    let request = DownloadRequest { url: address, target, checksum, headers, proxies };
    let cancel = call.host.cancellation(&call.place);
    let report = |progress: &Progress| call.packet("progress", progress_data(progress));
    let result = call.host.downloads().fetch(&request, &cancel, &report).await;
    let outcome = result.map_err(failure)?;
    call.print_lines(&format!("{}\n", told(&outcome, &call.place.cwd)));
    Ok(())
}

fn failure(error: DownloadError) -> MethodError {
    match error {
        DownloadError::Cancelled => MethodError::Stopped,
        DownloadError::BadUrl { .. } => MethodError::BadParams(format!("fs.download: {error}")),
        other => MethodError::Failed(format!("fs.download: {other}")),
    }
}

/// The token of the environment goes to the hub it belongs to and nowhere else.
fn token_header(environment: &BTreeMap<String, String>, address: &str) -> Vec<(String, String)> {
    let is_hub = reqwest::Url::parse(address.trim()).is_ok_and(|url| {
        url.scheme() == "https"
            && matches!(url.host_str(), Some("huggingface.co" | "hf.co" | "www.huggingface.co"))
    });
    if !is_hub {
        return Vec::new();
    }
    let token = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].iter().find_map(|name| environment.get(*name));
    let header = |token: &String| ("authorization".to_owned(), format!("Bearer {}", token.trim()));
    token.filter(|token| !token.trim().is_empty()).map(header).into_iter().collect()
}

fn progress_data(progress: &Progress) -> Data {
    let mut members = IndexMap::new();
    members.insert("label".to_owned(), Data::String(progress.label.clone()));
    members.insert("done".to_owned(), Data::Number(progress.done as f64));
    if let Some(total) = progress.total {
        members.insert("total".to_owned(), Data::Number(total as f64));
    }
    Data::Object(members)
}

fn told(outcome: &Outcome, cwd: &Path) -> String {
    let path = outcome.path.strip_prefix(cwd).unwrap_or(&outcome.path).display();
    let what = match outcome.how {
        How::Downloaded => "downloaded",
        How::Resumed => "completed",
        How::AlreadyThere => "already there",
    };
    format!("{path}: {what}, {} bytes", outcome.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_its_hub_only() {
        let environment = BTreeMap::from([("HF_TOKEN".to_owned(), " hf_x ".to_owned())]);
        let sent = |address: &str| token_header(&environment, address);
        let expected = [("authorization".to_owned(), "Bearer hf_x".to_owned())];
        assert_eq!(sent("https://huggingface.co/a/b/resolve/main/c.bin"), expected);
        for other in [
            "http://huggingface.co/a",
            "https://huggingface.co.evil.example/a",
            "https://example.org/huggingface.co",
        ] {
            assert!(sent(other).is_empty(), "{other}");
        }
        assert!(token_header(&BTreeMap::new(), "https://huggingface.co/a").is_empty());
    }
}
