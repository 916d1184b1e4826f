//! Shims: small processes (`pino shim`) that each own one shell, write its output to a log, and outlive whoever started them.
//!
//! Must not know: scripts, apps. The body of the process is [`serve`]; all else here is for those outside: [`list`], [`status`], [`stop`],
//! [`remove_ended`] and [`Attachment`]. What is said over the socket is in `wire`.

mod attachment;
mod control;
mod error;
mod feed;
mod host;
mod list;
mod log;
mod lost;
mod paths;
mod start;
mod status;
mod wire;

pub use attachment::{Attachment, Piece};
pub use control::{Controls, StopReport};
pub use error::ShimError;
pub use host::serve;
pub use list::{list, remove_ended, status};
pub use log::{LogLimits, LogPlace};
pub use start::ShimHome;
pub use status::{ShimState, ShimStatus};

pub(crate) use feed::{Feed, feed};
pub(crate) use start::{Begun, begin};

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a shim listens.
pub(crate) fn socket_of(dir: &Path, id: &str) -> PathBuf {
    paths::folder_of(dir, id).join(paths::SOCKET)
}

/// Ends everything of a shim: through it, or by the mark of its processes when it was killed. A shim that is over is no error.
pub async fn stop(dir: &Path, id: &str, grace: Duration) -> Result<StopReport, ShimError> {
    Controls::new(dir, id)?.stop(grace, "it was stopped").await
}
