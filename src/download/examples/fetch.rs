//! Fetches one file, as `fs.download` does: for benchmarks and for tests that kill it.
//!
//! Must not know: scripts. Prints its peak memory in KiB. Arguments: ADDRESS TARGET [CONNECTIONS] [NOTES FOLDER].

use std::{io::Write as _, process::ExitCode};

use pino_download::{DownloadRequest, Downloads, NO_PROGRESS, Queue, Target};
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, target, rest @ ..] = arguments.as_slice() else { return ExitCode::from(64) };
    let mut request = DownloadRequest::new(url, Target::File(target.into()));
    request.connections = rest.first().and_then(|text| text.parse().ok());
    let mut downloads = Downloads::new();
    if let Some(folder) = rest.get(1) {
        downloads = downloads.noted_in(Queue::at(folder));
    }
    match downloads.fetch(&request, &CancellationToken::new(), NO_PROGRESS).await {
        Ok(_) => {
            tell_memory();
            ExitCode::SUCCESS
        }
        Err(error) => {
            // nobody may be listening
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Peak memory in KiB on stdout, for benchmarks.
fn tell_memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    if let Some(peak) = peak {
        // nobody may be listening
        let _ = writeln!(std::io::stdout(), "{}", peak.trim().trim_end_matches(" kB"));
    }
}
