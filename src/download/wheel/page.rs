//! The list of a package's files (PEP 503 and 691) and the best of them for this machine.
//!
//! Must not know: configuration.

use std::{fs, path::PathBuf, sync::LazyLock, time::Duration};

use regex::Regex;
use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::Deserialize;

use super::{
    index::Place,
    tags::{Platform, Version, WheelName},
};
use crate::{HttpClients, Proxies};

const ACCEPTED: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";
const PAGE_TIMEOUT: Duration = Duration::from_mins(1);

/// Where a wheel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// On a server.
    Url(Url),
    /// On disk.
    File(PathBuf),
}

/// A wheel somebody offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// File name.
    pub file: String,
    /// Version of the package.
    pub version: String,
    /// Where it is.
    pub source: Source,
    /// Its checksum.
    pub sha256: Option<String>,
    /// Withdrawn by its publisher.
    pub is_yanked: bool,
}

/// What a place offers of a package; a text says why it offers nothing.
pub(super) async fn offers(
    clients: &HttpClients,
    proxies: &Proxies,
    place: &Place,
    package: &str,
) -> Result<Vec<Offer>, String> {
    match place {
        Place::Folder(folder) => Ok(in_folder(folder, package)),
        Place::Page(url) => from_page(clients, proxies, url.clone(), package).await,
        Place::Index(index) => {
            let below = format!("{}/{}/", index.as_str().trim_end_matches('/'), normal_name(package));
            let url = Url::parse(&below).map_err(|error| error.to_string())?;
            from_page(clients, proxies, url, package).await
        }
    }
}

fn in_folder(folder: &std::path::Path, package: &str) -> Vec<Offer> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let offer = |entry: fs::DirEntry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        new_offer(file, Source::File(entry.path()), None, false, package)
    };
    entries.filter_map(offer).collect()
}

async fn from_page(
    clients: &HttpClients,
    proxies: &Proxies,
    url: Url,
    package: &str,
) -> Result<Vec<Offer>, String> {
    let client = clients.pages(proxies).map_err(|error| error.to_string())?;
    let request = client.get(url).header(ACCEPT, ACCEPTED).timeout(PAGE_TIMEOUT);
    let answer = request.send().await.map_err(|error| crate::http::causes(&error))?;
    if answer.status() != StatusCode::OK {
        return Err(format!("status {}", answer.status()));
    }
    let base = answer.url().clone();
    let kind =
        answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = answer.text().await.map_err(|error| crate::http::causes(&error))?;
    if kind.contains("json") {
        from_json(&text, &base, package)
    } else {
        Ok(from_html(&text, &base, package))
    }
}

#[derive(Deserialize)]
struct JsonPage {
    files: Vec<JsonFile>,
}

#[derive(Deserialize)]
struct JsonFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    yanked: serde_json::Value,
}

fn from_json(text: &str, base: &Url, package: &str) -> Result<Vec<Offer>, String> {
    let page: JsonPage =
        serde_json::from_str(text).map_err(|error| format!("an answer that cannot be read ({error})"))?;
    let offer = |file: JsonFile| {
        let url = base.join(&file.url).ok()?;
        let is_yanked = !matches!(file.yanked, serde_json::Value::Null | serde_json::Value::Bool(false));
        new_offer(file.filename, Source::Url(url), file.hashes.get("sha256").cloned(), is_yanked, package)
    };
    Ok(page.files.into_iter().filter_map(offer).collect())
}

static LINK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?is)<a\s([^>]*)>\s*([^<]*?)\s*</a>").ok());
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)href\s*=\s*(?:"([^"]*)"|'([^']*)')"#).ok());

fn from_html(text: &str, base: &Url, package: &str) -> Vec<Offer> {
    let (Some(links), Some(addresses)) = (LINK.as_ref(), ADDRESS.as_ref()) else { return Vec::new() };
    let offer = |link: regex::Captures<'_>| {
        let attributes = &link[1];
        let address = addresses.captures(attributes)?;
        let address = address.get(1).or(address.get(2))?.as_str().replace("&amp;", "&");
        let mut url = base.join(&address).ok()?;
        let sha256 = url.fragment().and_then(|fragment| fragment.strip_prefix("sha256=")).map(str::to_owned);
        url.set_fragment(None);
        new_offer(link[2].to_owned(), Source::Url(url), sha256, attributes.contains("data-yanked"), package)
    };
    links.captures_iter(text).filter_map(offer).collect()
}

