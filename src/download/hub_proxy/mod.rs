//! A caching proxy for the hub: apps get its address as `HF_ENDPOINT`, and what they download is fetched once, resumed and verified.
//!
//! Must not know: apps. It answers programs on this machine only and adds no token of its own: who asks has to be allowed to.

mod answer;
mod route;
mod transfer;
mod upstream;

use std::{
    collections::HashMap,
    convert::Infallible,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_RANGE, HOST, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    DownloadError, DownloadRequest, Downloads, HubConfig, HubError, Progress, Proxies, Target, Token,
    hub::{FileMeta, HubApi, RepoCache, checksum_of},
    transfer::header_text,
};
use answer::Body;
use route::FileRoute;
use transfer::{Reader, Transfers};

/// Clients ask twice for each file, first about it and then for it.
const META_LIFE: Duration = Duration::from_secs(30);
/// More notes than this are thrown away together.
const MAX_METAS: usize = 10_000;

/// Told how far each file is.
pub type ProxyProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Address and who asks.
type Asked = (String, Option<String>);

/// The proxy.
pub struct HubProxy {
    api: HubApi,
    endpoint: String,
    cache: PathBuf,
    downloads: Downloads,
    proxies: Proxies,
    transfers: Arc<Transfers>,
    metas: Mutex<HashMap<Asked, (Instant, FileMeta)>>,
    progress: ProxyProgress,
    cancel: CancellationToken,
}

impl HubProxy {
    /// A proxy of the hub of these settings, with their cache.
    pub fn new(
        downloads: Downloads,
        config: &HubConfig,
        proxies: Proxies,
        progress: ProxyProgress,
        cancel: CancellationToken,
    ) -> Result<Arc<Self>, DownloadError> {
        let api = HubApi::new(downloads.clients(), &proxies, &config.endpoint)?;
        let (endpoint, cache) = (config.endpoint.clone(), config.cache.clone());
        let (transfers, metas) = (Arc::default(), Mutex::default());
        Ok(Arc::new(Self { api, endpoint, cache, downloads, proxies, transfers, metas, progress, cancel }))
    }

    /// Answers until it is cancelled. What is being fetched then is kept and goes on next time.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let clients = TaskTracker::new();
        loop {
            tokio::select! {
                () = self.cancel.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(clients.spawn(Arc::clone(&self).serve_client(stream))),
                    Err(error) => {
                        tracing::warn!(%error, "a client could not be accepted");
                        // out of handles, most likely: give some back first
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        clients.close();
        // downloads save what they have within this time
        tokio::time::timeout(Duration::from_secs(3), clients.wait()).await.ok();
    }

    async fn serve_client(self: Arc<Self>, stream: TcpStream) {
        let cancel = self.cancel.clone();
        let service = service_fn(move |request| {
            let proxy = Arc::clone(&self);
            async move { Ok::<_, Infallible>(proxy.answer(request).await) }
        });
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            result = connection => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a client left");
                }
            }
            () = cancel.cancelled() => {}
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let host = header_text(request.headers(), HOST).unwrap_or_default();
        if !route::is_local_host(&host) {
            return answer::text(
                StatusCode::FORBIDDEN,
                "only programs on this machine may ask; use 127.0.0.1",
            );
        }
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        match FileRoute::parse(request.uri().path()).filter(|_| is_read) {
            Some(file) => self.file(&file, request.method() == Method::HEAD, request.headers()).await,
            None => upstream::pass(&self.api, &self.endpoint, &self.cache.join(".pino-hub"), request).await,
        }
    }

    async fn file(&self, file: &FileRoute, is_head: bool, headers: &HeaderMap) -> Response<Body> {
        let token = header_text(headers, AUTHORIZATION);
        let meta = match self.meta(file, token.as_deref()).await {
            Ok(meta) => meta,
            Err(response) => return *response,
        };
        if is_head {
            let mut response = Response::new(answer::full(Vec::new()));
            answer::describe(&mut response, &meta, None);
            return response;
        }
        let if_range = header_text(headers, IF_RANGE);
        let is_same = if_range.is_none_or(|mark| mark.trim_matches('"') == meta.etag);
        let range = header_text(headers, RANGE).filter(|_| is_same);
        let Ok(range) = range.map_or(Ok(None), |range| route::parse_range(&range, meta.size)) else {
            let mut response = answer::text(StatusCode::RANGE_NOT_SATISFIABLE, "the file is not that long");
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{}", meta.size)) {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            return response;
        };
        self.content(file, &meta, token.as_deref(), range)
    }

