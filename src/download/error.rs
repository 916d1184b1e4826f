//! Why a download failed and whether trying again can help.
//!
//! Must not know: how errors are shown.

use std::{io, path::PathBuf, time::Duration};

use reqwest::StatusCode;

/// Failure of a download. Texts name the file, the cause and the next step; addresses appear without secrets.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The address is none.
    #[error("{url:?} is no address of a file ({reason}); it must begin with http:// or https://")]
    BadUrl {
        /// As given.
        url: String,
        /// What the parser says.
        reason: String,
    },
    /// The server answered, but not with the file.
    #[error("{url} answered {status}: {}", hint(*.status))]
    Status {
        /// Address without secrets.
        url: String,
        /// Status of the answer.
        status: StatusCode,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// No connection, no such host, TLS failure.
    #[error("cannot reach {url}: {cause}; check the address, the network and the proxy variables")]
    Unreachable {
        /// Address without secrets.
        url: String,
        /// Cause in the network library's words.
        cause: String,
    },
    /// The connection ended before the file did.
    #[error("the transfer from {url} broke off: {cause}")]
    Interrupted {
        /// Address without secrets.
        url: String,
        /// Cause in the network library's words.
        cause: String,
    },
    /// Nothing arrived for a while.
    #[error("{url} sent nothing for {} s", waited.as_secs())]
    Stalled {
        /// Address without secrets.
        url: String,
        /// How long nothing arrived.
        waited: Duration,
    },
    /// The server's answer does not fit what was asked for; the file is fetched again from its start.
    #[error("{url} answered a request for the rest of the file wrongly: {cause}")]
    WrongRange {
        /// Address without secrets.
        url: String,
        /// What did not fit.
        cause: String,
    },
    /// The file is not the expected one; it has been removed.
    #[error(
        "{} has the wrong checksum: expected {expected}, got {actual}; the file was discarded, so check the address or the checksum and try again",
        path.display()
    )]
    Checksum {
        /// Where the file would have been.
        path: PathBuf,
        /// Checksum as given.
        expected: String,
        /// Checksum of what arrived.
        actual: String,
    },
    /// Not enough room.
    #[error("not enough space for {}: {needed_bytes} bytes are missing and {available_bytes} are free; make room and try again, what has arrived is kept", path.display())]
    DiskFull {
        /// Where the file would go.
        path: PathBuf,
        /// Bytes still to come.
        needed_bytes: u64,
        /// Bytes free on that disk.
        available_bytes: u64,
    },
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, such as "create".
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something that is no file has the name.
    #[error("{} is a folder; give the file another name", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The network library could not be set up.
    #[error("cannot set up the network: {cause}")]
    Network {
        /// Cause in the network library's words.
        cause: String,
    },
    /// All attempts failed.
    #[error(
        "{last} (after {attempts} attempts; what has arrived is kept, so running the step again goes on from there)"
    )]
    GaveUp {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        last: Box<DownloadError>,
    },
    /// The file of checksums is of no use.
    #[error(
        "{url} gives no checksum for {file}: {cause}; check the address of the checksum file or leave it out"
    )]
    NoChecksum {
        /// Address of the checksum file, without secrets.
        url: String,
        /// Name of the file.
        file: String,
        /// What was wrong.
        cause: String,
    },
    /// A person cancelled it with `pino downloads cancel`; what had arrived is removed.
    #[error("the download was cancelled by `pino downloads cancel`; `pino downloads resume` starts it again")]
    CancelledByPerson,
    /// Stopped from outside; what has arrived is kept.
    #[error("the download was stopped")]
    Cancelled,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Another attempt cannot help.
    Never,
    /// Another attempt may help, after at least this long.
    After(Duration),
    /// Nobody answers at all: a few attempts only.
    Briefly,
}

impl DownloadError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| DownloadError::File { action, path, source }
    }

    /// Another address of the same content may do better.
    pub(crate) fn is_of_source(&self) -> bool {
        matches!(
            self,
            DownloadError::Status { .. }
                | DownloadError::Unreachable { .. }
                | DownloadError::Interrupted { .. }
                | DownloadError::Stalled { .. }
                | DownloadError::WrongRange { .. }
        )
    }

    pub(crate) fn retry(&self) -> Retry {
        match self {
            DownloadError::Status { status, retry_after, .. } if is_temporary(*status) => {
                Retry::After(retry_after.unwrap_or_default())
            }
            DownloadError::Interrupted { .. }
            | DownloadError::Stalled { .. }
            | DownloadError::WrongRange { .. } => Retry::After(Duration::ZERO),
            DownloadError::Unreachable { .. } => Retry::Briefly,
            _ => Retry::Never,
        }
    }
}

fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

fn hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => {
            "access is refused; the file may need an account, an accepted licence or a token such as HF_TOKEN"
        }
        404 | 410 => "the file is not there; check the address",
        408 | 425 | 429 => "the server is busy; try again later",
        500..=599 => "the server has a problem; try again later",
        _ => "the address does not give a file",
    }
}
