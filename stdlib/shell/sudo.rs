//! `sudo: true`: the command with all rights, without asking.
//!
//! Must not know: Lua. In a container we usually are root already; elsewhere `sudo` must allow it without a password.

use std::{collections::BTreeMap, os::unix::fs::MetadataExt as _};

use super::{quote::quote_all, tools};

/// The command as one that runs with all rights; the error says what is missing.
pub(super) fn elevate(command: &str, env: &BTreeMap<String, String>) -> Result<String, String> {
    if is_root() {
        return Ok(command.to_owned());
    }
    if tools::find(env, "sudo").is_none() {
        return Err("the step asks for root rights (`sudo`), but we are not root and there is no sudo\n\
             next: run pino as root, or do the step by hand"
            .to_owned());
    }
    // `-n` fails at once where a password would be asked for; `-E` keeps the step's variables
    Ok(format!(
        "exec {}",
        quote_all(&["sudo", "-n", "-E", "--", "bash", "--noprofile", "--norc", "-c", command])
    ))
}

/// `/proc/self` belongs to the effective user.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
