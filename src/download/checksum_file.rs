//! Checksum files beside downloads (`model.bin.sha256`, `SHA256SUMS`): which line is about this file.
//!
//! Must not know: how files are fetched.

use std::time::Duration;

use reqwest::{Client, Url};

use crate::{Checksum, DownloadError, Target, visible_url};

/// A list of all files of a release is far smaller.
const MAX_BYTES: usize = 4 << 20;
const TIMEOUT: Duration = Duration::from_mins(1);

/// The checksum such a file gives for the file at `url`.
pub(crate) async fn fetch(
    client: &Client,
    address: &Url,
    url: &Url,
    target: &Target,
) -> Result<Checksum, DownloadError> {
    let mut names = vec![last_segment(url)];
    if let Target::File(path) = target {
        names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
    }
    let failed = |cause: String| DownloadError::NoChecksum {
        url: visible_url(address),
        file: names.first().cloned().unwrap_or_default(),
        cause,
    };
    let mut answer = client
        .get(address.clone())
        .timeout(TIMEOUT)
        .send()
        .await
        .map_err(|error| failed(crate::http::causes(&error)))?;
    if !answer.status().is_success() {
        return Err(failed(format!("it answered {}", answer.status())));
    }
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(crate::http::causes(&error)))? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_BYTES {
            return Err(failed("it is too large for a checksum file".to_owned()));
        }
    }
    find(&String::from_utf8_lossy(&text), &names).ok_or_else(|| failed("no line fits".to_owned()))
}

fn last_segment(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    last.replace("%20", " ")
}

/// The checksum a checksum file has for a file of one of these names. Reads `DIGITS  name`, `DIGITS *name`, `SHA256 (name) = DIGITS`, or digits alone.
pub fn find(text: &str, names: &[String]) -> Option<Checksum> {
    let lines: Vec<_> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let is_named =
        |name: &str| names.iter().any(|wanted| name.rsplit(['/', '\\']).next() == Some(wanted.as_str()));
    let named = lines.iter().find_map(|line| {
        let (name, digits) = split(line)?;
        is_named(name).then(|| digits.parse().ok()).flatten()
    });
    named.or_else(|| match lines.as_slice() {
        // one line without a name, or with a name the publisher changed
        [line] => line.split_whitespace().next()?.parse().ok(),
        _ => None,
    })
}

/// Name and digits of a line.
fn split(line: &str) -> Option<(&str, &str)> {
    if let Some((left, digits)) = line.rsplit_once(") = ") {
        return Some((left.split_once('(')?.1, digits.trim()));
    }
    let (digits, name) = line.split_once(char::is_whitespace)?;
    Some((name.trim_start().trim_start_matches('*'), digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_forms() {
        let (a, b) = ("a".repeat(64), "b".repeat(32));
        let names = ["model.bin".to_owned()];
        let found = |text: &str| find(text, &names).map(|checksum| checksum.hex);
        assert_eq!(found(&format!("{a}\n")), Some(a.clone()));
        assert_eq!(found(&format!("{b}  other\n{a} *dist/model.bin\n")), Some(a.clone()));
        assert_eq!(found(&format!("SHA256 (model.bin) = {a}")), Some(a.clone()));
        assert_eq!(found(&format!("{a}  renamed.bin")), Some(a.clone()));
        assert_eq!(found(&format!("{a}  one\n{b}  two")), None);
        assert_eq!(found("<html>"), None);
    }
}
