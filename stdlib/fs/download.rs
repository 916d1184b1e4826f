//! `fs.download`: what to fetch, where to, with which token.
//!
//! Must not know: HTTP.

use std::path::Path;

use mlua::Value;
use pino_download::{
    Checksum, DownloadError, DownloadRequest, How, Hub, HubConfig, Outcome, Progress, Proxies, Target,
};

use crate::{Call, MethodError, params::number, progress::progress_data};

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
    let request = prepare(call, address, target, checksum).await?;
    let cancel = call.host.cancellation(&call.place);
    let report = |progress: &Progress| call.packet("progress", progress_data(progress));
    let result = call.host.downloads().fetch(&request, &cancel, &report).await;
    let outcome = result.map_err(failure)?;
    call.print_lines(&format!("{}\n", told(&outcome, &call.place.cwd)));
    Ok(())
}

/// The request with what the environment adds: proxies, the hub's mirror, its token and its checksum.
async fn prepare(
    call: &Call,
    address: String,
    target: Target,
    checksum: Option<Checksum>,
) -> Result<DownloadRequest, MethodError> {
    let environment = call.host.environment(&call.place.script);
    let (hub, proxies) = (HubConfig::from_variables(&environment), Proxies::from_variables(&environment));
    let mut request = DownloadRequest::new(address, target);
    request.mirrors = call.texts("mirrors")?;
    if let Some(mirrored) = hub.mirrored(&request.url) {
        request.mirrors.insert(0, std::mem::replace(&mut request.url, mirrored));
    }
    request.headers = token_header(&hub, &request.url);
    request.checksum_file = call.text("checksum_file")?.filter(|text| !text.trim().is_empty());
    request.connections =
        number(&call.param("connections")?).filter(|count| *count >= 1.0).map(|count| count as usize);
    request.checksum = checksum;
    if request.checksum.is_none() && request.checksum_file.is_none() {
        let hub = Hub::new(call.host.downloads().clone(), hub, proxies.clone());
        request.checksum = tokio::select! {
            () = cancelled(call) => return Err(MethodError::Stopped),
            checksum = hub.checksum_of(&request.url) => checksum,
        };
    }
    request.proxies = proxies;
    Ok(request)
}

async fn cancelled(call: &Call) {
    call.host.cancellation(&call.place).cancelled().await;
}

fn failure(error: DownloadError) -> MethodError {
    match error {
        DownloadError::Cancelled => MethodError::Stopped,
        DownloadError::BadUrl { .. } => MethodError::BadParams(format!("fs.download: {error}")),
        other => MethodError::Failed(format!("fs.download: {other}")),
    }
}

/// The token of the environment goes to the hub it belongs to and nowhere else.
fn token_header(hub: &HubConfig, address: &str) -> Vec<(String, String)> {
    let token = hub.token.as_ref().filter(|_| hub.may_have_token(address));
    token.map(|token| ("authorization".to_owned(), token.header())).into_iter().collect()
}

fn told(outcome: &Outcome, cwd: &Path) -> String {
    let path = outcome.path.strip_prefix(cwd).unwrap_or(&outcome.path).display();
    let what = match outcome.how {
        How::Downloaded => "downloaded",
        How::Resumed => "completed",
        How::Copied => "copied from an earlier download",
        How::AlreadyThere => "already there",
    };
    format!("{path}: {what}, {} bytes", outcome.bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_token_goes_to_its_hub_only() {
        let hub = HubConfig::from_variables(&BTreeMap::from([("HF_TOKEN".to_owned(), " hf_x ".to_owned())]));
        let expected = [("authorization".to_owned(), "Bearer hf_x".to_owned())];
        assert_eq!(token_header(&hub, "https://huggingface.co/a/b/resolve/main/c.bin"), expected);
        for other in [
            "http://huggingface.co/a",
            "https://huggingface.co.evil.example/a",
            "https://example.org/huggingface.co",
        ] {
            assert!(token_header(&hub, other).is_empty(), "{other}");
        }
        let nobody = BTreeMap::from([("HOME".to_owned(), "/nonexistent".to_owned())]);
        assert!(token_header(&HubConfig::from_variables(&nobody), "https://huggingface.co/a").is_empty());
    }
}