    fn content(
        &self,
        file: &FileRoute,
        meta: &FileMeta,
        token: Option<&str>,
        range: Option<(u64, u64)>,
    ) -> Response<Body> {
        let (start, end) = range.map_or((0, meta.size), |(first, last)| (first, last + 1));
        let repo = RepoCache::new(&self.cache, &file.repo);
        let blob = repo.blob(&meta.etag);
        let complete =
            File::open(&blob).ok().filter(|file| file.metadata().is_ok_and(|there| there.len() == meta.size));
        let reader = if let Some(content) = complete {
            note(&repo, file, meta);
            Reader::complete(content, start, end, meta.size)
        } else {
            let (repo, noted, meta_noted) = (repo, file.clone(), meta.clone());
            let transfer = self.transfers.join_or_start(
                blob.clone(),
                || self.request(file, meta, token, &blob),
                &self.downloads,
                move || note(&repo, &noted, &meta_noted),
                Arc::clone(&self.progress),
                &self.cancel,
            );
            Reader::growing(transfer, blob, start, end, meta.size)
        };
        let mut response = Response::new(answer::read(reader));
        if range.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        answer::describe(&mut response, meta, range);
        response
    }

    fn request(
        &self,
        file: &FileRoute,
        meta: &FileMeta,
        token: Option<&str>,
        blob: &Path,
    ) -> DownloadRequest {
        let url = self.api.file_url(&file.repo, &meta.commit, &file.file);
        let mut request = DownloadRequest::new(url, Target::File(blob.to_owned()));
        request.checksum = checksum_of(&meta.etag);
        request.proxies = self.proxies.clone();
        request.label = Some(format!("{}/{}", file.repo, file.file));
        request.headers.extend(token.map(|token| ("authorization".to_owned(), token.to_owned())));
        request
    }

    /// What the file is: asked of the hub, so that it decides who may have it; out of the cache when it cannot be reached.
    async fn meta(&self, file: &FileRoute, token: Option<&str>) -> Result<FileMeta, Box<Response<Body>>> {
        let url = self.api.file_url(&file.repo, &file.revision, &file.file);
        let key = (url, token.map(str::to_owned));
        if let Some(meta) = self.fresh(&key) {
            return Ok(meta);
        }
        let token = token.and_then(|token| token.strip_prefix("Bearer ")).and_then(Token::new);
        let response = match self.api.head_of(&key.0, token.as_ref()).await {
            Ok(response) => response,
            Err(error) => return cached(&self.cache, file).ok_or_else(|| Box::new(failure(&error))),
        };
        match crate::hub::meta_of(response.headers(), response.status()) {
            Some(meta) if !response.status().is_client_error() && !response.status().is_server_error() => {
                let mut metas = self.metas.lock().unwrap_or_else(PoisonError::into_inner);
                if metas.len() >= MAX_METAS {
                    metas.clear();
                }
                metas.insert(key, (Instant::now(), meta.clone()));
                Ok(meta)
            }
            _ if response.status().is_server_error() => {
                cached(&self.cache, file).ok_or_else(|| Box::new(refusal(&response)))
            }
            _ => Err(Box::new(refusal(&response))),
        }
    }

    fn fresh(&self, key: &Asked) -> Option<FileMeta> {
        let metas = self.metas.lock().unwrap_or_else(PoisonError::into_inner);
        metas.get(key).filter(|(at, _)| at.elapsed() < META_LIFE).map(|(_, meta)| meta.clone())
    }
}

/// The file as the cache has it from an earlier time.
fn cached(cache: &Path, file: &FileRoute) -> Option<FileMeta> {
    let repo = RepoCache::new(cache, &file.repo);
    let commit = repo.commit_of(&file.revision)?;
    let link = std::fs::read_link(repo.snapshot(&commit).join(&file.file)).ok()?;
    let etag = link.file_name()?.to_str()?.to_owned();
    let size = std::fs::metadata(repo.blob(&etag)).ok()?.len();
    Some(FileMeta { commit, etag, size })
}

/// Puts the file where apps that look into the cache find it.
fn note(repo: &RepoCache, file: &FileRoute, meta: &FileMeta) {
    let noted = repo
        .link(&meta.commit, &file.file, &meta.etag)
        .and_then(|_| repo.set_commit(&file.revision, &meta.commit));
    if let Err(error) = noted {
        tracing::warn!(%error, "a cached file was not linked");
    }
}

fn failure(error: &HubError) -> Response<Body> {
    upstream::unreachable(&error.to_string())
}

/// The hub's refusal with what `huggingface_hub` reads of it.
fn refusal(response: &reqwest::Response) -> Response<Body> {
    let status = response.status();
    // an answer that describes no file is none
    let status =
        if status.is_success() || status.is_redirection() { StatusCode::BAD_GATEWAY } else { status };
    let mut answer = answer::text(status, "the hub refused this file");
    for name in ["x-error-code", "x-error-message", "x-repo-commit", "retry-after", "www-authenticate"] {
        let name = HeaderName::from_static(name);
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}
