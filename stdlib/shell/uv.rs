//! Fetching `uv` into `<home>/bin`: from the wheel on the configured package index, with the index's checksum.
//!
//! Must not know: what it is used for.

use std::{collections::BTreeMap, path::PathBuf};

use pino_download::{DownloadError, Progress, WheelError, WheelProgram};

use crate::{Call, MethodError, progress::progress_data};

/// The version launchers are tried with. An index that does not carry it gives its newest.
const VERSION: &str = "0.11.23";

/// Fetches it; the path of the program.
pub(super) async fn fetch(call: &Call, env: &BTreeMap<String, String>) -> Result<PathBuf, MethodError> {
    call.print("uv is not on this machine; fetching it into the home\r\n");
    let installed = match install(call, env, Some(VERSION)).await {
        Err(WheelError::NotOffered { .. }) => install(call, env, None).await,
        other => other,
    };
    match installed {
        Ok((path, version)) => {
            tracing::info!(%version, path = %path.display(), "fetched uv");
            Ok(path)
        }
        Err(WheelError::Download(DownloadError::Cancelled)) => Err(MethodError::Stopped),
        Err(error) => Err(MethodError::Failed(format!(
            "`uv` is needed but is not on PATH, and it could not be fetched: {error}"
        ))),
    }
}

async fn install(
    call: &Call,
    env: &BTreeMap<String, String>,
    version: Option<&str>,
) -> Result<(PathBuf, String), WheelError> {
    let into = call.host.home().join("bin");
    let wanted = WheelProgram { package: "uv", program: "uv", version, into: &into, env };
    let report = |progress: &Progress| call.packet("progress", progress_data(progress));
    let cancel = call.host.cancellation(&call.place);
    let installed = call.host.downloads().install_wheel_program(&wanted, &cancel, &report).await?;
    Ok((installed.path, installed.version))
}
