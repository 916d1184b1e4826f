//! Git's smart HTTP protocol for libgit2, carried by reqwest.
//!
//! Must not know: packs and refs. A token is sent after the server has asked for one, to the host it belongs to, and never
//! follows a redirect; only the first question of a conversation may be redirected, as in git.

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream};
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
use url::Url;

use crate::{
    SourceError,
    address::shown_url,
    session::{Session, patiently},
};

const MAX_REDIRECTS: usize = 5;
const ADVERTISEMENT: &str = "/info/refs?service=git-upload-pack";

/// The transport of one connection.
pub(super) struct HttpTransport {
    shared: Arc<Shared>,
}

struct Shared {
    session: Arc<Session>,
    /// Where the server said the repository is.
    moved_to: Mutex<Option<String>>,
}

impl HttpTransport {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { shared: Arc::new(Shared { session, moved_to: Mutex::new(None) }) }
    }
}

impl SmartSubtransport for HttpTransport {
    fn action(&self, url: &str, service: Service) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        let moved = self.shared.moved_to.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let base = moved.unwrap_or_else(|| url.trim_end_matches('/').to_owned());
        let (ask, limit) = match service {
            Service::UploadPackLs => (Ask::Refs, Some(self.shared.session.limits.refs_bytes)),
            Service::UploadPack => (Ask::Pack(Vec::new()), self.shared.session.limits.pack_bytes),
            Service::ReceivePackLs | Service::ReceivePack => {
                return Err(git2::Error::from_str("pushing is not supported"));
            }
        };
        Ok(Box::new(Stream {
            shared: Arc::clone(&self.shared),
            base,
            ask,
            response: None,
            chunk: bytes_at(Vec::new()),
            arrived: 0,
            limit,
        }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

enum Ask {
    Refs,
    /// The request as libgit2 writes it.
    Pack(Vec<u8>),
}

struct Stream {
    shared: Arc<Shared>,
    base: String,
    ask: Ask,
    response: Option<Response>,
    chunk: io::Cursor<Vec<u8>>,
    arrived: u64,
    limit: Option<u64>,
}

fn bytes_at(bytes: Vec<u8>) -> io::Cursor<Vec<u8>> {
    io::Cursor::new(bytes)
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.ask {
            Ask::Pack(body) => body.extend_from_slice(bytes),
            Ask::Refs => return Err(io::Error::other("nothing can be sent with this question")),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.chunk.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            let more = self.next_chunk().map_err(|error| self.shared.session.fail(error))?;
            if !more {
                return Ok(0);
            }
        }
    }
}

impl Stream {
    /// Fetches the next piece; false at the end.
    fn next_chunk(&mut self) -> Result<bool, SourceError> {
        let session = Arc::clone(&self.shared.session);
        let response = match &mut self.response {
            Some(response) => response,
            empty => {
                let response = match &mut self.ask {
                    Ask::Refs => self.shared.refs(&self.base)?,
                    Ask::Pack(body) => self.shared.pack(&self.base, std::mem::take(body))?,
                };
                empty.insert(response)
            }
        };
        let chunk = session.runtime.block_on(patiently(&session, response.chunk()))?;
        let Some(chunk) = chunk else { return Ok(false) };
        self.arrived += chunk.len() as u64;
        if self.limit.is_some_and(|limit| self.arrived > limit) {
            return Err(self.too_large());
        }
        self.chunk = bytes_at(chunk.to_vec());
        Ok(true)
    }

    fn too_large(&self) -> SourceError {
        let (what, next_step) = match self.ask {
            Ask::Refs => ("branches and tags", "clone it by hand if you trust the server"),
            Ask::Pack(_) => ("data", "make room on the disk"),
        };
        SourceError::TooLarge {
            address: self.shared.session.shown(),
            what,
            limit: self.limit.unwrap_or_default(),
            next_step,
        }
    }
}

impl Shared {
    /// Asks what the repository has, following redirects.
    fn refs(&self, base: &str) -> Result<Response, SourceError> {
        let mut url = parse(&format!("{base}{ADVERTISEMENT}"))?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask(&Method::GET, &url, None)?;
            if let Some(target) = redirect(&url, &response) {
                url = Self::checked_redirect(&url, &target)?;
                continue;
            }
            check_kind(&url, &response, "application/x-git-upload-pack-advertisement")?;
            if let Some(moved) = url.as_str().strip_suffix(ADVERTISEMENT).filter(|moved| *moved != base) {
                *self.moved_to.lock().unwrap_or_else(PoisonError::into_inner) = Some(moved.to_owned());
            }
            return Ok(response);
        }
        Err(refused(&url, &url, "it redirects too often"))
    }

    /// Asks for a pack. A redirect is not followed here: the first answer has told where the repository is.
    fn pack(&self, base: &str, body: Vec<u8>) -> Result<Response, SourceError> {
        let url = parse(&format!("{base}/git-upload-pack"))?;
        let response = self.ask(&Method::POST, &url, Some(body))?;
        if let Some(target) = redirect(&url, &response) {
            return Err(refused(&url, &target, "a request with content must not be redirected"));
        }
        check_kind(&url, &response, "application/x-git-upload-pack-result")?;
        Ok(response)
    }

    fn checked_redirect(from: &Url, to: &Url) -> Result<Url, SourceError> {
        if from.scheme() == "https" && to.scheme() != "https" {
            return Err(refused(from, to, "it leads from https to an open connection"));
        }
        if !to.as_str().ends_with(ADVERTISEMENT) {
            return Err(refused(from, to, "it does not lead to a repository (a page to log in, perhaps)"));
        }
        Ok(to.clone())
    }

    /// One request; once more with a login when the server asks for one.
    fn ask(&self, method: &Method, url: &Url, body: Option<Vec<u8>>) -> Result<Response, SourceError> {
        let response = self.send(method, url, body.clone(), None)?;
        let asked = matches!(
            response.status(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
        );
        let login = asked.then(|| self.session.login(url)).flatten();
        let had_token = login.is_some();
        let response = match login {
            Some(login) => self.send(method, url, body, Some(login))?,
            None => response,
        };
        let status = response.status();
        if status.is_success() || status.is_redirection() {
            return Ok(response);
        }
        Err(SourceError::Refused { address: self.session.shown(), status: status.as_u16(), had_token })
    }

    fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<Vec<u8>>,
        login: Option<(String, String)>,
    ) -> Result<Response, SourceError> {
        let mut request = self.session.client.request(method.clone(), url.clone());
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/x-git-upload-pack-request")
                .header(ACCEPT, "application/x-git-upload-pack-result")
                .body(body);
        }
        if let Some((user, password)) = login {
            // marked as sensitive by reqwest: it never shows in a log
            request = request.basic_auth(user, Some(password));
        }
        self.session.runtime.block_on(patiently(&self.session, request.send()))
    }
}

fn refused(from: &Url, to: &Url, reason: &'static str) -> SourceError {
    SourceError::Redirect { address: shown_url(from), target: shown_url(to), reason }
}

fn parse(text: &str) -> Result<Url, SourceError> {
    Url::parse(text).map_err(|_reason| SourceError::BadAddress {
        text: text.to_owned(),
        reason: "it cannot be read as a web address",
    })
}

fn redirect(from: &Url, response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let target = response.headers().get(LOCATION)?.to_str().ok()?;
    let mut target = from.join(target).ok()?;
    // a login in a redirect would make us a courier of the server's secrets
    let _ = target.set_username("");
    let _ = target.set_password(None);
    Some(target)
}

fn check_kind(url: &Url, response: &Response, wanted: &str) -> Result<(), SourceError> {
    let kind =
        response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no content type");
    let is_right = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted));
    if is_right && response.status().is_success() {
        return Ok(());
    }
    let kind: String = kind.chars().filter(|letter| !letter.is_control()).take(80).collect();
    let mut shown = url.clone();
    let path = shown.path().trim_end_matches("/info/refs").to_owned();
    shown.set_path(&path);
    Err(SourceError::NotGit { address: shown_url(&shown), kind })
}
