//! Names around a shim: its folder, what is in it, and the mark of its processes.
//!
//! Must not know: what the files hold.

use std::path::{Path, PathBuf};

/// The socket in the folder of a shim.
pub(crate) const SOCKET: &str = "sock";
/// What a shim says when nobody listens.
pub(crate) const COMPLAINTS: &str = "stderr";

/// A fresh name.
pub(crate) fn new_id() -> String {
    let mut id = uuid::Uuid::new_v4().simple().to_string();
    id.truncate(16);
    id
}

/// It can be the name of a shim: nothing that leads elsewhere.
pub(crate) fn is_id(id: &str) -> bool {
    id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folder of a shim.
pub(crate) fn folder_of(dir: &Path, id: &str) -> PathBuf {
    dir.join(id)
}

/// Part of the mark that all processes of a shim's shell carry.
pub(crate) fn mark_of(id: &str) -> String {
    format!("s{id}:")
}
