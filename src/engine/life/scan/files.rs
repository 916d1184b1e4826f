//! Which files of a launcher are read: texts that run or say what is installed, within bounds.
//!
//! Must not know: what is looked for.

use std::{fs, io::Read as _, path::Path};

const MOST_FILES: usize = 2000;
const MOST_BYTES_A_FILE: u64 = 512 << 10;
const MOST_BYTES: u64 = 32 << 20;

const ENDINGS: &[&str] = &[
    "js", "cjs", "mjs", "ts", "json", "lua", "sh", "bash", "bat", "cmd", "ps1", "py", "txt", "toml", "cfg",
    "yml", "yaml", "in",
];
/// Folders that hold what was installed, not what the launcher's author wrote.
const LEFT_OUT: &[&str] = &[
    ".git",
    "node_modules",
    "env",
    "venv",
    ".venv",
    "conda_env",
    "site-packages",
    "__pycache__",
    "cache",
    "models",
];

/// Gives every text to `read`, by relative path.
pub(super) fn each(folder: &Path, mut read: impl FnMut(&str, &str)) {
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let mut entries: Vec<_> = fs::read_dir(&current).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // links lead to what is not the launcher's own
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
                folders.push(entry.path());
            }
            if !kind.is_file() || !is_read(&name) || files >= MOST_FILES || bytes >= MOST_BYTES {
                continue;
            }
            if let Some(text) = text(&entry.path()) {
                files += 1;
                bytes += text.len() as u64;
                let path = entry.path();
                let relative = path.strip_prefix(folder).unwrap_or(&path);
                read(&relative.to_string_lossy(), &text);
            }
        }
    }
}

fn is_read(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
        || matches!(name, "Makefile" | "Dockerfile")
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MOST_BYTES_A_FILE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
