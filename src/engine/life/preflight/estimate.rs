//! How large an installation will be and how long it takes, roughly, with the reasons.
//!
//! Must not know: the network.

use std::{fs, path::Path};

use pino_machine::Machine;
use serde::Serialize;

use super::{Capabilities, Known};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// A middling line.
const BYTES_A_SECOND: u64 = 10 * MIB;

/// Size and time of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SizeEstimate {
    /// Bytes on the disk in the end.
    pub bytes: u64,
    /// Somebody who knows the app says so; otherwise it is a guess.
    pub is_stated: bool,
    /// Seconds on a middling line.
    pub seconds: u64,
    /// What it is made of.
    pub reasons: Vec<String>,
}

pub(super) fn estimate(folder: &Path, does: &Capabilities, known: &Known, machine: &Machine) -> SizeEstimate {
    let mut parts = Parts::default();
    if let Some(gib) = known.needs.disk_gib {
        parts.add((gib * GIB as f64) as u64, "stated by the catalogue");
        return parts.finish(true);
    }
    parts.add(known.repository_bytes.unwrap_or(10 * MIB), "the launcher");
    let texts = texts(folder);
    let mentions = |word: &str| texts.contains(word) || does.hosts.iter().any(|host| host.contains(word));
    if mentions("torch") {
        let bytes = if machine.gpu == "nvidia" { 5 * GIB } else { GIB };
        parts.add(bytes, "PyTorch");
    } else if does.tools.iter().any(|tool| ["uv", "pip", "python", "python3"].contains(&tool.as_str())) {
        parts.add(GIB / 2, "a Python environment");
    }
    if does.tools.iter().any(|tool| ["npm", "npx", "pnpm", "yarn"].contains(&tool.as_str())) {
        parts.add(GIB / 2, "packages of Node");
    }
    if does.tools.iter().any(|tool| tool == "conda") {
        parts.add(GIB, "a conda environment");
    }
    if !does.downloads.is_empty() || mentions("huggingface.co") {
        parts.add(0, "models of unknown size");
    }
    parts.finish(false)
}

#[derive(Default)]
struct Parts {
    bytes: u64,
    reasons: Vec<String>,
}

impl Parts {
    fn add(&mut self, bytes: u64, reason: &str) {
        self.bytes += bytes;
        let size = if bytes == 0 { String::new() } else { format!(" {} MiB", bytes / MIB) };
        self.reasons.push(format!("{reason}{size}"));
    }

    fn finish(self, is_stated: bool) -> SizeEstimate {
        let seconds = 10 + self.bytes / BYTES_A_SECOND;
        SizeEstimate { bytes: self.bytes, is_stated, seconds, reasons: self.reasons }
    }
}

/// The launcher's own scripts and requirements as one text.
fn texts(folder: &Path) -> String {
    const MOST_BYTES: u64 = 256 << 10;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_read = |name: &str| [".js", ".json", ".txt", ".toml"].iter().any(|end| name.ends_with(end));
    let small =
        entries.filter(|entry| entry.metadata().is_ok_and(|meta| meta.is_file() && meta.len() < MOST_BYTES));
    let texts = small.filter(|entry| is_read(&entry.file_name().to_string_lossy()));
    texts.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect()
}
