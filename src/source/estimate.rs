//! How large a repository is, before it is cloned.
//!
//! Must not know: who asks. Unknown is an answer: nothing is guessed.

use serde::Deserialize;

use crate::{
    Address, Source, SourceError, Watch,
    session::{Session, patiently},
};

/// Size of a repository, as far as its host tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Estimate {
    /// Bytes of the repository with its whole history; a shallow clone takes less.
    pub bytes: Option<u64>,
}

#[derive(Deserialize)]
struct GithubRepository {
    /// KiB
    size: u64,
}

impl Source {
    /// Asks the host. Any failure means "unknown".
    pub fn estimate(&self, address: &Address, watch: &Watch<'_>) -> Result<Estimate, SourceError> {
        let real = self.resolve(address)?;
        if let Some(folder) = real.local_path() {
            return Ok(Estimate { bytes: Some(folder_bytes(folder)) });
        }
        let Some(question) = question(&real) else { return Ok(Estimate::default()) };
        let session = Session::new(self, &real, &watch.cancel)?;
        let answer = session.runtime.block_on(async {
            let response = patiently(&session, session.client.get(question).send()).await?;
            patiently(&session, response.bytes()).await
        });
        match answer {
            Err(SourceError::Cancelled) => Err(SourceError::Cancelled),
            Err(error) => {
                tracing::debug!(%error, "the size of the repository stays unknown");
                Ok(Estimate::default())
            }
            Ok(bytes) => {
                let found: Option<GithubRepository> = serde_json::from_slice(&bytes).ok();
                Ok(Estimate { bytes: found.map(|found| found.size.saturating_mul(1024)) })
            }
        }
    }
}

/// Hosts that tell sizes.
fn question(address: &Address) -> Option<url::Url> {
    let url = address.web_url()?;
    let path = url.path().trim_matches('/').trim_end_matches(".git").to_owned();
    (url.host_str()? == "github.com" && path.split('/').count() == 2)
        .then(|| url::Url::parse(&format!("https://api.github.com/repos/{path}")).ok())
        .flatten()
}

/// Files below a folder, links not followed.
fn folder_bytes(folder: &std::path::Path) -> u64 {
    let mut total = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => total += meta.len(),
                Err(_) => {}
            }
        }
    }
    total
}
