//! Questions to the hub: what a repository holds, which version of a file a revision means.
//!
//! Must not know: where files are kept.

use std::time::Duration;

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderMap, HeaderName, LINK, LOCATION},
};
use serde::Deserialize;

use super::{HubError, RepoId, Token, names::encode};
use crate::{DownloadError, HttpClients, Proxies, http::same_origin, transfer::header_text, visible_url};

const TIMEOUT: Duration = Duration::from_mins(1);
/// A list of files is far shorter than this.
const MAX_PAGE_BYTES: usize = 64 << 20;
const MAX_PAGES: usize = 1000;
const MAX_REDIRECTS: usize = 5;

const COMMIT: HeaderName = HeaderName::from_static("x-repo-commit");
const LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const LINKED_SIZE: HeaderName = HeaderName::from_static("x-linked-size");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

/// The hub's API.
#[derive(Clone, Debug)]
pub(crate) struct HubApi {
    heads: Client,
    pages: Client,
    endpoint: String,
}

/// What the hub says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileMeta {
    /// The commit the revision means.
    pub commit: String,
    /// Names the content: SHA-256 of large files, Git's name of small ones.
    pub etag: String,
    /// Size.
    pub size: u64,
}

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its name.
    pub path: String,
    /// Its size, when the hub tells.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
struct Info {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

#[derive(Deserialize)]
struct TreeEntry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    size: Option<u64>,
}

impl HubApi {
    pub(crate) fn new(
        clients: &HttpClients,
        proxies: &Proxies,
        endpoint: &str,
    ) -> Result<Self, DownloadError> {
        let (heads, pages) = (clients.heads(proxies)?, clients.pages(proxies)?);
        Ok(Self { heads, pages, endpoint: endpoint.trim_end_matches('/').to_owned() })
    }

    /// The address of a file.
    pub(crate) fn file_url(&self, repo: &RepoId, revision: &str, file: &str) -> String {
        let (revision, file) = (encode(revision, false), encode(file, true));
        format!("{}/{}/resolve/{revision}/{file}", self.endpoint, repo.prefix())
    }

    /// Any question to the hub, as it is.
    pub(crate) fn request(&self, method: reqwest::Method, path_and_query: &str) -> reqwest::RequestBuilder {
        self.heads.request(method, format!("{}{path_and_query}", self.endpoint))
    }

    /// Which commit a revision means and, as a fall-back, the names of its files.
    pub(crate) async fn info(
        &self,
        repo: &RepoId,
        revision: &str,
        token: Option<&Token>,
    ) -> Result<(String, Vec<Listed>), HubError> {
        let kind = repo.kind.plural();
        let url =
            format!("{}/api/{kind}/{}/revision/{}", self.endpoint, repo.name(), encode(revision, false));
        let (text, _) = self.page(&url, token, repo, revision).await?;
        let info: Info = serde_json::from_slice(&text).map_err(|error| answer(&url, error))?;
        let is_commit = info.sha.len() == 40 && info.sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_commit {
            return Err(answer(&url, "it names no commit"));
        }
        let files = info.siblings.into_iter().map(|sibling| Listed { path: sibling.rfilename, size: None });
        Ok((info.sha, files.collect()))
    }