fn new_offer(
    file: String,
    source: Source,
    sha256: Option<String>,
    is_yanked: bool,
    package: &str,
) -> Option<Offer> {
    let name = WheelName::parse(&file)?;
    let version = name.version.to_owned();
    (normal_name(name.package) == normal_name(package)).then_some(Offer {
        file,
        version,
        source,
        sha256,
        is_yanked,
    })
}

/// Names of packages are compared in lower case with `-` for `_` and `.` (PEP 503).
fn normal_name(name: &str) -> String {
    let parts: Vec<_> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_lowercase()
}

/// The newest version that has a wheel for this machine, and the most fitting wheel of it.
pub(super) fn best(offers: Vec<Offer>, wanted: Option<&str>, platform: &Platform) -> Option<Offer> {
    let rank = |offer: &Offer| {
        let version = Version::parse(&offer.version)?;
        let fits = match wanted {
            Some(wanted) => offer.version == wanted,
            None => !offer.is_yanked && !version.is_preliminary,
        };
        let score = WheelName::parse(&offer.file)?.score(platform)?;
        fits.then_some((version, score))
    };
    let ranked = offers.into_iter().filter_map(|offer| Some((rank(&offer)?, offer)));
    ranked.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, offer)| offer)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad address in a test is a failing test")]
    use super::{super::tags::Libc, *};

    fn base() -> Url {
        Url::parse("https://u:p@h/simple/uv/").unwrap()
    }

    fn linux() -> Platform {
        Platform { system: "linux", arch: "x86_64", libc: Libc::Gnu(2, 31) }
    }

    #[test]
    fn reads_both_forms() {
        let html = r#"<a href="../../files/uv-0.9.1-py3-none-musllinux_1_1_x86_64.whl#sha256=ab" data-yanked="">uv-0.9.1-py3-none-musllinux_1_1_x86_64.whl</a>
            <a href='https://c/uv-0.9.0-py3-none-win_amd64.whl?x=1&amp;y=2#sha256=cd'>uv-0.9.0-py3-none-win_amd64.whl</a><a href="x">uv-0.9.0.tar.gz</a>"#;
        let offers = from_html(html, &base(), "uv");
        assert_eq!(offers.len(), 2);
        assert!(offers[0].is_yanked && offers[0].sha256.as_deref() == Some("ab"));
        assert!(matches!(&offers[1].source, Source::Url(url) if url.as_str().ends_with("?x=1&y=2")));
        let json = r#"{"files":[{"filename":"uv-0.9.0-py3-none-any.whl","url":"/f.whl","hashes":{"sha256":"ef"},"yanked":false},{"filename":"uv-1.tar.gz","url":"x"}]}"#;
        let offers = from_json(json, &base(), "UV").unwrap();
        assert_eq!((offers.len(), offers[0].sha256.as_deref()), (1, Some("ef")));
        assert!(from_json("<html>", &base(), "uv").is_err());
    }

    #[test]
    fn takes_the_newest_that_fits() {
        let offer = |file: &str, is_yanked| {
            new_offer(file.to_owned(), Source::File(PathBuf::new()), None, is_yanked, "uv").unwrap()
        };
        let offers = vec![
            offer("uv-0.9.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", false),
            offer("uv-0.10.0-py3-none-manylinux_2_28_aarch64.whl", false),
            offer("uv-0.10.0-py3-none-musllinux_1_1_x86_64.whl", false),
            offer("uv-0.10.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", false),
            offer("uv-0.10.1-py3-none-manylinux_2_35_x86_64.whl", false),
            offer("uv-0.11.0rc1-py3-none-manylinux_2_17_x86_64.whl", false),
            offer("uv-0.12.0-py3-none-manylinux_2_17_x86_64.whl", true),
        ];
        let file = |wanted| best(offers.clone(), wanted, &linux()).map(|offer| offer.file);
        assert_eq!(file(None).unwrap(), "uv-0.10.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
        assert_eq!(
            file(Some("0.9.9")).unwrap(),
            "uv-0.9.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
        );
        assert_eq!(file(Some("0.1")), None);
    }
}
