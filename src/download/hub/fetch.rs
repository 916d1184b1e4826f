//! Fetching files of a repository into the cache or a folder.
//!
//! Must not know: who asked.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use tokio_util::sync::CancellationToken;

use super::{
    HubConfig, HubError, RepoCache, RepoId,
    api::{FileMeta, HubApi, Listed},
    checksum_of,
    glob::Patterns,
    local::LocalFile,
};
use crate::{Checksum, DownloadError, DownloadRequest, Downloads, OnProgress, Proxies, Target, disk};

/// Files of one repository at once; each large one uses several connections.
const FILES_AT_ONCE: usize = 4;
/// Time for downloads to keep what they have when they are stopped.
const GRACE: Duration = Duration::from_secs(3);
/// The newest version.
const MAIN: &str = "main";

/// The hub as one person uses it.
#[derive(Clone, Debug)]
pub struct Hub {
    downloads: Downloads,
    config: HubConfig,
    proxies: Proxies,
}

/// What of a repository is wanted.
#[derive(Clone, Debug)]
pub struct RepoRequest {
    /// The repository.
    pub repo: RepoId,
    /// Branch, tag or commit; nothing means the newest.
    pub revision: Option<String>,
    /// These files; none means all.
    pub files: Vec<String>,
    /// Of all files, those that fit one of these.
    pub include: Vec<String>,
    /// And none of these.
    pub exclude: Vec<String>,
    /// Not into the cache but here.
    pub local_dir: Option<PathBuf>,
    /// Fetch again what is there.
    pub force: bool,
}

impl RepoRequest {
    /// All of a repository's newest version.
    pub fn all(repo: RepoId) -> Self {
        let (files, include, exclude) = (Vec::new(), Vec::new(), Vec::new());
        Self { repo, revision: None, files, include, exclude, local_dir: None, force: false }
    }
}

/// What is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubOutcome {
    /// The snapshot, or the folder that was asked for.
    pub folder: PathBuf,
    /// The wanted files.
    pub files: Vec<PathBuf>,
    /// Which version it is.
    pub commit: String,
    /// Bytes of the wanted files.
    pub bytes: u64,
}

impl Hub {
    /// A hub for these settings.
    pub fn new(downloads: Downloads, config: HubConfig, proxies: Proxies) -> Self {
        Self { downloads, config, proxies }
    }

    /// The settings.
    pub fn config(&self) -> &HubConfig {
        &self.config
    }

    pub(super) fn downloads(&self) -> &Downloads {
        &self.downloads
    }

    pub(super) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    fn api(&self) -> Result<HubApi, HubError> {
        Ok(HubApi::new(self.downloads.clients(), &self.proxies, &self.config.endpoint)?)
    }

    /// What the file at an address of the hub must be; nothing when the hub does not say.
    pub async fn checksum_of(&self, url: &str) -> Option<Checksum> {
        let is_file = url.split(['?', '#']).next().is_some_and(|path| path.contains("/resolve/"));
        if !is_file || !self.config.may_have_token(url) {
            return None;
        }
        let response = self.api().ok()?.head_of(url, self.config.token.as_ref()).await.ok()?;
        let meta = super::api::meta_of(response.headers(), response.status())?;
        checksum_of(&meta.etag)
    }

    /// Fetches what is wanted and not there yet.
    pub async fn fetch(
        &self,
        wanted: &RepoRequest,
        cancel: &CancellationToken,
        progress: OnProgress<'_>,
    ) -> Result<HubOutcome, HubError> {
        if self.config.is_offline {
            return self.cached(wanted);
        }
        let work = std::pin::pin!(self.fetch_online(wanted, cancel, progress));
        let mut work = work;
        tokio::select! {
            result = &mut work => result,
            // downloads end by themselves and keep what they have; questions to the hub do not
            () = cancel.cancelled() => {
                let ended = tokio::time::timeout(GRACE, work).await;
                ended.unwrap_or_else(|_elapsed| Err(DownloadError::Cancelled.into()))
            }
        }
    }

    async fn fetch_online(
        &self,
        wanted: &RepoRequest,
        cancel: &CancellationToken,
        progress: OnProgress<'_>,
    ) -> Result<HubOutcome, HubError> {
        let api = self.api()?;
        let revision = wanted.revision.as_deref().unwrap_or(MAIN);
        let (commit, files) = self.wanted_files(&api, wanted, revision).await?;
        let cache = RepoCache::new(&self.config.cache, &wanted.repo);
        let folder = wanted.local_dir.clone().unwrap_or_else(|| cache.snapshot(&commit));
        check_room(&folder, &files)?;
        let context =
            Context { hub: self, api: &api, wanted, cache: &cache, commit: &commit, cancel, progress };
        let work: Vec<BoxFuture<'_, _>> =
            files.iter().map(|file| context.fetch_file(&file.path).boxed()).collect();
        let fetched: Vec<(PathBuf, u64)> = stream::iter(work).buffered(FILES_AT_ONCE).try_collect().await?;
        if wanted.local_dir.is_none() {
            cache.set_commit(revision, &commit)?;
        }
        let bytes = fetched.iter().map(|(_, bytes)| bytes).sum();
        let files = fetched.into_iter().map(|(path, _)| path).collect();
        Ok(HubOutcome { folder, files, commit, bytes })
    }

