//! The LFS batch API: which address gives which object.
//!
//! Must not know: working trees.

use std::collections::BTreeMap;

use git2::Repository;
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Pointer;
use crate::{
    Address, SourceError,
    session::{Session, patiently},
};

/// Objects asked for at a time.
pub(super) const MOST: usize = 100;
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";
const ANSWER_BYTES: usize = 8 << 20;

#[derive(Serialize)]
struct Question<'a> {
    operation: &'static str,
    transfers: [&'static str; 1],
    hash_algo: &'static str,
    objects: Vec<Wanted<'a>>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    oid: &'a str,
    size: u64,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    objects: Vec<Offered>,
}

#[derive(Deserialize)]
struct Offered {
    oid: String,
    #[serde(default)]
    actions: BTreeMap<String, Action>,
    error: Option<Complaint>,
}

/// Where an object is.
#[derive(Clone, Deserialize)]
pub(super) struct Action {
    pub(super) href: String,
    #[serde(default)]
    pub(super) header: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Complaint {
    code: u16,
    #[serde(default)]
    message: String,
}

/// Where to ask: what `.lfsconfig` says, else the usual place below the repository's address.
pub(super) fn endpoint(repo: &Repository, real: &Address) -> Result<Url, SourceError> {
    let bad =
        |text: String| SourceError::BadAddress { text, reason: "large files come from web addresses only" };
    let own = repo.workdir().map(|root| root.join(".lfsconfig")).filter(|file| file.is_file());
    let named = own.and_then(|file| git2::Config::open(&file).ok()?.get_string("lfs.url").ok());
    let text = if let Some(named) = named {
        named
    } else {
        let base = real.web_url().ok_or_else(|| bad(real.shown()))?.as_str().trim_end_matches('/');
        format!("{}.git/info/lfs", base.strip_suffix(".git").unwrap_or(base))
    };
    let text = format!("{}/objects/batch", text.trim_end_matches('/'));
    Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| bad(text))
}

/// Asks; each object gets an action or the server's complaint about it.
pub(super) fn ask(
    session: &Session,
    endpoint: &Url,
    pointers: &[&Pointer],
) -> Result<BTreeMap<String, Result<Action, String>>, SourceError> {
    let objects =
        pointers.iter().map(|pointer| Wanted { oid: &pointer.sha256, size: pointer.size }).collect();
    let question = Question { operation: "download", transfers: ["basic"], hash_algo: "sha256", objects };
    let response = session.runtime.block_on(send(session, endpoint, &question))?;
    let bytes = session.runtime.block_on(read(session, response))?;
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|error| SourceError::NotGit {
        address: session.shown(),
        kind: format!("an unreadable LFS answer ({error})"),
    })?;
    Ok(answer.objects.into_iter().map(|offered| (offered.oid.clone(), action(offered))).collect())
}

fn action(offered: Offered) -> Result<Action, String> {
    if let Some(complaint) = offered.error {
        return Err(format!("the server says {} {}", complaint.code, complaint.message));
    }
    offered.actions.get("download").cloned().ok_or_else(|| "the server offers no download of it".to_owned())
}

/// One request; once more with a login when the server asks for one.
async fn send(session: &Session, endpoint: &Url, question: &Question<'_>) -> Result<Response, SourceError> {
    let request = || {
        let body = serde_json::to_vec(question).unwrap_or_default();
        session
            .client
            .post(endpoint.clone())
            .header(ACCEPT, MEDIA_TYPE)
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .body(body)
    };
    let mut response = patiently(session, request().send()).await?;
    let asked =
        matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
    let login = asked.then(|| session.login(endpoint)).flatten();
    let had_token = login.is_some();
    if let Some((user, token)) = login {
        response = patiently(session, request().basic_auth(user, Some(token)).send()).await?;
    }
    if response.status().is_success() {
        return Ok(response);
    }
    Err(SourceError::Refused { address: session.shown(), status: response.status().as_u16(), had_token })
}

async fn read(session: &Session, mut response: Response) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = patiently(session, response.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES {
            return Err(SourceError::TooLarge {
                address: session.shown(),
                what: "words about large files",
                limit: ANSWER_BYTES as u64,
                next_step: "clone it by hand if you trust the server",
            });
        }
    }
    Ok(bytes)
}
