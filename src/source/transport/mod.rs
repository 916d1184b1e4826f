//! How libgit2 talks to servers: its own transports are replaced by ours, once a process.
//!
//! Must not know: clones and updates.

mod http;
mod ssh;

use std::sync::OnceLock;

use git2::transport::Transport;

use crate::{SourceError, session::Session};

/// Makes libgit2 use our transports. Later calls are free.
pub(crate) fn install() -> Result<(), SourceError> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let done = DONE.get_or_init(|| register().map_err(|error| error.message().to_owned()));
    done.clone().map_err(|cause| SourceError::Git { doing: "set up its transports", cause })
}

#[expect(unsafe_code, reason = "libgit2's global settings; the caller's OnceLock lets one thread in, once")]
fn register() -> Result<(), git2::Error> {
    // SAFETY: runs once, before this crate makes any remote; nothing else in the process registers transports
    // or changes libgit2's options.
    unsafe {
        for prefix in ["http", "https"] {
            git2::transport::register(prefix, |remote| {
                Transport::smart(remote, true, http::HttpTransport::new(session()?))
            })?;
        }
        for prefix in ["ssh", "git+ssh", "ssh+git"] {
            git2::transport::register(prefix, |remote| {
                Transport::smart(remote, false, ssh::SshTransport::new(session()?))
            })?;
        }
        // homes on rented disks often belong to another user id; libgit2 runs no program a repository names,
        // which is what the check protects git's users from
        git2::opts::set_verify_owner_validation(false)?;
    }
    Ok(())
}

fn session() -> Result<std::sync::Arc<Session>, git2::Error> {
    Session::at_work().ok_or_else(|| git2::Error::from_str("no conversation is at work on this thread"))
}