    async fn wanted_files(
        &self,
        api: &HubApi,
        wanted: &RepoRequest,
        revision: &str,
    ) -> Result<(String, Vec<Listed>), HubError> {
        let token = self.config.token.as_ref();
        if !wanted.files.is_empty() {
            // one question less, and it works where lists are not offered
            let commit = api.head(&wanted.repo, revision, &wanted.files[0], token).await?.commit;
            let files = wanted.files.iter().map(|file| Listed { path: file.clone(), size: None });
            return Ok((commit, files.collect()));
        }
        let (commit, names) = api.info(&wanted.repo, revision, token).await?;
        let listed = match api.tree(&wanted.repo, &commit, token).await {
            Ok(files) => files,
            Err(HubError::NoRepo { .. } | HubError::NoFile { .. }) if !names.is_empty() => names,
            Err(error) => return Err(error),
        };
        let patterns = Patterns::new(&wanted.include, &wanted.exclude)?;
        let files: Vec<_> = listed.into_iter().filter(|file| patterns.wants(&file.path)).collect();
        if files.is_empty() {
            return Err(HubError::NothingFits { repo: wanted.repo.to_string() });
        }
        Ok((commit, files))
    }

    fn cached(&self, wanted: &RepoRequest) -> Result<HubOutcome, HubError> {
        let cache = RepoCache::new(&self.config.cache, &wanted.repo);
        let missing = || HubError::Offline { repo: wanted.repo.to_string() };
        let commit = cache.commit_of(wanted.revision.as_deref().unwrap_or(MAIN)).ok_or_else(missing)?;
        let folder = cache.snapshot(&commit);
        let files: Vec<_> = wanted.files.iter().map(|file| folder.join(file)).collect();
        if !folder.is_dir() || !files.iter().all(|file| file.is_file()) {
            return Err(missing());
        }
        let bytes = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        Ok(HubOutcome { folder, files, commit, bytes })
    }
}

/// Whether all of it has room; what is there already does not count against it.
fn check_room(folder: &Path, files: &[Listed]) -> Result<(), HubError> {
    let missing = files.iter().filter(|file| !folder.join(&file.path).exists());
    let needed_bytes: u64 = missing.filter_map(|file| file.size).sum();
    let existing = folder.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("/"));
    match disk::available_bytes(existing) {
        Some(available_bytes) if available_bytes < needed_bytes => {
            let path = folder.to_owned();
            Err(DownloadError::DiskFull { path, needed_bytes, available_bytes }.into())
        }
        _ => Ok(()),
    }
}

/// What fetching each file needs.
struct Context<'a> {
    hub: &'a Hub,
    api: &'a HubApi,
    wanted: &'a RepoRequest,
    cache: &'a RepoCache,
    commit: &'a str,
    cancel: &'a CancellationToken,
    progress: OnProgress<'a>,
}

impl Context<'_> {
    async fn fetch_file(&self, file: &str) -> Result<(PathBuf, u64), HubError> {
        let token = self.hub.config.token.as_ref();
        let meta = self.api.head(&self.wanted.repo, self.commit, file, token).await?;
        match &self.wanted.local_dir {
            Some(folder) => self.fetch_to_folder(folder, file, &meta).await,
            None => self.fetch_to_cache(file, &meta).await,
        }
    }

    async fn fetch_to_cache(&self, file: &str, meta: &FileMeta) -> Result<(PathBuf, u64), HubError> {
        let blob = self.cache.blob(&meta.etag);
        let is_there = || blob.metadata().is_ok_and(|there| there.len() == meta.size);
        if self.wanted.force || !is_there() {
            let _lock = self.cache.lock(&meta.etag, self.cancel).await?;
            if self.wanted.force || !is_there() {
                self.cache.adopt_incomplete(&meta.etag)?;
                self.fetch_content(file, meta, &blob).await?;
            }
        }
        Ok((self.cache.link(self.commit, file, &meta.etag)?, meta.size))
    }

    async fn fetch_to_folder(
        &self,
        folder: &Path,
        file: &str,
        meta: &FileMeta,
    ) -> Result<(PathBuf, u64), HubError> {
        let local = LocalFile::new(folder, file)?;
        if self.wanted.force || !local.is_current(meta) {
            self.fetch_content(file, meta, &local.path).await?;
            local.note(meta)?;
        }
        Ok((local.path, meta.size))
    }

    async fn fetch_content(&self, file: &str, meta: &FileMeta, target: &Path) -> Result<(), HubError> {
        let url = self.api.file_url(&self.wanted.repo, self.commit, file);
        let mut request = DownloadRequest::new(url, Target::File(target.to_owned()));
        request.checksum = checksum_of(&meta.etag);
        request.proxies = self.hub.proxies.clone();
        request.label = Some(file.to_owned());
        if let Some(token) = &self.hub.config.token {
            request.headers.push(("authorization".to_owned(), token.header()));
        }
        self.hub.downloads.fetch(&request, self.cancel, self.progress).await?;
        Ok(())
    }
}
