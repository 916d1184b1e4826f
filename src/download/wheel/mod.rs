//! A program out of a wheel of a Python package index: `uv` is published there for every platform, with checksums.
//!
//! Must not know: Python. One file of the wheel is taken, nothing is installed into any environment.

mod index;
mod page;
mod tags;
mod unpack;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use crate::{Checksum, DownloadError, DownloadRequest, Downloads, OnProgress, Proxies, Target};
use page::Offer;

/// What to fetch and where to put it.
#[derive(Clone, Debug)]
pub struct WheelProgram<'a> {
    /// Name of the package.
    pub package: &'a str,
    /// Name of the program in it.
    pub program: &'a str,
    /// This version, or the newest.
    pub version: Option<&'a str>,
    /// Folder for the program.
    pub into: &'a Path,
    /// Variables that name indexes (`UV_DEFAULT_INDEX`, `PIP_INDEX_URL`, …), `HOME` among them.
    pub env: &'a BTreeMap<String, String>,
}

/// The program where it was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledProgram {
    /// Its path.
    pub path: PathBuf,
    /// Version of the package.
    pub version: String,
}

/// Failure to get a program.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// No index has it.
    #[error("no package index offers {package}{} for this platform (asked: {asked}); {}", wanted(.version.as_deref()), next_step(.package))]
    NotOffered {
        /// The package.
        package: String,
        /// The version asked for.
        version: Option<String>,
        /// Where was looked, with what each answered.
        asked: String,
    },
    /// The index gives no checksum, so nothing says that the file is the right one.
    #[error("{index} gives no sha256 checksum for {file}, so it is not used; {}", next_step(.package))]
    NoChecksum {
        /// The package.
        package: String,
        /// The index.
        index: String,
        /// The wheel.
        file: String,
    },
    /// The wheel holds no such program.
    #[error("{file} holds no program {program}; {}", next_step(.program))]
    NoProgram {
        /// The wheel.
        file: String,
        /// The program.
        program: String,
    },
    /// The wheel cannot be read.
    #[error("{file} cannot be unpacked: {cause}; run the step again to fetch it anew")]
    Broken {
        /// The wheel.
        file: String,
        /// What the reader says.
        cause: String,
    },
    /// The transfer failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
}

fn wanted(version: Option<&str>) -> String {
    version.map(|version| format!(" {version}")).unwrap_or_default()
}

fn next_step(what: &str) -> String {
    format!("install {what} yourself so that it is on PATH, or name another index in PIP_INDEX_URL")
}

impl Downloads {
    /// Takes a program out of the best wheel for this machine.
    pub async fn install_wheel_program(
        &self,
        wanted: &WheelProgram<'_>,
        cancel: &CancellationToken,
        progress: OnProgress<'_>,
    ) -> Result<InstalledProgram, WheelError> {
        let offer = self.find_offer(wanted, cancel).await?;
        let wheel = self.fetch_wheel(wanted, &offer, cancel, progress).await?;
        let program = wanted.into.join(file_name(wanted.program));
        let result = unpack::program(&wheel.path, wanted.program, &program);
        if wheel.is_temporary
            && let Err(error) = std::fs::remove_file(&wheel.path)
        {
            tracing::warn!(%error, "a wheel that is not needed any more could not be removed");
        }
        result?;
        Ok(InstalledProgram { path: program, version: offer.version })
    }

    /// The newest fitting wheel of the first place that has one.
    async fn find_offer(
        &self,
        wanted: &WheelProgram<'_>,
        cancel: &CancellationToken,
    ) -> Result<Offer, WheelError> {
        let platform = tags::Platform::current();
        let proxies = Proxies::from_variables(wanted.env);
        let mut asked = Vec::new();
        for place in index::places(wanted.env) {
            let found = tokio::select! {
                () = cancel.cancelled() => return Err(DownloadError::Cancelled.into()),
                found = page::offers(self.clients(), &proxies, &place, wanted.package) => found,
            };
            match found {
                Ok(offers) => match page::best(offers, wanted.version, &platform) {
                    Some(offer) => return Ok(offer),
                    None => asked.push(format!("{place}: nothing that fits")),
                },
                Err(cause) => asked.push(format!("{place}: {cause}")),
            }
        }
        let (package, version) = (wanted.package.to_owned(), wanted.version.map(str::to_owned));
        Err(WheelError::NotOffered { package, version, asked: asked.join("; ") })
    }

    async fn fetch_wheel(
        &self,
        wanted: &WheelProgram<'_>,
        offer: &Offer,
        cancel: &CancellationToken,
        progress: OnProgress<'_>,
    ) -> Result<Wheel, WheelError> {
        let url = match &offer.source {
            page::Source::File(path) => return Ok(Wheel { path: path.clone(), is_temporary: false }),
            page::Source::Url(url) => url,
        };
        let checksum: Option<Checksum> =
            offer.sha256.as_deref().and_then(|hex| format!("sha256:{hex}").parse().ok());
        if checksum.is_none() {
            let (index, file) = (crate::visible_url(url), offer.file.clone());
            return Err(WheelError::NoChecksum { package: wanted.package.to_owned(), index, file });
        }
        let path = wanted.into.join(format!(".{}", offer.file));
        let target = Target::File(path.clone());
        let request = DownloadRequest {
            checksum,
            proxies: Proxies::from_variables(wanted.env),
            ..DownloadRequest::new(url.as_str(), target)
        };
        self.fetch(&request, cancel, progress).await?;
        Ok(Wheel { path, is_temporary: true })
    }
}

struct Wheel {
    path: PathBuf,
    is_temporary: bool,
}

fn file_name(program: &str) -> String {
    if cfg!(windows) { format!("{program}.exe") } else { program.to_owned() }
}