    /// All files of a commit with their sizes.
    pub(crate) async fn tree(
        &self,
        repo: &RepoId,
        commit: &str,
        token: Option<&Token>,
    ) -> Result<Vec<Listed>, HubError> {
        let kind = repo.kind.plural();
        let mut next =
            Some(format!("{}/api/{kind}/{}/tree/{commit}?recursive=true", self.endpoint, repo.name()));
        let mut files = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next else { break };
            let (text, headers) = self.page(&url, token, repo, commit).await?;
            let entries: Vec<TreeEntry> =
                serde_json::from_slice(&text).map_err(|error| answer(&url, error))?;
            let is_file = |entry: &TreeEntry| entry.kind == "file";
            files.extend(
                entries
                    .into_iter()
                    .filter(is_file)
                    .map(|entry| Listed { path: entry.path, size: entry.size }),
            );
            next = next_page(&headers).and_then(|next| self.here(&next));
        }
        Ok(files)
    }

    /// The next page, asked where the first one was: mirrors often pass on the hub's own links, and the token stays here.
    fn here(&self, next: &str) -> Option<String> {
        let base = Url::parse(&self.endpoint).ok()?;
        let next = base.join(next).ok()?;
        Some(format!("{}{}?{}", self.endpoint, next.path(), next.query().unwrap_or_default()))
    }

    async fn page(
        &self,
        url: &str,
        token: Option<&Token>,
        repo: &RepoId,
        revision: &str,
    ) -> Result<(Vec<u8>, HeaderMap), HubError> {
        let mut request = self.pages.get(url).timeout(TIMEOUT);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token.header());
        }
        let mut response = request.send().await.map_err(|error| unreachable(url, &error))?;
        if !response.status().is_success() {
            return Err(self.refusal(&response, repo, revision, None));
        }
        let mut text = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| answer(url, crate::http::causes(&error)))?
        {
            text.extend_from_slice(&chunk);
            if text.len() > MAX_PAGE_BYTES {
                return Err(answer(url, "it is too long"));
            }
        }
        Ok((text, response.headers().clone()))
    }

    /// Which version of a file a revision means.
    pub(crate) async fn head(
        &self,
        repo: &RepoId,
        revision: &str,
        file: &str,
        token: Option<&Token>,
    ) -> Result<FileMeta, HubError> {
        let shown = self.file_url(repo, revision, file);
        let response = self.head_of(&shown, token).await?;
        if !(response.status().is_success() || response.status().is_redirection()) {
            return Err(self.refusal(&response, repo, revision, Some(file)));
        }
        meta_of(response.headers(), response.status()).ok_or_else(|| answer(&shown, "it describes no file"))
    }

    /// Follows redirects on the hub itself (a repository has a new name), not those to where the bytes are.
    pub(crate) async fn head_of(&self, url: &str, token: Option<&Token>) -> Result<Response, HubError> {
        let mut url = Url::parse(url).map_err(|error| answer(url, error))?;
        let hub = url.clone();
        for _ in 0..MAX_REDIRECTS {
            let mut request =
                self.heads.head(url.clone()).header(ACCEPT_ENCODING, "identity").timeout(TIMEOUT);
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, token.header());
            }
            let response = request.send().await.map_err(|error| unreachable(url.as_str(), &error))?;
            let location =
                header_text(response.headers(), LOCATION).filter(|_| response.status().is_redirection());
            let next = location.and_then(|location| url.join(&location).ok());
            let is_described = response.headers().contains_key(LINKED_ETAG);
            match next {
                Some(next) if same_origin(&next, &hub) && !is_described => url = next,
                _ => return Ok(response),
            }
        }
        Err(answer(url.as_str(), "it redirects in circles"))
    }

    fn refusal(&self, response: &Response, repo: &RepoId, revision: &str, file: Option<&str>) -> HubError {
        let (repo_name, status) = (repo.to_string(), response.status());
        let code = header_text(response.headers(), ERROR_CODE).unwrap_or_default();
        match (code.as_str(), status) {
            ("GatedRepo", _) => {
                HubError::Gated { page: format!("{}/{}", self.endpoint, repo.prefix()), repo: repo_name }
            }
            ("RevisionNotFound", _) => {
                HubError::NoRevision { repo: repo_name, revision: revision.to_owned() }
            }
            ("EntryNotFound", _) => {
                HubError::NoFile { repo: repo_name, file: file.unwrap_or_default().to_owned() }
            }
            ("RepoNotFound", _) | (_, StatusCode::UNAUTHORIZED) => HubError::NoRepo { repo: repo_name },
            (_, StatusCode::NOT_FOUND) => match file {
                Some(file) => HubError::NoFile { repo: repo_name, file: file.to_owned() },
                None => HubError::NoRepo { repo: repo_name },
            },
            _ => HubError::Download(DownloadError::Status {
                url: visible_url(response.url()),
                status,
                retry_after: None,
            }),
        }
    }
}

/// What the headers say about a file.
pub(crate) fn meta_of(headers: &HeaderMap, status: StatusCode) -> Option<FileMeta> {
    let etag = header_text(headers, LINKED_ETAG).or_else(|| header_text(headers, ETAG))?;
    let etag = etag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let is_name = !etag.is_empty()
        && etag.len() <= 128
        && etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let length = header_text(headers, CONTENT_LENGTH).filter(|_| !status.is_redirection());
    let size = header_text(headers, LINKED_SIZE).or(length)?.trim().parse().ok()?;
    let commit = header_text(headers, COMMIT)?;
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_name && is_commit).then_some(FileMeta { commit, etag, size })
}

/// `<https://…>; rel="next"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let link = header_text(headers, LINK)?;
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
}

fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "the hub".to_owned(), |url| visible_url(&url))
}

fn answer(url: &str, cause: impl ToString) -> HubError {
    HubError::Answer { url: shown(url), cause: cause.to_string() }
}

fn unreachable(url: &str, error: &reqwest::Error) -> HubError {
    DownloadError::Unreachable { url: shown(url), cause: crate::http::causes(error) }.into()
}
